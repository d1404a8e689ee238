"""Tells where one table of a text file ends and another begins; the others are counted and named, not read."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from . import layout
from .fitting import Fitting
from .layout import Layout, filled, is_blank, is_value
from .records import Flawed

Record = tuple[int, list[str]]
LOOK = 200
TITLES = 2


class Ahead:
    """An iterator over records that can be looked into before it is moved."""

    def __init__(self, source: Iterable[Record]) -> None:
        self._source = iter(source)
        self._seen: deque[Record] = deque()

    def __iter__(self) -> Iterator[Record]:
        return self

    def __next__(self) -> Record:
        return self._seen.popleft() if self._seen else next(self._source)

    def peek(self, count: int) -> list[Record]:
        """The next records, at most `count`, without taking them."""
        if len(self._seen) < count:
            self._seen.extend(islice(self._source, count - len(self._seen)))
        return list(islice(self._seen, count))

    def put_back(self, record: Record) -> None:
        """Give back the record that was taken last."""
        self._seen.appendleft(record)


class Ends:
    """Knows one table well enough to tell when another begins."""

    def __init__(self, plan: Layout, header: Sequence[str], fitting: Fitting) -> None:
        self.width, self.fitting = plan.width, fitting
        self.header = [cell.strip() for cell in header] if plan.header_rows else []
        self.first = self.header[0] if self.header else None
        self.after_blank = False

    def repeats(self, cells: Sequence[str]) -> bool:
        """Whether a record is the header once more, whole or with columns more or less."""
        if not self.first or not cells or cells[0].strip() != self.first:
            return False
        same = min(len(cells), len(self.header))
        if same < 2 or same * 5 < len(self.header) * 3:
            return False
        return all(cells[at].strip() == self.header[at] for at in range(same))

    def begins(self, cells: Sequence[str], ahead: Ahead) -> bool:
        """Whether another table begins with this record, or with the title that this record is."""
        after_blank, self.after_blank = self.after_blank, is_blank(cells)
        if self.after_blank:
            return False
        if self.repeats(cells):
            return after_blank or len(cells) != len(self.header)
        if filled(cells) == 1 and len(cells) < max(2, self.width):
            below = ahead.peek(1)
            if below and self.repeats(below[0][1]):
                return True
        return after_blank and self._is_other([cells, *(row for _, row in ahead.peek(TITLES + 2))])

    def _is_other(self, rows: list[Sequence[str]]) -> bool:
        titles = 0
        while titles < min(TITLES, len(rows)) and filled(rows[titles]) < 2:
            titles += 1
        if len(rows) < titles + 2:
            return False
        head, first = rows[titles], rows[titles + 1]
        if len(head) != len(first) or len(head) < 2 or filled(head) < len(head) or any(map(is_value, head)):
            return False
        if layout.NOTE.match(head[0]) or (isinstance(head, Flawed) and head.flaw):
            return False
        if len(head) != self.width:
            return len(head) > 2 or any(map(is_value, first))
        return self.fitting.rows > 0 and not self.fitting.fits(head)


def known(plan: Layout, records: Sequence[Record]) -> tuple[list[str], Fitting]:
    """The last row of the header, and what the rows below it look like."""
    above = plan.preamble + plan.header_rows
    header = records[above - 1][1] if plan.header_rows else []
    rows = [
        cells
        for _, cells in records[above:]
        if len(cells) >= plan.width and not is_blank(cells) and not (isinstance(cells, Flawed) and cells.flaw)
    ]
    sound = [cells for cells in rows if len(cells) == plan.width]
    open_ended = [cells[: plan.width] for cells in rows if len(cells) > plan.width and is_blank(cells[plan.width :])]
    if len(open_ended) > len(sound):
        return header, Fitting(sound + open_ended, plan.width, open_ended=True)
    return header, Fitting(sound, plan.width)


def first_end(plan: Layout, records: Sequence[Record]) -> int | None:
    """The place among these records where a second table begins, if one does."""
    above = plan.preamble + plan.header_rows
    rows = records[above : above + LOOK]
    block = next((at for at, (_, cells) in enumerate(rows) if at and is_blank(cells)), len(rows))
    header, fitting = known(plan, records[: above + block])
    ends = Ends(plan, header, fitting)
    ahead = Ahead(records[above:])
    for at, (_, cells) in enumerate(ahead, above):
        if at > above and ends.begins(cells, ahead):
            return at
    return None


def skim(ahead: Ahead, *, most: int) -> tuple[list[dict[str, int]], int]:
    """Pass over at most `most` tables: where each is and how large, and how many records they take in all."""
    found: list[dict[str, int]] = []
    taken = 0
    while len(found) < most:
        head = ahead.peek(LOOK)
        plan = layout.judge([cells for _, cells in head])
        if not plan.width:
            taken += sum(1 for _ in ahead)
            break
        if (end := first_end(plan, head)) is not None:
            head = head[:end]
            plan = layout.judge([cells for _, cells in head])
        header, fitting = known(plan, head)
        above = plan.preamble + plan.header_rows
        start = last = head[plan.preamble][0]
        taken += sum(1 for _ in islice(ahead, above))
        ends, rows = Ends(plan, header, fitting), 0
        for line, cells in ahead:
            if rows and ends.begins(cells, ahead):
                ahead.put_back((line, cells))
                break
            taken += 1
            if not is_blank(cells):
                rows, last = rows + 1, line
        found.append({"first_line": start, "last_line": last, "rows": rows, "columns": plan.width})
        if not ahead.peek(1):
            break
    return found, taken
