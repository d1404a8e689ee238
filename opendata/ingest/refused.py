"""Keeps the rows that could not be read: each with its line, the reason and its text as written, for download.

A row that does not fit is set aside rather than bent: padded or cut, its values would stand in the wrong columns.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import Any

from .notes import shown
from .records import Flawed
from .table import Job

HEADER = ("line", "reason", "found", "expected", "text")
MOST_TEXT = 100_000


class RefusedRows:
    """Writes refused.csv beside the Parquet, from the first refused row on; `count` says how many there are."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.count = 0
        self._file: Any = None

    def add(self, line: int, reason: str, cells: Sequence[str], *, found: int, expected: int, column: int = 0) -> None:
        """Set one row aside and note it as a warning with its line."""
        self.count += 1
        text = cells.text if isinstance(cells, Flawed) else (self.job.reading.delimiter or ",").join(cells)
        if self._file is None:
            path = self.job.out / "refused.csv"
            self._file = path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
            self._rows = csv.writer(self._file, lineterminator="\n")
            self._rows.writerow(HEADER)
            self.job.reading.refused_rows = path
        self._rows.writerow((line, reason, found, expected, text[:MOST_TEXT]))
        where = {"column": column} if column else {}
        said = shown(text.encode("utf-8", "backslashreplace").decode())
        self.job.notes.warning(reason, line=line, found=found, expected=expected, text=said, **where)

    def close(self) -> None:
        """Finish the file and say in the reading how many rows are in it."""
        if self._file is not None:
            self._file.close()
        self.job.reading.refused = self.count
