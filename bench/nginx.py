"""nginx before the portal, for the bench alone: deploy/nginx.conf with this run's folders and ports, without TLS."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.web import Web, free_port, wait_for
from portal.embedded.places import BASE_DIR

BINARY = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
CONFIG = BASE_DIR / "deploy" / "nginx.conf"
_STATIC_FILE = """
        location /as-static/ {{
            alias {files}/;
        }}
"""


def config_text(folder: Path, *, port: int, upstream: int, files: Path, exports: Path) -> str:
    """Returns deploy/nginx.conf for one run: the same locations, other folders, no TLS, and the files as static too."""
    text = CONFIG.read_text(encoding="utf-8")
    text = re.sub(r"    server \{\n        listen 80;.*?\n    \}\n\n", "", text, flags=re.DOTALL)
    text = re.sub(r"        ssl_\w+ [^;]+;\n", "", text)
    user = "user root;\n" if os.getuid() == 0 else ""
    for old, new in (
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{port};"),
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{upstream};"),
        ("pid /run/nginx.pid;", f"{user}daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;"),
        ("    include /etc/nginx/mime.types;", _temporary(folder)),
        ("/srv/portal/files/", f"{files}/"),
        ("/srv/portal/exports/", f"{exports}/"),
        ("        location / {", f"{_STATIC_FILE.format(files=files)}\n        location / {{"),
    ):
        if old not in text:
            raise RuntimeError(f"{CONFIG} has no {old!r}")
        text = text.replace(old, new)
    return text


def _temporary(folder: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    lines = [f"    {kind}_temp_path {folder}/{kind};" for kind in kinds]
    return "\n".join(["    access_log off;", *lines])


@contextmanager
def before(web: Web, folder: Path, *, files: Path, exports: Path) -> Iterator[int]:
    """Runs nginx before a portal while the block runs; gives its port. Raises RuntimeError where there is no nginx."""
    if BINARY is None:
        raise RuntimeError("there is no nginx on this machine")
    folder.mkdir(parents=True, exist_ok=True)
    port, written = free_port(), folder / "nginx.conf"
    written.write_text(config_text(folder, port=port, upstream=web.port, files=files, exports=exports), "utf-8")
    command = [BINARY, "-c", str(written), "-p", str(folder), "-e", str(folder / "error.log")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(process, port, "/livez")
        yield port
    finally:
        process.terminate()
        process.wait(30)
