"""The query tree: what every way of asking for rows becomes before anything is compiled.

The tree is small, frozen and knows no SQL, no HTTP and no models, so that the query string, the JSON body, a grant's
row limit and a later interface mean the same thing by construction.

Truth is two-valued. A comparison with a cell that holds no value is false, and ``Not`` turns false into true; so a
condition and its ``Not`` always part the table in two, and rows without a value stand on the side of ``Not``.
``ne`` is exactly ``Not(exact)``.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum

Value = str | int | Decimal | float | bool | date | time | datetime


class Op(StrEnum):
    """The operators, under the names that stand after the double underscore."""

    EXACT = "exact"
    NE = "ne"
    IN = "in"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    CONTAINS = "contains"
    STARTSWITH = "startswith"
    ISNULL = "isnull"
    RANGE = "range"


class Count(StrEnum):
    """Whether the answer carries the number of all rows that meet the condition."""

    NONE = "none"
    EXACT = "exact"
    ESTIMATED = "estimated"


class Reduce(StrEnum):
    """What an aggregate makes of the cells of a group; only ``count`` of rows heeds cells without a value."""

    COUNT = "count"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    DISTINCT = "distinct"


@dataclass(frozen=True, slots=True)
class Compare:
    """One column held against a value; ``value`` is a tuple for ``in`` and ``range`` and a bool for ``isnull``."""

    column: str
    op: Op
    value: Value | tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class And:
    """True where each part is true; true where there is no part."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True where some part is true; false where there is no part."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True where the part is false, cells without a value included."""

    part: "Condition"


Condition = Compare | And | Or | Not


@dataclass(frozen=True, slots=True)
class Sort:
    """One column to sort by. Cells without a value come last in both directions."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One figure of each group, under a name of its own; ``column`` is None for the number of rows."""

    op: Reduce
    column: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Box:
    """A bounding box in degrees (RFC 7946 §5); where ``west`` is the greater it crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float


DEFAULT_LIMIT = 100
MAX_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Query:
    """One question to one table; an empty ``select`` means every column that the asker may see.

    With ``group_by`` or ``aggregates`` the answer has a row for each group: the columns grouped by, then the figures;
    ``sort`` and ``having`` then speak of these, ``where`` and ``box`` of the table's rows before they are grouped.
    """

    select: tuple[str, ...] = ()
    where: Condition | None = None
    sort: tuple[Sort, ...] = ()
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    count: Count = Count.NONE
    group_by: tuple[str, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    having: Condition | None = None
    offset: int = 0
    box: Box | None = None

    @property
    def grouped(self) -> bool:
        """Whether the answer is of groups instead of rows."""
        return bool(self.group_by or self.aggregates)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a grant leaves visible: some columns (None: all) of the rows that meet a filter (None: all).

    The filter belongs to the grant and may name columns outside ``columns``.
    """

    columns: tuple[str, ...] | None = None
    row_filter: Condition | None = None

    def shows(self, column: str) -> bool:
        """Say whether a column exists for the asker."""
        return self.columns is None or column in self.columns


EVERYTHING = Scope()


def comparisons(condition: Condition | None) -> Iterator[Compare]:
    """Yield each comparison of a condition."""
    match condition:
        case Compare():
            yield condition
        case And(parts) | Or(parts):
            for part in parts:
                yield from comparisons(part)
        case Not(part):
            yield from comparisons(part)


def _value_json(value: Value) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | time):
        return value.isoformat()
    return value


def condition_json(condition: Condition) -> dict[str, object]:
    """Write a condition in the JSON form that ``grammar.condition_from_json`` reads (numbers with a point as text)."""
    match condition:
        case And(parts):
            return {"and": [condition_json(part) for part in parts]}
        case Or(parts):
            return {"or": [condition_json(part) for part in parts]}
        case Not(part):
            return {"not": condition_json(part)}
        case Compare(column, op, value):
            shown = [_value_json(one) for one in value] if isinstance(value, tuple) else _value_json(value)
            return {"column": column, "op": op.value, "value": shown}


def query_hash(query: Query, scope: Scope = EVERYTHING) -> str:
    """Return the SHA-256 of what a query asks under a scope; limit, offset, cursor and count do not enter.

    It ties a cursor to its query; ``page_hash`` is for validators and caches.
    """
    body: dict[str, object] = {
        "select": list(query.select),
        "where": condition_json(query.where) if query.where else None,
        "sort": [[key.column, key.descending] for key in query.sort],
        "columns": None if scope.columns is None else sorted(scope.columns),
        "row_filter": condition_json(scope.row_filter) if scope.row_filter else None,
    }
    if query.grouped:
        body["group_by"] = list(query.group_by)
        body["aggregates"] = [[one.op.value, one.column, one.name] for one in query.aggregates]
        body["having"] = condition_json(query.having) if query.having else None
    if query.box is not None:
        body["bbox"] = [query.box.west, query.box.south, query.box.east, query.box.north]
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def page_hash(query: Query, scope: Scope = EVERYTHING) -> str:
    """Return the SHA-256 of one page of a query under a scope: limit, offset, cursor and count enter too."""
    page = [query_hash(query, scope), query.limit, query.offset, query.cursor, query.count.value]
    return hashlib.sha256(json.dumps(page).encode()).hexdigest()
