"""Hostile and odd files: no crash, within memory and time, a clear error or an honest reading whose books balance."""

from __future__ import annotations

import importlib
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from opendata.ingest import messages, sandbox
from opendata.ingest.reading import MIB, Reading
from tests.opendata.ingest.corpus.samples import ERROR, READS, Sample

LEAST = {"zips": 60, "workbooks": 50, "texts": 70, "jsons": 50, "parquets": 40, "names": 30}
MEMORY, CPU = 512 * MIB, 10
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2",
}  # fmt: skip


def samples_of(kind: str) -> list[Sample]:
    """The samples of one kind."""
    return importlib.import_module(f"tests.opendata.ingest.corpus.{kind}").files()


def read_in_jail(samples: list[Sample], folder: Path) -> list[dict[str, Any]]:
    """What came of each: how its reader ended, what it took, and its reading."""
    for number, one in enumerate(samples):
        (folder / f"file{number}").write_bytes(one.make())
    (folder / "index.json").write_text(json.dumps([one.filename for one in samples]), encoding="utf-8")
    program = [sys.executable, "-B", "-X", "utf8", "-m", "tests.opendata.ingest.corpus.harness", str(folder)]
    subprocess.run(program, cwd=sandbox.ROOT, env=ENVIRONMENT, check=True, timeout=280)
    ended = json.loads((folder / "ended.json").read_text(encoding="utf-8"))
    for number, one in enumerate(ended):
        result = folder / f"out{number}" / "result.json"
        one["reading"] = Reading.from_json(result.read_text(encoding="utf-8")) if result.is_file() else None
    return ended


def wrong(one: Sample, ended: dict[str, Any]) -> list[str]:
    """What is wrong with the way in which a sample was read."""
    found = []
    if ended["peak"] > MEMORY or ended["cpu"] > CPU + 1:
        found.append(f"took {ended['peak'] // MIB} MB and {ended['cpu']:.1f} s")
    reading = ended["reading"]
    if ended["signal"] == signal.SIGXCPU and one.outcome != READS:
        return found  # the parent says that it took too long: a clear error, on a machine slow enough
    if ended["signal"] or reading is None:
        return [*found, f"ended by signal {ended['signal']}"]
    codes = [finding.code for finding in reading.findings]
    unclear = {code for code in codes if code not in messages.SENTENCES} | ({"reader_failed"} & set(codes))
    above = reading.preamble_rows + reading.header_rows
    below = reading.blank_rows + reading.set_aside + reading.refused + reading.footer_rows
    checks = {
        f"unclear: {unclear}": bool(unclear),
        "the books do not balance": bool(reading.rows) and above + reading.rows + below != reading.records,
        "should be an error": one.outcome == ERROR and reading.ok,
        "should be read": one.outcome == READS and not reading.ok,
        "refused in silence": not reading.ok and not codes,
        f"no {one.code}": bool(one.code) and one.code not in codes,
        "a fence was open": not all(reading.sandbox.values()),
        "refused rows without their file": bool(reading.refused) != (reading.refused_rows is not None),
    }
    return [*found, *(word for word, is_so in checks.items() if is_so), *([str(codes)] if any(checks.values()) else [])]


@pytest.mark.parametrize("kind", LEAST)
def test_hostile_files(kind, tmp_path):
    samples = samples_of(kind)
    assert len({one.about for one in samples}) == len(samples) >= LEAST[kind]
    ended = read_in_jail(samples, tmp_path)
    assert {one.about: told for one, end in zip(samples, ended, strict=True) if (told := wrong(one, end))} == {}
