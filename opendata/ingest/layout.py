"""Tells title lines, header rows, data and notes apart.

Only what is clear is taken away from the data: a title above the header has one cell where the table has many, a header
of several rows must stand over numbers, a note below the data has one cell or says itself that it is one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Cells = Sequence[str]
HEADER_DEPTH = 4
LONG_NOTE = 30
ENOUGH_ROWS = 3
NOTE = re.compile(
    r"\s*(\(?[*※＊]|注\s*[:：释]|备\s*注|附\s*注|说明\s*[:：]|数据来源|资料来源|来源\s*[:：]"
    r"|Note|Source|Release date|Footnote)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?%?|[+-]?\.\d+|nan", re.IGNORECASE)
_MOMENT = re.compile(
    r"\d{4}[-/年]\d{1,2}([-/月]\d{1,2}日?)?([ T]\d{1,2}:\d\d.*)?|\d{1,2}/\d{1,2}/\d{4}.*|\d{1,2}:\d\d(:\d\d)?"
)
_YEAR = re.compile(r"(1[89]|20|21)\d\d")


@dataclass(slots=True)
class Layout:
    """Where the table begins: how many records stand above, how many make the header, and the names they give.

    `spelled` are the names as written, the rows of a header joined by a space. `flaw` is what does not fit in the
    header: header_too_short or header_extra_cells.
    """

    width: int = 1
    preamble: int = 0
    header_rows: int = 1
    names: list[str] = field(default_factory=list)
    missing_header: bool = False
    spelled: list[str] = field(default_factory=list)
    flaw: str = ""


def is_blank(cells: Cells) -> bool:
    """Whether a record holds nothing but white space."""
    return not any(cell and not cell.isspace() for cell in cells)


def filled(cells: Cells) -> int:
    """How many cells of a record hold something."""
    return sum(1 for cell in cells if cell and not cell.isspace())


def is_value(cell: str) -> bool:
    """Whether a cell looks like a number, date or time."""
    text = cell.strip()
    return bool(_NUMBER.fullmatch(text) or _MOMENT.fullmatch(text))


def judge(records: Sequence[Cells], *, depth: int = 0, header: bool | None = None) -> Layout:
    """Judge the layout from the first records; `depth` is the header's height where merged cells tell it."""
    counts = Counter(len(cells) for cells in records if not is_blank(cells))
    if not counts:
        return Layout(width=0, preamble=len(records), header_rows=0)
    wide = {width: count for width, count in counts.items() if width > 1}
    modal = max(wide or counts, key=lambda width: (counts[width] * (1 - 0.5 / width), width))
    if modal > 1 and counts[modal] == 1 and counts.get(1, 0) > 3:
        modal = 1
    at = _header_at(records, modal)
    body = [cells for cells in records[at + 1 :] if len(cells) == modal and not is_blank(cells)][:500]
    if header is False or (header is None and _is_data(records[at], body, modal)):
        return Layout(modal, at, 0, ["" for _ in range(modal)], missing_header=header is None)
    top = records[at]
    height = depth if depth > 1 else _height(records[at:], modal)
    names, spelled = [cell.strip() for cell in top], list(top)
    if height > 1:
        rows = records[at : at + height]
        names, spelled = _joined(rows, len(top), " / ", unique=True), _joined(rows, len(top), " ", unique=False)
    below = [cells for cells in records[at + height :] if not is_blank(cells)]
    width, kept, flaw = _columns(names, below, modal)
    names = [names[place] if place < len(names) else "" for place in kept]
    spelled = [spelled[place] for place in kept if place < len(spelled)]
    return Layout(width, at, height, names, spelled=spelled, flaw=flaw)


def _columns(names: Sequence[str], below: Sequence[Cells], modal: int) -> tuple[int, list[int], str]:
    """How many columns the table has, which names of the header are theirs, and what is wrong with the header."""
    count = len(names)
    agreeing = sum(1 for cells in below if len(cells) == modal)
    filled_beyond = any(not is_blank(cells[count:]) for cells in below if len(cells) == modal)
    if count < modal and filled_beyond and agreeing >= ENOUGH_ROWS and agreeing * 5 >= len(below) * 3:
        return modal, list(range(modal)), "header_too_short"
    if count > modal > 1 and agreeing >= ENOUGH_ROWS:
        blank = [at for at, name in enumerate(names) if not name]
        needed = max((at + 1 for at, name in enumerate(names) if name), default=count)
        if needed <= modal:
            return modal, list(range(modal)), ""
        if len(blank) == count - modal:
            return modal, [at for at in range(count) if names[at]], "header_extra_cells"
    return count, list(range(count)), ""


def _header_at(records: Sequence[Cells], modal: int) -> int:
    enough = max(2, round(modal * 0.6)) if modal > 1 else 1
    for at, cells in enumerate(records):
        if is_blank(cells) or len(cells) < enough:
            continue
        if modal == 1 or (filled(cells) >= min(2, modal) and not _is_label(cells, modal)):
            return at
    return next((at for at, cells in enumerate(records) if not is_blank(cells)), 0)


def _is_label(cells: Cells, modal: int) -> bool:
    """Whether a record above a wide table is a label with its value, such as 统计时间：,2024年."""
    told = [cell.strip() for cell in cells if cell.strip()]
    return modal >= 4 and len(told) == 2 and told[0].endswith((":", "："))


def _is_data(top: Cells, body: Sequence[Cells], width: int) -> bool:
    """Whether the first row is data: each column of numbers has a number on top, and no row of years."""
    if len(top) != width or not body:
        return False
    numeric = [at for at in range(width) if _all_values(body, at)]
    uniform = [
        at for at in range(width) if at not in numeric and (mask := _mask(body, at)) and _masked(top[at]) == mask
    ]
    if not all(is_value(top[at]) for at in numeric) or not (numeric or uniform):
        return False
    tops = [top[at].strip() for at in numeric]
    if numeric and all(_YEAR.fullmatch(cell) for cell in tops) and len(set(tops)) == len(tops) and not uniform:
        below = {row[at].strip() for row in body for at in numeric}
        return bool(below) and all(_YEAR.fullmatch(cell) for cell in below if cell)
    return all(cell.strip() for cell in top) or len(set(tops)) < len(tops) or len(numeric) < width


def _mask(body: Sequence[Cells], at: int) -> str:
    """The pattern with digits that all cells of a column have, such as A-9 of MG-8769; nothing where they have none."""
    patterns = {_masked(row[at]) for row in body if row[at].strip()}
    only = patterns.pop() if len(patterns) == 1 and len(body) >= ENOUGH_ROWS else ""
    return only if "9" in only else ""


def _masked(cell: str) -> str:
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "A", cell.strip()))


def _all_values(body: Sequence[Cells], at: int) -> bool:
    seen = [row[at] for row in body if row[at].strip()]
    return bool(seen) and all(is_value(cell) for cell in seen)


def _height(records: Sequence[Cells], width: int) -> int:
    """The rows of a header: one that is written twice or more, one whose top row spreads, or one with units below."""
    top = records[0]
    again = 1
    while again < min(HEADER_DEPTH, len(records)) and list(records[again]) == list(top) and filled(top) > 1:
        again += 1
    if again > 1:
        return again
    body = [cells for cells in records[1:] if len(cells) == width][:101]
    if len(top) == width and len(body) > ENOUGH_ROWS and _is_units(body[0], body[1:]) and records[1] is body[0]:
        return max(2, _spreading(records, width))
    return _spreading(records, width)


def _is_units(cells: Cells, body: Sequence[Cells]) -> bool:
    """Whether a row holds the units of the columns: words over columns of numbers, nothing over the others."""
    told = [at for at, cell in enumerate(cells) if cell.strip()]
    numeric = [at for at in range(len(cells)) if _all_values(body, at)]
    return (
        len(told) > 1
        and len(told) < len(cells)
        and set(told) <= set(numeric)
        and not any(is_value(cells[at]) for at in told)
    )


def _spreading(records: Sequence[Cells], width: int) -> int:
    """The rows of a header whose top row spreads over columns; they must stand over columns of numbers."""
    top = records[0]
    repeats = sum(1 for left, right in pairwise(top) if left.strip() and left == right)
    gaps = sum(1 for cell in top[1:-1] if not cell.strip())
    if len(top) != width or (repeats < 2 and gaps < 2):
        return 1
    height = 1
    for cells in records[1:HEADER_DEPTH]:
        inside = [cell.strip() for cell in cells[1:] if cell.strip()]
        if len(cells) != width or len(inside) * 2 < width - 1:
            break
        if any(is_value(cell) and not _YEAR.fullmatch(cell) for cell in inside):
            break
        height += 1
    body = [cells for cells in records[height:] if len(cells) == width and filled(cells) * 2 > width][:100]
    numeric = sum(_all_values(body, at) for at in range(1, width))
    return height if height > 1 and numeric * 2 >= width - 1 else 1


def _joined(rows: Sequence[Cells], width: int, between: str, *, unique: bool) -> list[str]:
    """One name per column: the parts above it from top to bottom, a part spreading to the right over empty cells.

    A part that stands above itself is told once where names are to be read (`unique`).
    """
    columns: list[list[str]] = [[] for _ in range(width)]
    for number, row in enumerate(rows):
        carried = ""
        for at in range(width):
            cell = row[at].strip() if at < len(row) else ""
            carried = cell or (carried if number == 0 and len(rows) > 1 else "")
            if carried and not (unique and carried in columns[at]):
                columns[at].append(carried)
    return [between.join(parts) for parts in columns]


def footer_length(tail: Sequence[Cells], width: int) -> int:
    """How many records at the end are notes: from the first that says so, to the end, as long as each has one cell.

    A last row that was cut short looks much like a note; it is one only with a note's words, or apart from the data.
    """
    if width < 2:
        return 0
    start = len(tail)
    while start and (is_blank(tail[start - 1]) or _is_single(tail[start - 1])):
        start -= 1
    for at in range(start, len(tail)):
        if not is_blank(tail[at]) and _opens_notes(tail, at, width):
            return len(tail) - at
    return 0


def _is_single(cells: Cells) -> bool:
    return filled(cells) == 1 and bool(cells[0].strip())


def _opens_notes(tail: Sequence[Cells], at: int, width: int) -> bool:
    text = tail[at][0].strip()
    if NOTE.match(text):
        return True
    apart = at > 0 and is_blank(tail[at - 1]) and not is_value(text)
    sentence = len(text) > LONG_NOTE and (len(tail[at]) == width or text.endswith(("。", ".", "；", "）", ")")))
    return sentence or (apart and len(tail[at]) < width)
