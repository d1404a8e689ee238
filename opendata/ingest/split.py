"""Splits one record of delimited text into cells: by the rules, and where they are broken, so that the row fits.

RFC 4180, widened to delimiters of several characters and to escape marks. A quote that breaks the rules is repaired
only when exactly one way of reading the record gives the number of cells that the table has.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

SPACES = "  "  # the delimiter of columns padded with spaces: two or more of them
OTHERS = (";", "\t", "|", ",", " ")
MOST_PIECES, LONGEST = 80, 40_000
_RUN = re.compile(" {2,}")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How records and cells are told apart. `newline` ends a record: line feed (also for CR LF) or return.

    `delimiter` may have several characters; SPACES stands for two spaces or more. `width` is the number of cells that
    most records have, 0 where none is known.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    newline: str = "\n"
    line_ending: str = "LF"
    lines_to_skip: int = 0
    width: int = 0

    @property
    def plain(self) -> bool:
        """Whether the delimiter is one character and quotes are doubled: what every reader of CSV can read."""
        return len(self.delimiter) == 1 and not self.escape


@dataclass(frozen=True, slots=True)
class Walked:
    """What a lenient walk found: the cells, whether a quote is still open, and the column of the first stray quote."""

    cells: list[str]
    open: bool
    stray: int


def bare_cells(text: str, dialect: Dialect) -> list[str]:
    """The cells of a record without quotes; an empty record has none."""
    if not text:
        return []
    if dialect.delimiter == SPACES:
        return _RUN.split(text.strip(" "))
    if dialect.escape and dialect.escape in text:
        return walk(text, dialect).cells
    return text.split(dialect.delimiter)


def strict(text: str, dialect: Dialect) -> list[str] | None:
    """The cells of a record that keeps the rules, or None."""
    if not dialect.plain:
        walked = walk(text, dialect)
        return None if walked.open or walked.stray else walked.cells
    try:
        reader = csv.reader([text], delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
        return next(reader, [])
    except csv.Error:
        return None


def otherwise(text: str, dialect: Dialect, width: int) -> Iterator[list[str]]:
    """The cells of a record under each delimiter that the rest of the file does not have, where they are as many."""
    for delimiter in OTHERS:
        if delimiter != dialect.delimiter and text.count(delimiter) >= width - 1 > 0:
            cells = strict(text, Dialect(delimiter, dialect.quote))
            if cells is not None and len(cells) == width:
                yield cells


def walk(text: str, dialect: Dialect) -> Walked:
    """Split leniently, from left to right: a quote inside a quoted cell that ends nothing is kept as text."""
    quote = dialect.quote
    if dialect.delimiter == SPACES:
        text = text.strip(" ")
    cells: list[str] = []
    at, end, stray = 0, len(text), 0
    while True:
        if text.startswith(quote, at):
            cell, at, closed, odd = _quoted(text, at + 1, dialect)
            stray = stray or (len(cells) + 1 if odd else 0)
            cells.append(cell)
            if not closed:
                return Walked(cells, True, stray)
        else:
            stop = _next(text, at, dialect)
            cells.append(_plain(text[at:stop], dialect))
            at = stop
        if at >= end:
            return Walked(cells, False, stray)
        at = _past(text, at, dialect)


def _quoted(text: str, at: int, dialect: Dialect) -> tuple[str, int, bool, bool]:
    """Read a quoted cell from behind its first quote: (cell, place behind it, closed, with stray quotes)."""
    quote, escape = dialect.quote, dialect.escape
    value: list[str] = []
    stray = False
    while True:
        close = text.find(quote, at)
        marked = text.find(escape, at) if escape else -1
        if 0 <= marked < close or (close < 0 <= marked and marked + 1 < len(text)):
            after = text[marked + 1 : marked + 2]
            value.append(text[at:marked] + (after if after in (quote, escape) else escape + after))
            at = marked + 2
            continue
        if close < 0:
            return "".join(value) + text[at:], len(text), False, stray
        value.append(text[at:close])
        rest = close + 1
        if text.startswith(quote, rest):
            value.append(quote)
            at = rest + 1
            continue
        if rest >= len(text) or _at_delimiter(text, rest, dialect):
            return "".join(value), rest, True, stray
        padded = len(text) - len(text[rest:].lstrip(" "))
        if dialect.delimiter.strip() and (padded >= len(text) or _at_delimiter(text, padded, dialect)):
            return "".join(value), padded, True, stray
        stray = True
        value.append(quote)
        at = rest


def _plain(cell: str, dialect: Dialect) -> str:
    """A cell without quotes around it; an escape mark before a mark of the dialect is taken away."""
    if not dialect.escape or dialect.escape not in cell:
        return cell
    marks = "".join(re.escape(mark) for mark in (dialect.escape, dialect.quote, dialect.delimiter[0]))
    return re.sub(f"{re.escape(dialect.escape)}([{marks}])", r"\1", cell)


def _next(text: str, at: int, dialect: Dialect) -> int:
    """Where the next delimiter begins, or the end; an escaped one is passed over."""
    while True:
        stop = text.find(dialect.delimiter, at)
        if stop < 0:
            return len(text)
        if dialect.escape and stop and text[stop - 1] == dialect.escape:
            at = stop + 1
            continue
        return stop


def _at_delimiter(text: str, at: int, dialect: Dialect) -> bool:
    return text.startswith(dialect.delimiter, at)


def _past(text: str, at: int, dialect: Dialect) -> int:
    if dialect.delimiter == SPACES:
        return len(text) - len(text[at:].lstrip(" "))
    return at + len(dialect.delimiter)


def fit(text: str, dialect: Dialect, width: int) -> list[str] | None:
    """The one reading of a broken record that has `width` cells; None where there is none, or more than one as good.

    Each quote may open a cell, close one, or be text that somebody forgot to double. The reading with the fewest
    forgotten quotes wins.
    """
    if width < 2 or dialect.delimiter == SPACES or len(text) > LONGEST:
        return None
    pieces = text.split(dialect.delimiter)
    count = len(pieces)
    if not width <= count <= MOST_PIECES:
        return None
    spans = [[dialect.delimiter.join(pieces[a:b]) for b in range(a + 1, count + 1)] for a in range(count)]
    ends = _cheapest([[_cost(span, at + 1, dialect) for at, span in enumerate(row)] for row in spans], width)
    if ends is None:
        return None
    starts = [0, *ends[:-1]]
    return [_content(spans[start][end - start - 1], dialect) for start, end in zip(starts, ends, strict=True)]


def _cheapest(cost: list[list[float | None]], width: int) -> list[int] | None:
    """Where each of `width` cells ends so that the whole costs least; None without a way, or with two as good.

    cost[a][n] is the price of a cell that begins with piece a and takes n + 1 pieces. best[made][used] holds the least
    cost of making `made` cells from the first `used` pieces, where the last of them begins, and whether there is a tie.
    """
    count = len(cost)
    best: list[dict[int, tuple[float, int, bool]]] = [{0: (0.0, 0, False)}]
    for made in range(1, width + 1):
        row: dict[int, tuple[float, int, bool]] = {}
        for used, (before, _, tied) in best[-1].items():
            for end in range(used + 1, count - (width - made) + 1):
                price = cost[used][end - used - 1]
                if price is not None:
                    row[end] = _better(row.get(end), (before + price, used, tied))
        best.append(row)
    if count not in best[width] or best[width][count][2]:
        return None
    ends, end = [], count
    for made in range(width, 0, -1):
        ends.append(end)
        end = best[made][end][1]
    return ends[::-1]


def _better(known: tuple[float, int, bool] | None, new: tuple[float, int, bool]) -> tuple[float, int, bool]:
    if known is None or new[0] < known[0] - 1e-9:
        return new
    return (known[0], known[1], True) if new[0] < known[0] + 1e-9 else known


def _cost(span: str, pieces: int, dialect: Dialect) -> float | None:
    """How unlikely it is that this stretch of text is one cell; None where it cannot be one."""
    quote = dialect.quote
    if span.startswith(quote) and len(span) > 1 and span.endswith(quote):
        inside = span[1:-1].replace(quote * 2, "")
        seams = span[1:-1].count(quote + dialect.delimiter) + span[1:-1].count(dialect.delimiter + quote)
        return float(inside.count(quote)) + 1.5 * seams
    if pieces > 1:
        return None
    if span.startswith(quote):
        return 2.0
    return 0.25 * span.count(quote)


def _content(span: str, dialect: Dialect) -> str:
    quote = dialect.quote
    if span.startswith(quote) and len(span) > 1 and span.endswith(quote):
        return span[1:-1].replace(quote * 2, quote)
    return span
