"""What starting PostgreSQL and starting Redis have in common."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from portal.embedded.places import CannotStart

WAIT_SECONDS = 60


def package_folder(name: str) -> Path:
    """Returns the folder of an installed package, of which only the programs are wanted, not the Python."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise CannotStart(f"缺少 Python 包 {name}，请执行 make venv。/ The package {name} is missing: make venv.")
    return Path(spec.origin).parent


def wait_for(answers: Callable[[], bool], name: str, log: Path) -> None:
    """Waits until the program answers; raises CannotStart with the end of its log if it does not."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not answers():
        if time.monotonic() > deadline:
            raise CannotStart(f"{name} 未能启动，原因见 {log}。/ {name} did not start, see {log}.\n{tail(log)}")
        time.sleep(0.02)


def tail(log: Path, lines: int = 15) -> str:
    """Returns the last lines of a log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
