"""Runs the child under watch and kills it when it takes too much: the parent's side of the fence."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .reading import Limits

ROOT = Path(__file__).resolve().parents[2]
POLL_SECONDS = 0.02
# The jail closes before any parser is imported. Paths come as arguments, never as code.
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); import json; task = json.loads(sys.argv[2]);"
    "from opendata.ingest import jail;"
    "readable = (task['path'], sys.argv[1] + '/opendata');"
    "held = jail.close(limits=task['limits'], readable=readable, writable=(task['out'],));"
    "from opendata.ingest import child; child.main(sys.argv[2], held)"
)


@dataclass(frozen=True, slots=True)
class Ended:
    """How the child ended: exit status (negative: the signal), why it was killed, highest memory, last words."""

    status: int
    killed_for: str
    peak_memory: int
    last_stage: str
    words: str


def run(
    path: Path,
    *,
    filename: str,
    out_dir: Path,
    limits: Limits,
    overrides: dict[str, Any],
    want_csv: bool,
    on_stage: Callable[[str], None] | None,
) -> Ended:
    """Read one file in a child; returns when the child is gone, whatever happened to it."""
    task = {
        "path": str(path), "filename": filename, "out": str(out_dir), "limits": asdict(limits),
        "overrides": overrides, "want_csv": want_csv,
    }  # fmt: skip
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(out_dir), "TMPDIR": str(out_dir)}
    environment |= {"OMP_NUM_THREADS": "2", "ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2"}
    with tempfile.TemporaryFile() as complaints:
        child = subprocess.Popen(
            [sys.executable, "-I", "-B", "-X", "utf8", "-c", _START, str(ROOT), json.dumps(task)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            cwd=out_dir,
            env=environment,
            start_new_session=True,
        )
        try:
            killed_for, peak, stage = _watch(child, out_dir, limits, on_stage)
        finally:
            _kill(child)
        complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - 4000))
        words = complaints.read().decode("utf-8", "replace")
    return Ended(child.returncode, killed_for, peak, stage, words)


def _watch(
    child: subprocess.Popen[bytes], out_dir: Path, limits: Limits, on_stage: Callable[[str], None] | None
) -> tuple[str, int, str]:
    began = checked = time.monotonic()
    peak, stage, unread = 0, "start", b""
    assert child.stdout is not None
    with child.stdout as output, selectors.DefaultSelector() as selector:
        os.set_blocking(output.fileno(), False)
        selector.register(output, selectors.EVENT_READ)
        open_output = True
        while child.poll() is None:
            if open_output and selector.select(POLL_SECONDS):
                piece = output.read(65536)
                open_output = piece != b""
                *lines, unread = (unread + (piece or b"")).split(b"\n")
                for line in lines[:100]:
                    stage = _stage(line) or stage
                    if on_stage is not None:
                        on_stage(stage)
                unread = unread[:4096]
            elif not open_output:
                time.sleep(POLL_SECONDS)
            resident, highest = _memory(child.pid)
            peak = max(peak, resident, highest)
            now = time.monotonic()
            if resident > limits.memory:
                return "too_much_memory", peak, stage
            if now - began > limits.wall:
                return "too_slow", peak, stage
            if now - checked > 0.5:
                checked = now
                if _size(out_dir) > limits.output:
                    return "output_too_large", peak, stage
    return "", peak, stage


def _stage(line: bytes) -> str:
    try:
        said = json.loads(line)
    except ValueError:
        return ""
    name = said.get("stage", "") if isinstance(said, dict) else ""
    return name if isinstance(name, str) and name.isidentifier() and len(name) < 40 else ""


def _memory(pid: int) -> tuple[int, int]:
    """Resident memory now and at its highest, in bytes; zeros when the process is gone."""
    now = highest = 0
    try:
        with Path(f"/proc/{pid}/status").open(encoding="ascii", errors="replace") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    now = int(line.split()[1]) * 1024
                elif line.startswith("VmHWM:"):
                    highest = int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0
    return now, highest


def _size(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(root) / name).lstat().st_size
            except FileNotFoundError:
                continue
    return total


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End the child's whole session, and wait until it is gone."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        child.poll()
    child.wait()
