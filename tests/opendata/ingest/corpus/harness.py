"""Reads many files each in a jail of its own, without starting Python anew for each: import once, fork for each file.

Each fork closes the same jail that an upload gets (limits, fences, call filter) and runs the same child. The parent
watches memory and time as the sandbox does, and counts what the fork took. Run as a program, since a process of tests
has threads and connections that no fork should carry: `python -m tests.opendata.ingest.corpus.harness FOLDER`.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from opendata.ingest import child, jail, sandbox
from opendata.ingest.reading import MIB, Limits

LIMITS = Limits(memory=512 * MIB, cpu=10, wall=60.0, output=1024 * MIB)
AT_ONCE = 2
READERS = ("columnar", "delimited", "documents", "geojson", "shapefiles", "workbook")


def read_all(folder: Path) -> list[dict[str, Any]]:
    """Read every file that index.json names, two at a time: the signal that ended its reader, its memory, its time."""
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    ended: dict[int, dict[str, Any]] = {}
    running: dict[int, tuple[int, float, int]] = {}
    waiting = list(enumerate(index))
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            number, filename = waiting.pop(0)
            running[_start(folder, number, filename)] = (number, time.monotonic(), 0)
        time.sleep(0.004)
        for pid, (number, began, highest) in list(running.items()):
            resident, _ = sandbox._memory(pid)
            peak = max(highest, resident)
            running[pid] = (number, began, peak)
            gone, status, used = os.wait4(pid, os.WNOHANG)
            if gone:
                del running[pid]
                ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
                ended[number] = {"signal": ended_by, "peak": peak, "cpu": used.ru_utime + used.ru_stime}
            elif resident > LIMITS.memory or time.monotonic() - began > LIMITS.wall:
                os.kill(pid, signal.SIGKILL)
    return [ended[number] for number in range(len(index))]


def _start(folder: Path, number: int, filename: str) -> int:
    """Fork a reader of one file, which shuts itself in first."""
    path, out = folder / f"file{number}", folder / f"out{number}"
    out.mkdir()
    limits = asdict(LIMITS)
    task = {
        "path": str(path),
        "filename": filename,
        "out": str(out),
        "limits": limits,
        "overrides": {},
        "want_csv": True,
    }
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        words = os.open(out / "words", os.O_RDWR | os.O_CREAT)
        for stream in (0, 1, 2):
            os.dup2(words, stream)
        os.chdir(out)
        held = jail.close(limits=limits, readable=(str(path), str(sandbox.ROOT / "opendata")), writable=(str(out),))
        child.main(json.dumps(task), held)
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    for reader in READERS:
        importlib.import_module(f"opendata.ingest.{reader}")
    place = Path(sys.argv[1])
    (place / "ended.json").write_text(json.dumps(read_all(place)), encoding="utf-8")
