"""Reads files in this process (fast) or in the sandbox (as uploads are read)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from opendata.ingest import child
from opendata.ingest.read import read_file
from opendata.ingest.reading import Finding, Limits, Reading

Read = Callable[..., Reading]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read bytes under a name with the child's code in this process; its output is in tmp_path / out."""
    number = 0

    def run(content: bytes | str, name: str = "data.csv", **options: Any) -> Reading:
        nonlocal number
        number += 1
        out = tmp_path / f"out{number}"
        out.mkdir()
        path = tmp_path / f"{number}-{name}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        task = {
            "path": str(path),
            "filename": name,
            "out": str(out),
            "limits": asdict(options.pop("limits", Limits())),
            "overrides": options.pop("overrides", {}),
            "want_csv": options.pop("want_csv", False),
        }
        assert not options
        return child.run(task).reading

    return run


@pytest.fixture
def jailed(tmp_path: Path) -> Read:
    """Read bytes under a name in the killable child."""
    number = 0

    def run(content: bytes | str | Path, name: str = "data.csv", **options: Any) -> Reading:
        nonlocal number
        number += 1
        out = tmp_path / f"jail{number}"
        out.mkdir()
        path = content if isinstance(content, Path) else tmp_path / f"jailed{number}-{name}"
        if not isinstance(content, Path):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_file(path, filename=name, out_dir=out, **options)

    return run


@pytest.fixture
def one() -> Callable[[Reading, str], Finding]:
    """The only finding of a code; there must be exactly one."""

    def find(reading: Reading, code: str) -> Finding:
        found = [finding for finding in reading.findings if finding.code == code]
        assert len(found) == 1, [(finding.code, finding.line) for finding in reading.findings]
        return found[0]

    return find


@pytest.fixture
def table() -> Callable[[Reading], list[tuple[Any, ...]]]:
    """The rows of the Parquet that a reading wrote."""

    def rows(reading: Reading) -> list[tuple[Any, ...]]:
        import pyarrow.parquet as pq  # noqa: PLC0415 — only where it is used

        assert reading.parquet is not None
        whole = pq.read_table(reading.parquet)
        return list(zip(*(column.to_pylist() for column in whole.columns), strict=True))

    return rows
