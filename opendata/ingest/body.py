"""Pours records into a table: title, header, rows, notes, with the books kept. Shared by text files and workbooks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice

from . import layout, records
from .layout import Layout, is_blank
from .names import tidy_names
from .notes import Notes, Refused, shown
from .table import Cells, CellWriter, Job, finish

HEAD = 1_000
TAIL = 80
SHOWN_LINES = 50

Record = tuple[int, list[str]]


def pour(
    job: Job,
    source: Iterator[Record],
    *,
    depth: Callable[[int], int] | None = None,
    aside: Callable[[int, list[str]], bool] | None = None,
    complete: Callable[[Cells, Layout], None] | None = None,
) -> None:
    """Read all records of a source into the job's reading and finish the table.

    `depth` tells the height of the header that begins on a line, `aside` which records are headings between rows;
    `complete` adds what only the source knows before types are told.
    """
    head = list(islice(source, HEAD))
    plan = judged(job, head, depth)
    if plan.width == 0:
        raise Refused("no_data")
    cells = accept(job, plan, head)
    lines = records.Lines()
    writer = CellWriter(job.work, plan.width)
    rest = chain(head[plan.preamble + plan.header_rows :], source)
    seen = Rows(job, plan, writer, lines, aside)
    with writer:
        waiting: deque[Record] = deque()
        for record in rest:
            waiting.append(record)
            if len(waiting) > TAIL:
                seen.take(*waiting.popleft())
        tail = list(waiting)
        below = layout.footer_length([row for _, row in tail], plan.width)
        body = tail[: len(tail) - below]
        trailing = 0
        while body and is_blank(body[-1][1]):
            body.pop()
            trailing += 1
        for record in body:
            seen.take(*record)
    _account(job, seen, tail, below, trailing, plan)
    cells.parts, cells.rows, cells.line_of, cells.size = writer.parts, writer.rows, lines.of, writer.size()
    if not cells.rows:
        job.notes.error("header_only", line=head[plan.preamble][0], found=", ".join(plan.names))
    if complete is not None:
        complete(cells, plan)
    finish(job, cells)


def judged(job: Job, head: Sequence[Record], depth: Callable[[int], int] | None = None) -> Layout:
    """Judge the layout by the first records; more columns than allowed are refused."""
    rows = [cells for _, cells in head]
    plan = layout.judge(rows, header=job.overrides.get("header"))
    if depth is not None and plan.header_rows and (height := depth(head[plan.preamble][0])) > 1:
        plan = layout.judge(rows, depth=height)
    if plan.width > job.limits.columns:
        raise Refused("too_many_columns", found=plan.width, expected=job.limits.columns)
    return plan


def accept(job: Job, plan: Layout, head: Sequence[Record]) -> Cells:
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


class Rows:
    """Takes data records one by one: right width through, others mended and reported, blank ones counted."""

    def __init__(
        self,
        job: Job,
        plan: Layout,
        writer: CellWriter,
        lines: records.Lines,
        aside: Callable[[int, list[str]], bool] | None,
    ) -> None:
        self.aside = aside
        self.put_aside: list[int] = []
        self.first_blank = 0
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
        if self.aside is not None and self.aside(line, cells):
            self.put_aside.append(line)
            return
        if self.writer.rows >= self.most:
            raise Refused("too_many_rows", line=line, expected=self.most)
        self.lines.note(self.writer.rows, line)
        if max(map(len, cells)) > self.longest:
            at = next(at for at, cell in enumerate(cells) if len(cell) > self.longest)
            self.job.notes.error("cell_too_long", line=line, column=at + 1, found=len(cells[at]), expected=self.longest)
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


def _account(job: Job, seen: Rows, tail: Sequence[Record], below: int, trailing: int, plan: Layout) -> None:
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
    reading.set_aside = len(seen.put_aside)
    if seen.put_aside:
        first = seen.put_aside[:5]
        job.notes.warning("group_headings", line=first[0], count=len(seen.put_aside), lines=first)
    reading.records = (
        plan.preamble + plan.header_rows + seen.writer.rows + reading.blank_rows + reading.set_aside + below
    )
