"""Reads CSV, TSV and other delimited text: the quick way for large clean files, the careful way for all others.

The quick way lets DuckDB read the file itself under strict rules and then proves that nothing was lost or bent (as many rows
as lines, no blank rows, no notes at the end). Whatever is in doubt goes the careful way, where each record has its line.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import duckdb

from . import dialect as dialects
from . import encoding, layout, records, warehouse
from .dialect import Dialect
from .encoding import CHUNK, Text
from .layout import Layout, is_blank
from .names import tidy_names
from .notes import Notes, Refused, shown
from .table import Cells, CellWriter, Job, finish, open_database
from .warehouse import Part

HEAD = 1_000
TAIL = 80
QUICK_FROM = 8 * 1024 * 1024
SHOWN_LINES = 50


def read(job: Job) -> None:
    """Read a delimited file into the job's reading."""
    reading = job.reading
    job.stage("encoding")
    text = encoding.detect(job.path, job.notes, str(job.overrides.get("encoding") or ""))
    reading.encoding = text.name
    job.stage("dialect")
    head = dialects.head_of(job.path, text)
    if not head.strip("\ufeff \t\r\n"):
        raise Refused("no_data")
    dialect = dialects.detect(head, str(job.overrides.get("delimiter") or ""))
    reading.delimiter, reading.quotechar, reading.line_ending = dialect.delimiter, dialect.quote, dialect.line_ending
    reading.format = "tsv" if dialect.delimiter == "\t" else "csv"
    if dialect.line_ending == "mixed":
        job.notes.info("mixed_line_ends")
    if dialect.delimiter != "," and dialect.delimiter != "\t":
        job.notes.info("delimiter_judged", found=dialect.delimiter)
    if not _quickly(job, text, dialect):
        reading.path_taken = "careful"
        _carefully(job, text, dialect)


def _judged(job: Job, head: Sequence[tuple[int, list[str]]]) -> Layout:
    plan = layout.judge([cells for _, cells in head], header=job.overrides.get("header"))
    if plan.width > job.limits.columns:
        raise Refused("too_many_columns", found=plan.width, expected=job.limits.columns)
    return plan


def _accept(job: Job, plan: Layout, head: Sequence[tuple[int, list[str]]]) -> Cells:
    """Put what the layout says into the reading and name the columns; the cells are still to come."""
    reading = job.reading
    reading.preamble_rows, reading.header_rows = plan.preamble, plan.header_rows
    above = [job_line for job_line in head[: plan.preamble] if not is_blank(job_line[1])]
    reading.preamble = [shown(_sentence(cells, reading.delimiter)) for _, cells in above[:SHOWN_LINES]]
    line = head[plan.preamble][0] if plan.preamble < len(head) else 1
    if reading.preamble:
        job.notes.info("preamble", line=above[0][0], found=reading.preamble[0], count=plan.preamble)
    if plan.header_rows > 1:
        job.notes.info("header_of_several_rows", line=line, count=plan.header_rows)
    if plan.missing_header:
        job.notes.warning("header_missing", line=line, found=_sentence(head[plan.preamble][1], reading.delimiter))
    unnamed = frozenset(at for at, name in enumerate(plan.names) if not name.strip() and plan.header_rows)
    names = tidy_names(plan.names, Notes(), line)
    tail = max((at for at in range(plan.width) if at not in unnamed), default=-1)
    tidy_names(plan.names[: tail + 1], job.notes, line, deduce=bool(plan.header_rows))
    return Cells(names, [], 0, lambda row: row, list(plan.names), unnamed=unnamed)


def _sentence(cells: Sequence[str], delimiter: str) -> str:
    return (delimiter or ",").join(cells).rstrip((delimiter or ",") + " \u00a0")


def _carefully(job: Job, text: Text, dialect: Dialect) -> None:
    job.stage("records")
    source = records.scan(job.path, text, dialect, job.notes)
    head = list(islice(source, HEAD))
    plan = _judged(job, head)
    if plan.width == 0:
        raise Refused("no_data")
    cells = _accept(job, plan, head)
    lines = records.Lines()
    writer = CellWriter(job.work, plan.width)
    rest = chain(head[plan.preamble + plan.header_rows :], source)
    seen = _Rows(job, plan, writer, lines)
    with writer:
        waiting: deque[tuple[int, list[str]]] = deque()
        for record in rest:
            waiting.append(record)
            if len(waiting) > TAIL:
                seen.take(*waiting.popleft())
        tail = list(waiting)
        notes_below = layout.footer_length([row for _, row in tail], plan.width)
        body = tail[: len(tail) - notes_below]
        trailing = 0
        while body and is_blank(body[-1][1]):
            body.pop()
            trailing += 1
        for record in body:
            seen.take(*record)
    _account(job, seen, tail, notes_below, trailing, plan)
    cells.parts, cells.rows, cells.line_of, cells.size = writer.parts, writer.rows, lines.of, writer.size()
    if not cells.rows:
        job.notes.error("header_only", line=head[plan.preamble][0], found=", ".join(plan.names))
    finish(job, cells)


class _Rows:
    """Takes data records one by one: right width through, others mended and reported, blank ones counted."""

    def __init__(self, job: Job, plan: Layout, writer: CellWriter, lines: records.Lines) -> None:
        self.job, self.width, self.writer, self.lines = job, plan.width, writer, lines
        self.blank = 0
        self.long_by_blanks = 0
        self.longest = job.limits.cell
        self.most = job.limits.rows

    def take(self, line: int, cells: list[str]) -> None:
        """Write one record as a row, or note why it is none."""
        if len(cells) != self.width or not cells[0]:
            if is_blank(cells):
                self.blank += 1
                if self.blank == 1:
                    self.first_blank = line
                return
            if len(cells) != self.width:
                cells = self._mend(line, cells)
        if self.writer.rows >= self.most:
            raise Refused("too_many_rows", line=line, expected=self.most)
        self.lines.note(self.writer.rows, line)
        if max(map(len, cells)) > self.longest:
            at = next(at for at, cell in enumerate(cells) if len(cell) > self.longest)
            self.job.notes.error(
                "cell_too_long", line=line, column=at + 1, found=len(cells[at]), expected=self.longest
            )
            cells = [cell[: self.longest] for cell in cells]
        self.writer.row(cells)

    def _mend(self, line: int, cells: list[str]) -> list[str]:
        found = len(cells)
        details = {"line": line, "found": found, "expected": self.width}
        if found < self.width:
            self.job.notes.error("row_too_short", column=found + 1, text=shown(_sentence(cells, ",")), **details)
            return cells + [""] * (self.width - found)
        if is_blank(cells[self.width :]):
            self.long_by_blanks += 1
            if self.long_by_blanks == 1:
                self.job.notes.info("empty_cells_at_end", column=self.width + 1, **details)
        else:
            self.job.notes.error("row_too_long", column=self.width + 1, text=shown(_sentence(cells, ",")), **details)
        return cells[: self.width]


def _account(
    job: Job, seen: _Rows, tail: Sequence[tuple[int, list[str]]], below: int, trailing: int, plan: Layout
) -> None:
    """Close the books: every physical record is a row, a header, a title, a note or a blank."""
    reading = job.reading
    if seen.blank:
        job.notes.warning("blank_rows", line=seen.first_blank, count=seen.blank)
    if trailing:
        job.notes.info("blank_rows_at_end", line=tail[len(tail) - below - trailing][0], count=trailing)
    if below:
        notes = [row for row in tail[len(tail) - below :] if not is_blank(row[1])]
        reading.footer = [shown(_sentence(cells, reading.delimiter)) for _, cells in notes[:SHOWN_LINES]]
        job.notes.info("footer", line=notes[0][0], found=reading.footer[0], count=below)
    reading.footer_rows, reading.blank_rows = below, seen.blank + trailing
    reading.records = plan.preamble + plan.header_rows + seen.writer.rows + reading.blank_rows + below


def _quickly(job: Job, text: Text, dialect: Dialect) -> bool:
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
    plan = _judged(job, head)
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
    job.stage("load")
    connection = open_database(job, cells)
    try:
        rows = warehouse.load(connection, "part_0", part)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        return _close(connection)
    filled = ", ".join(f"c{at}" for at in range(plan.width))
    blank = warehouse.count(connection, f"SELECT count(*) FROM part_0 WHERE coalesce({filled}) IS NULL")
    if blank or rows > job.limits.rows or (not quotes and rows + above != lines):
        return _close(connection)
    longest = ", ".join(f"max(length(c{at}))" for at in range(plan.width))
    if warehouse.count(connection, f"SELECT greatest({longest}) FROM part_0") > job.limits.cell:
        return _close(connection)
    job.reading.path_taken = "quick"
    named = _accept(job, plan, head)
    cells.names, cells.original_names, cells.rows = named.names, named.original_names, rows
    folded = bool(quotes) and rows + above != lines
    cells.line_of = _LineFinder(job.path, text, dialect, above).of if folded else lambda row: row + above + 1
    job.reading.records = above + rows
    finish(job, cells, connection)
    return True


def _close(connection: duckdb.DuckDBPyConnection) -> bool:
    connection.execute("DROP TABLE IF EXISTS part_0")
    connection.close()
    return False


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
