"""The quick way for large clean delimited files: DuckDB reads the file itself, and nothing is taken on trust.

The quick way lets DuckDB read the file under strict rules and then proves that nothing was lost or bent (as many rows
as lines, no blank rows, no notes at the end). Whatever is in doubt goes the careful way, where each record has its
line.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import duckdb

from . import layout, records, warehouse
from .body import HEAD, TAIL, accept, judged
from .dialect import Dialect
from .encoding import CHUNK, Text
from .notes import Notes
from .table import Cells, Job, finish, open_database
from .warehouse import Part

QUICK_FROM = 8 * 1024 * 1024


def quickly(job: Job, text: Text, dialect: Dialect) -> bool:
    """Try the quick way; False, with nothing kept, where any doubt is left."""
    size = job.path.stat().st_size
    plain = text.codec == "utf-8" and not text.broken and not text.zero_bytes and dialect.newline == "\n"
    if not plain or size < QUICK_FROM or dialect.escape or dialect.lines_to_skip or job.notes.findings:
        return False
    job.stage("survey")
    survey = _survey(job.path, dialect.quote)
    if survey is None:
        return False
    lines, quotes = survey
    quiet = Notes()
    head = list(islice(records.scan(job.path, text, dialect, quiet), HEAD))
    plan = judged(job, head)
    straight = all(line == at for at, (line, _) in enumerate(head[: plan.preamble + plan.header_rows], 1))
    widths = {len(cells) for _, cells in head[plan.preamble :]}
    if quiet.findings or not straight or plan.header_rows != 1 or widths != {plan.width}:
        return False
    if plan.width > warehouse.MANY_COLUMNS * 2 or not all(name.strip() for name in plan.names):
        return False
    above = plan.preamble + plan.header_rows
    if layout.footer_length(_last_records(job.path, dialect), plan.width):
        return False
    part = Part(job.path, plan.width, dialect, skip=above)
    cells = Cells([], [part], 0, lambda row: row, [], size=size)
    job.stage("types")
    connection = open_database(job, cells)
    try:
        warehouse.stream(connection, "part_0", part)
        seen = warehouse.survey(connection, "part_0", plan.width)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        connection.close()
        return False
    rows = seen.rows
    told = not quotes and rows + above != lines
    if told or seen.blank_rows or rows > job.limits.rows or seen.longest_cell > job.limits.cell:
        connection.close()
        return False
    job.reading.path_taken = "quick"
    named = accept(job, plan, head)
    cells.names, cells.original_names, cells.rows = named.names, named.original_names, rows
    folded = bool(quotes) and rows + above != lines
    cells.line_of = _LineFinder(job.path, text, dialect, above).of if folded else lambda row: row + above + 1
    job.reading.records = above + rows
    finish(job, cells, connection, seen.shapes)
    return True


def _survey(path: Path, quote: str) -> tuple[int, int] | None:
    """Count lines and quotes of the whole file; None where it holds blank lines, lone returns or an odd quote."""
    lines = quotes = 0
    blank, last = False, b""
    mark = quote.encode()
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(CHUNK), b""):
            joined = last + piece
            if b"\r" in joined and joined.count(b"\r") - joined.endswith(b"\r") != joined.count(b"\r\n"):
                return None
            lines += piece.count(b"\n")
            quotes += piece.count(mark) if mark in piece else 0
            blank = blank or b"\n\n" in joined or b"\n\r\n" in joined
            last = piece[-2:]
    if quotes % 2 or blank:
        return None
    return lines + (not last.endswith(b"\n")), quotes


def _last_records(path: Path, dialect: Dialect) -> list[list[str]]:
    """The last records of the file, as well as they can be told without reading it from the start."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65536))
        tail = file.read().decode("utf-8", "replace").splitlines(keepends=True)[1:]
    return [cells for _, cells in records.parse(tail[-TAIL:], dialect, Notes())]


class _LineFinder:
    """Finds the line of a row where cells hold line breaks, by reading up to it again; findings are few."""

    def __init__(self, path: Path, text: Text, dialect: Dialect, above: int) -> None:
        self.path, self.text, self.dialect, self.above = path, text, dialect, above
        self.known: dict[int, int] = {}

    def of(self, row: int) -> int:
        """The line on which data row `row` (from 0) begins."""
        if row not in self.known:
            source: Iterator[tuple[int, list[str]]] = records.scan(self.path, self.text, self.dialect, Notes())
            found = next(islice(source, row + self.above, None), None)
            self.known[row] = found[0] if found else row + self.above + 1
        return self.known[row]
