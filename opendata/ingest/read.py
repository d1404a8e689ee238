"""The way in: `read_file` reads one file in a killable child and always answers with a Reading."""

from __future__ import annotations

import logging
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import sandbox
from .notes import finding
from .reading import ERROR, MIB, Limits, Reading

logger = logging.getLogger(__name__)
MAX_RESULT = 64 * MIB
OVERRIDES = frozenset({"encoding", "delimiter", "sheet", "table", "member", "header", "columns"})
_SIGNALS = {
    signal.SIGXCPU: "too_much_cpu",
    signal.SIGXFSZ: "output_too_large",
}


def read_file(
    path: Path,
    *,
    filename: str,
    out_dir: Path,
    limits: Limits | None = None,
    overrides: dict[str, Any] | None = None,
    want_csv: bool = False,
    on_stage: Callable[[str], None] | None = None,
) -> Reading:
    """Read one file that nobody vouches for; a file that kills its reader gives a finding, never an exception.

    `filename` is the name people gave it, which chooses between readers; `out_dir` must exist and be empty, and holds
    data.parquet (and cells.csv on wish) afterwards. `overrides` may hold encoding, delimiter, sheet, header (False:
    there is none) and columns: {name: {type, label}}. Raises ValueError for an unknown override and FileNotFoundError
    for a missing file.
    """
    path, out_dir = path.resolve(strict=True), out_dir.resolve(strict=True)
    overrides = overrides or {}
    if unknown := set(overrides) - OVERRIDES:
        raise ValueError(f"unknown overrides: {sorted(unknown)}")
    limits = limits or Limits.for_size(path.stat().st_size)
    ended = sandbox.run(
        path,
        filename=filename,
        out_dir=out_dir,
        limits=limits,
        overrides=overrides,
        want_csv=want_csv,
        on_stage=on_stage,
    )
    try:
        reading = _result(out_dir, ended, limits)
    finally:
        for scratch in out_dir.glob("work-*"):
            shutil.rmtree(scratch, ignore_errors=True)
    reading.peak_memory = ended.peak_memory
    return reading


def _result(out_dir: Path, ended: sandbox.Ended, limits: Limits) -> Reading:
    result = out_dir / "result.json"
    if not ended.killed_for and ended.status == 0 and result.is_file() and result.stat().st_size <= MAX_RESULT:
        try:
            reading = Reading.from_json(result.read_text(encoding="utf-8"))
        except ValueError:
            logger.warning("the reading of a file made no sense: %s", ended.words[-500:])
            return _failed("reader_failed", ended, limits)
        reading.parquet = _own(out_dir, "data.parquet", reading.parquet)
        reading.csv = _own(out_dir, "cells.csv", reading.csv)
        reading.refused_rows = _own(out_dir, "refused.csv", reading.refused_rows)
        reading.serving = _own(out_dir, "serving.duckdb", reading.serving)
        return reading
    code = ended.killed_for or _SIGNALS.get(signal.Signals(-ended.status), "") if ended.status < 0 else ended.killed_for
    if not code:
        near = ended.peak_memory > limits.memory * 0.7 or "MemoryError" in ended.words or "alloc" in ended.words
        code = "too_much_memory" if near else "reader_crashed"
        logger.warning("the reader of a file ended with status %s: %s", ended.status, ended.words[-500:])
    return _failed(code, ended, limits)


def _own(out_dir: Path, name: str, claimed: Path | None) -> Path | None:
    """The file that the child claims to have written, if it is the one that it may write."""
    target = out_dir / name
    return target if claimed is not None and target.is_file() and not target.is_symlink() else None


def _failed(code: str, ended: sandbox.Ended, limits: Limits) -> Reading:
    expected = {
        "too_much_memory": limits.memory,
        "too_slow": limits.wall,
        "too_much_cpu": limits.cpu,
        "output_too_large": limits.output,
    }.get(code, "")
    return Reading(findings=[finding(ERROR, code, expected=expected, stage=ended.last_stage)])
