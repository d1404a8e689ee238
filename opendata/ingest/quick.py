"""The quick way for large clean delimited files: DuckDB reads the file itself, and nothing is taken on trust.

The quick way lets DuckDB read the file under strict rules and then proves that nothing was lost or bent (as many rows
as lines, no blank rows, no notes at the end). Whatever is in doubt goes the careful way, where each record has its
line.

Where some rows suggest that each column holds plain cells of one shape, the rows are typed and stored in the same pass
that proves it of every cell; the first cell that is otherwise breaks that off, and all cells are surveyed first. Either
way the types are those that the careful way finds.
"""

# ruff: noqa: S608 — names in the SQL are our own

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from . import canonical, kinds, layout, records, serving, warehouse
from .body import HEAD, TAIL, accept, judged
from .canonical import Guess
from .dialect import Dialect
from .encoding import CHUNK, Text
from .kinds import Shape
from .notes import Notes
from .table import Cells, Job, discard, finish, open_database, store
from .warehouse import Part

QUICK_FROM = 8 * 1024 * 1024
PROBES, PROBE = 16, 32_768


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
    guesses = _guesses(job.path, dialect, [cells for _, cells in head[above:]], plan.width)
    connection = open_database(job, cells)
    try:
        warehouse.stream(connection, "part_0", part)
        stored = _stored(job, connection, plan.names, guesses)
        if stored is None:
            job.stage("types")
        seen = stored.survey if stored else warehouse.survey(connection, "part_0", guesses)
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
    finish(job, cells, connection, seen.shapes, stored.sql_types if stored else None)
    return True


@dataclass(slots=True)
class Stored:
    """Rows stored in one pass, each cell proved to be what was guessed: their SQL types, and what a survey tells."""

    sql_types: list[str]
    survey: warehouse.Survey


def _guesses(path: Path, dialect: Dialect, head: list[list[str]], width: int) -> list[Guess | None]:
    """Guess the columns from the first rows and from rows all over the file."""
    rows = list(head)
    size = path.stat().st_size
    with path.open("rb") as file:
        for at in range(1, PROBES + 1):
            file.seek(size * at // (PROBES + 1))
            lines = file.read(PROBE).decode("utf-8", "replace").splitlines(keepends=True)[1:-1]
            rows += [cells for _, cells in records.parse(lines, dialect, Notes())]
    return canonical.guesses(rows, width)


def _stored(
    job: Job, connection: duckdb.DuckDBPyConnection, names: list[str], guesses: list[Guess | None]
) -> Stored | None:
    """Store the rows as guessed, in one pass; None, with nothing kept, where a cell is not as guessed."""
    known = [one for one in guesses if one is not None]
    if len(known) < len(guesses):
        return None
    expected = []
    for name, one in zip(names, known, strict=True):
        shape = Shape(1, -1, one.whole, one.scale)
        verdict = kinds.decide(name, {one.shape: shape}, written_as_text=False, counts_up=True)
        expected.append(verdict.sql_type)
    try:
        columns = zip(known, expected, _refs(known), strict=True)
        store(job, connection, [canonical.proved(*column) for column in columns], "part_0")
    except duckdb.InvalidInputException as error:
        discard(job, connection)
        if canonical.REFUTED not in str(error):
            raise
        return None
    return Stored(expected, _told(connection, known))


def _refs(columns: Sequence[object]) -> list[str]:
    return [f"c{at}" for at in range(len(columns))]


def _told(connection: duckdb.DuckDBPyConnection, guesses: list[Guess]) -> warehouse.Survey:
    """What a survey of all cells would tell, from the stored rows; every cell has the shape that was guessed."""
    wanted = [canonical.measures(one, ref) for one, ref in zip(guesses, _refs(guesses), strict=True)]
    row = connection.execute(f"SELECT count(*), {', '.join(wanted)} FROM {serving.TABLE}").fetchone() or ()
    result = warehouse.Survey(int(row[0]), 0, 0, [])
    for at, one in enumerate(guesses):
        count, least, most, longest, phones = row[1 + 5 * at : 6 + 5 * at]
        seen = canonical.measured(one, count, least, most, longest, phones)
        result.shapes.append({one.shape: seen} if count else {})
        result.longest_cell = max(result.longest_cell, seen.longest)
    if all(sum(shape.count for shape in shapes.values()) < result.rows for shapes in result.shapes):
        nothing = f"coalesce({', '.join(f'CAST({ref} AS VARCHAR)' for ref in _refs(guesses))}) IS NULL"
        result.blank_rows = warehouse.count(connection, f"SELECT count(*) FROM {serving.TABLE} WHERE {nothing}")
    return result


def _survey(path: Path, quote: str) -> tuple[int, int] | None:
    """Count lines and quotes of the whole file; None where it holds blank lines, lone returns or an odd quote.

    Blank lines need to be looked for only where quotes may hide them: else the rows are fewer than the lines.
    """
    lines = quotes = 0
    last = b""
    mark = quote.encode()
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(CHUNK), b""):
            if b"\r" in piece or last.endswith(b"\r"):
                joined = last + piece
                if joined.count(b"\r") - joined.endswith(b"\r") != joined.count(b"\r\n"):
                    return None
            lines += piece.count(b"\n")
            quotes += piece.count(mark)
            last = piece[-2:]
    if quotes % 2 or (quotes and _has_blank_lines(path)):
        return None
    return lines + (not last.endswith(b"\n")), quotes


def _has_blank_lines(path: Path) -> bool:
    last = b""
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(CHUNK), b""):
            joined = last + piece
            if b"\n\n" in joined or b"\n\r\n" in joined:
                return True
            last = piece[-2:]
    return False


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
