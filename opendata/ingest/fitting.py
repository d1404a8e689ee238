"""Learns what the cells of each column look like, and says whether a row that was mended fits among them.

A row with a delimiter too many can be mended in several ways; a mended row is believed only when each of its cells
looks like those above and below it. Otherwise values would move to other columns without anybody seeing it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from .layout import is_value

LEARN_FROM = 3
UNIFORM = 0.95
MOST_CHOICES = 200
_LETTERS, _DIGITS = re.compile(r"[^\W\d_]+"), re.compile(r"\d+")


class Fitting:
    """What the columns of a table hold, by the rows that have the right number of cells.

    `open_ended` says that most rows end in empty cells beyond the last column.
    """

    def __init__(self, rows: Sequence[Sequence[str]], width: int, *, open_ended: bool = False) -> None:
        self.width, self.open_ended = width, open_ended
        self.rows = len(rows)
        self.seen: list[set[str]] = []
        self.pattern: list[str] = []
        for at in range(width):
            cells = [row[at] for row in rows]
            self.seen.append({kind(cell) for cell in cells})
            patterns = Counter(_pattern(cell) for cell in cells if cell.strip())
            most, count = patterns.most_common(1)[0] if patterns else ("", 0)
            self.pattern.append(most if "9" in most and count >= UNIFORM * sum(patterns.values()) else "")

    def fits(self, row: Sequence[str]) -> bool:
        """Whether each cell looks like the others of its column; never where too few rows are known."""
        if self.rows < LEARN_FROM or len(row) != self.width:
            return False
        return all(
            kind(cell) in self.seen[at]
            and (not self.pattern[at] or not cell.strip() or _pattern(cell) == self.pattern[at])
            for at, cell in enumerate(row)
        )

    def fits_so_far(self, row: Sequence[str]) -> bool:
        """Whether the first cells of a row that is too short look like those of their columns."""
        return self.rows > 0 and all(kind(cell) in self.seen[at] for at, cell in enumerate(row[: self.width]))

    def without_empties(self, row: Sequence[str]) -> list[str] | None:
        """The row with as many empty cells left out as it has too many, if exactly one way of doing so fits."""
        over = len(row) - self.width
        empty = [at for at, cell in enumerate(row) if not cell.strip()]
        if not 0 < over <= len(empty) or over > 3:
            return None
        found: set[tuple[str, ...]] = set()
        for number, gone in enumerate(combinations(empty, over)):
            if number >= MOST_CHOICES:
                return None
            mended = tuple(cell for at, cell in enumerate(row) if at not in gone)
            if self.fits(mended):
                found.add(mended)
        return list(found.pop()) if len(found) == 1 else None


def kind(cell: str) -> str:
    """What a cell looks like: blank, value (number, date, time) or text."""
    if not cell or cell.isspace():
        return "blank"
    return "value" if is_value(cell) else "text"


def _pattern(cell: str) -> str:
    """The cell with runs of letters and digits made equal: MG-8769 and RI-12 are both A-9."""
    return _DIGITS.sub("9", _LETTERS.sub("A", cell.strip()))
