"""Pours records into a table: title, header, rows, notes, with the books kept. Shared by text files and workbooks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from . import layout, records
from .fitting import Fitting
from .layout import Layout, is_blank
from .names import tidy_names
from .notes import Notes, Refused, shown
from .records import Flawed
from .rows import Rows
from .split import Dialect, otherwise
from .table import Cells, CellWriter, Job, finish
from .tables import Ahead, Ends, Record, first_end, known, skim

HEAD = 1_000
TAIL = 80
SHOWN_LINES = 50
MOST_TABLES = 100


def pour(
    job: Job,
    source: Iterator[Record],
    *,
    depth: Callable[[int], int] | None = None,
    aside: Callable[[int, list[str]], bool] | None = None,
    complete: Callable[[Cells, Layout], None] | None = None,
    several: bool = False,
) -> None:
    """Read all records of a source into the job's reading and finish the table.

    `depth` tells the height of the header that begins on a line, `aside` which records are headings between rows;
    `complete` adds what only the source knows before types are told. With `several`, the source may hold tables one
    below the other: the first is read, or the one that the publisher chose.
    """
    ahead = Ahead(source)
    before = _passed_over(job, ahead) if several else 0
    head = list(islice(ahead, HEAD))
    plan = judged(job, head, depth)
    if several and (end := first_end(plan, head)) is not None:
        ahead = Ahead(chain(head[end:], ahead))
        head = head[:end]
        plan = judged(job, head, depth)
    if several and plan.missing_header and _split_header(job, plan, head):
        plan = judged(job, head, depth)
    if plan.width == 0:
        raise Refused("no_data")
    cells = accept(job, plan, head)
    header, fitting = known(plan, head)
    rest = Ahead(chain(head[plan.preamble + plan.header_rows :], ahead))
    writer, lines = CellWriter(job.work, plan.width), records.Lines()
    seen = Rows(job, plan, writer, lines, aside, fitting, _short_rows_are_usual(head, plan, fitting))
    with writer, seen:
        seen.spell(plan.spelled)
        tail = _take(seen, rest, Ends(plan, header, fitting) if several else None)
        below = layout.footer_length([row for _, row in tail], plan.width)
        body = tail[: len(tail) - below]
        trailing = 0
        while body and is_blank(body[-1][1]):
            body.pop()
            trailing += 1
        for record in body:
            seen.take(*record)
    others, after = skim(rest, most=MOST_TABLES) if several and rest.peek(1) else ([], 0)
    _account(job, seen, tail, below, trailing, plan, before + after + sum(1 for _ in rest))
    _name_tables(job, others)
    cells.parts, cells.rows, cells.line_of, cells.size = writer.parts, writer.rows, lines.of, writer.size()
    if not cells.rows:
        line = head[plan.preamble][0]
        code = "only_refused_rows" if seen.refused.count else "header_only"
        job.notes.error(code, line=line, found=", ".join(plan.names), count=seen.refused.count)
    if complete is not None:
        complete(cells, plan)
    spelled = _finish_apart(job, seen.cells)
    finish(job, cells)
    job.reading.csv = spelled or job.reading.csv


def _split_header(job: Job, plan: Layout, head: list[Record]) -> bool:
    """Split the line above rows without a header by another delimiter, where that gives a name for each column."""
    line, above = head[plan.preamble - 1] if plan.preamble else (0, [])
    if not isinstance(above, Flawed):
        return False
    for names in otherwise(above.text, Dialect(job.reading.delimiter, job.reading.quotechar or '"'), plan.width):
        if all(name.strip() and not layout.is_value(name) for name in names):
            head[plan.preamble - 1] = (line, names)
            job.notes.warning("row_delimited_otherwise", line=line, count=1, lines=[line])
            return True
    return False


def _passed_over(job: Job, ahead: Ahead) -> int:
    """Pass over the tables before the one that the publisher chose; returns how many records they are."""
    wanted = int(job.overrides.get("table") or 1)
    if wanted <= 1:
        return 0
    found, taken = skim(ahead, most=wanted - 1)
    if len(found) < wanted - 1 or not ahead.peek(1):
        raise Refused("unknown_table", found=wanted, expected=len(found))
    job.reading.tables = found
    return taken


def _take(seen: Rows, rest: Ahead, ends: Ends | None) -> list[Record]:
    """Take the rows up to the end of the table; returns the last of them, which may be notes, untaken."""
    waiting: deque[Record] = deque()
    taken = 0
    for line, cells in rest:
        if ends is not None:
            if taken and ends.begins(cells, rest):
                rest.put_back((line, cells))
                break
            if len(cells) == seen.width and ends.repeats(cells):
                seen.put_aside_header(line)
                continue
        taken += 1
        waiting.append((line, cells))
        if len(waiting) > TAIL:
            seen.take(*waiting.popleft())
    return list(waiting)


def _short_rows_are_usual(head: Sequence[Record], plan: Layout, fitting: Fitting) -> bool:
    """Whether many rows lack cells at the end, as programs write them that leave out empty cells there."""
    rows = [cells for _, cells in head[plan.preamble + plan.header_rows :] if not is_blank(cells)]
    short = [cells for cells in rows if 1 < len(cells) < plan.width and fitting.fits_so_far(cells)]
    return len(short) >= 3 and len(short) * 20 >= len(rows)


def _finish_apart(job: Job, spelled: Path | None) -> Path | None:
    """Keep the cells as spelled, rows that do not fit among them; the table's own copy is then not wanted."""
    if spelled is not None:
        job.want_csv = False
    return spelled


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
    if plan.header_rows:
        _check_header(job, plan, head[plan.preamble : plan.preamble + plan.header_rows])
    unnamed = frozenset(at for at, name in enumerate(plan.names) if not name.strip() and plan.header_rows)
    names = tidy_names(plan.names, Notes(), line)
    tail = max((at for at in range(plan.width) if at not in unnamed), default=-1)
    tidy_names(plan.names[: tail + 1], job.notes, line, deduce=bool(plan.header_rows))
    spelled = [*plan.spelled, *plan.names[len(plan.spelled) :]] if plan.header_rows else list(plan.names)
    _note_side_by_side(job, plan, line)
    originals = [name.strip().encode("utf-8", "replace").decode() for name in spelled]
    return Cells(names, [], 0, lambda row: row, originals, unnamed=unnamed)


def _check_header(job: Job, plan: Layout, rows: Sequence[Record]) -> None:
    """Report a header that does not fit the rows, and one whose letters or marks are broken."""
    line, top = rows[0]
    if plan.flaw == "header_too_short":
        job.notes.error(plan.flaw, line=line, found=len(top), expected=plan.width)
    elif plan.flaw:
        job.notes.warning(plan.flaw, line=line, found=len(top), expected=plan.width)
    for at_line, cells in rows:
        if isinstance(cells, Flawed) and cells.flaw and cells.flaw != "stray_quote":
            job.notes.error(
                cells.flaw,
                line=at_line,
                found=shown(cells.text),
                expected=job.reading.quotechar,
                text=shown(cells.text),
            )
    plan.names = [name.encode("utf-8", "replace").decode().replace("\0", "") for name in plan.names]


def _note_side_by_side(job: Job, plan: Layout, line: int) -> None:
    """Tell when empty columns part the header into groups: tables may stand side by side."""
    names = [bool(name.strip()) for name in plan.names]
    inner = [at for at in range(2, len(names) - 2) if not names[at] and names[at - 2] and names[at - 1]]
    parting = [at for at in inner if names[at + 1] and names[at + 2]]
    if parting and plan.header_rows:
        job.notes.info("tables_side_by_side", line=line, column=parting[0] + 1)


def _sentence(cells: Sequence[str], delimiter: str) -> str:
    return (delimiter or ",").join(cells).rstrip((delimiter or ",") + " \u00a0")


def _name_tables(job: Job, others: list[dict[str, int]]) -> None:
    """Name the tables that were not read."""
    job.reading.tables += others
    if job.reading.tables:
        first = job.reading.tables[0]
        lines = [f"{table['first_line']}–{table['last_line']}" for table in job.reading.tables[:10]]
        job.notes.warning("other_tables", line=first["first_line"], count=len(job.reading.tables), lines=lines)


def _account(
    job: Job, seen: Rows, tail: Sequence[Record], below: int, trailing: int, plan: Layout, elsewhere: int
) -> None:
    """Close the books: every physical record is a row, a header, a title, a note, a blank, refused or set aside."""
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
    reading.set_aside = len(seen.put_aside) + seen.headers_again + elsewhere
    if seen.put_aside:
        first = seen.put_aside[:5]
        job.notes.warning("group_headings", line=first[0], count=len(seen.put_aside), lines=first)
    reading.records = (
        plan.preamble
        + plan.header_rows
        + seen.writer.rows
        + reading.blank_rows
        + reading.set_aside
        + reading.refused
        + below
    )
