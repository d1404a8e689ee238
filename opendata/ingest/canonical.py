"""Tells the shape of plainly spelled cells by casting there and back, which costs a fifth of telling it by pattern.

A cell that is spelled exactly as its type spells itself (`12`, `0.50`, `2023-05-01`) has the shape that
`kinds.shape` would give it, with certainty; every other cell is still judged by `kinds.shape`. What a column may hold
is guessed from some of its cells, and the guess is then proved or refuted on all of them: it decides the speed of an
answer, never the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .kinds import Shape

REFUTED = "not as guessed"
MOST_DIGITS = 18
_INT = re.compile(r"-?(0|[1-9][0-9]{0,13})")
_DEC = re.compile(r"-?(0|[1-9][0-9]*)[.]([0-9]+)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
# First letters with which a cell can be nothing but words: Latin and Han, without those that begin true, false, NaN,
# 是 and 否. Ranges of code points, and what they leave out.
_WORDS, _NOT_WORDS = ((0x41, 0x7A), (0x4E00, 0x9FFF)), "tfnTFN是否"


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column probably holds: the shape of its cells, digits before and after the point."""

    shape: str
    whole: int = 0
    scale: int = 0

    @property
    def sql_type(self) -> str:
        """The type whose own spelling proves the shape."""
        plain = {"int": "BIGINT", "date": "DATE", "moment": "TIMESTAMP"}
        return f"DECIMAL({self.whole + self.scale},{self.scale})" if self.shape == "dec" else plain.get(self.shape, "")


EMPTY, OTHER = Guess("blank"), Guess("other")


def guess(cells: Iterable[str]) -> Guess | None:
    """The guess that fits all these cells, or none where they are not all plain or not alike; empty cells fit all."""
    found = EMPTY
    for cell in cells:
        if not cell:
            continue
        one = _one(cell)
        if one is None or (found is not EMPTY and (one.shape, one.scale) != (found.shape, found.scale)):
            return None
        found = one if found is EMPTY or one.whole > found.whole else found
    return found if found.whole + found.scale <= MOST_DIGITS else None


def _one(cell: str) -> Guess | None:
    if _INT.fullmatch(cell):
        return Guess("int", len(cell.lstrip("-")))
    if number := _DEC.fullmatch(cell):
        return Guess("dec", len(number[1]), len(number[2]))
    if _DATE.fullmatch(cell):
        return Guess("date")
    if _MOMENT.fullmatch(cell):
        return Guess("moment")
    words = any(low <= ord(cell[0]) <= high for low, high in _WORDS) and cell[0] not in _NOT_WORDS
    return OTHER if words else None


def fits(what: Guess, c: str) -> str:
    """SQL: true only for cells whose `kinds.shape` is certainly the guessed one; else false, or null."""
    there_and_back = f"CAST(TRY_CAST({c} AS {what.sql_type}) AS VARCHAR) = {c}"
    match what.shape:
        case "int":
            return f"({there_and_back} AND strlen({c}) < 15)"
        case "dec":
            return f"({there_and_back})"
        case "date" | "moment":
            return f"({there_and_back} AND strlen({c}) = {10 if what.shape == 'date' else 19})"
        case "other":
            ranges = " OR ".join(f"unicode({c}) BETWEEN {low} AND {high}" for low, high in _WORDS)
            return f"(({ranges}) AND unicode({c}) NOT IN ({', '.join(str(ord(one)) for one in _NOT_WORDS)}))"
    return "false"


def proved(what: Guess, sql_type: str, c: str) -> str:
    """SQL: the cell in this type where the guess holds of it, null where it is empty; else the query is broken off."""
    value = c if sql_type == "VARCHAR" else f"TRY_CAST({c} AS {sql_type})"
    return f"CASE WHEN {c} IS NULL OR {fits(what, c)} THEN {value} ELSE error('{REFUTED}') END"


def measures(what: Guess, ref: str) -> str:
    """SQL aggregates over a stored column of one shape: cells, least and greatest number, longest cell, mobiles."""
    if what.shape not in {"int", "dec"}:
        return f"count({ref}), NULL, NULL, {f'max(strlen({ref}))' if what.shape == 'other' else 'NULL'}, 0"
    number = f"TRY_CAST({ref} AS {what.sql_type})"
    mobiles = f"count(*) FILTER (WHERE {number} BETWEEN 13000000000 AND 19999999999)" if what.shape == "int" else "0"
    return f"count({ref}), min({number}), max({number}), NULL, {mobiles}"


def measured(what: Guess, count: int, least: Any, most: Any, longest: int | None, mobiles: int) -> Shape:
    """The shape's counts and measures from those aggregates, as `kinds.measures` would give them."""
    if least is None:
        return Shape(count, -1, longest=longest or {"date": 10, "moment": 19}.get(what.shape, 0))
    whole = max(len(str(abs(int(end)))) for end in (least, most))
    return Shape(count, -1, whole, what.scale, max(len(str(end)) for end in (least, most)), mobiles)


def guesses(rows: Sequence[Sequence[str]], width: int) -> list[Guess | None]:
    """A guess for each column from some rows; rows of another width say nothing."""
    whole = [row for row in rows if len(row) == width]
    return [guess(row[at] for row in whole) for at in range(width)]
