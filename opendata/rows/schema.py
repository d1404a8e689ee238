"""Columns, their types, and the reading of a value that someone wrote for one of them.

Reading is strict: a value of the wrong kind is refused with what was expected, never bent into shape, because a filter
that silently means something else is worse than none.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pyarrow as pa
from django.utils.translation import gettext as _

from opendata.rows.errors import QueryError
from opendata.rows.tree import Op, Value

T = TypeVar("T")
REGION_TIME = ZoneInfo("Asia/Shanghai")
MAX_TEXT = 2_000
MAX_DIGITS = 60


class ColumnType(StrEnum):
    """What the cells of a column are; ``OTHER`` (lists, bytes) is shown as text and can only be tested for presence."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    TEXT = "text"
    GEOMETRY = "geometry"
    OTHER = "other"


NUMBERS = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.FLOAT})
_ORDERED = (Op.EXACT, Op.NE, Op.IN, Op.GT, Op.GTE, Op.LT, Op.LTE, Op.RANGE, Op.ISNULL)
_OPERATORS: dict[ColumnType, tuple[Op, ...]] = {
    ColumnType.TEXT: (*_ORDERED, Op.CONTAINS, Op.STARTSWITH),
    ColumnType.BOOLEAN: (Op.EXACT, Op.NE, Op.IN, Op.ISNULL),
    ColumnType.GEOMETRY: (Op.ISNULL,),
    ColumnType.OTHER: (Op.ISNULL,),
}
UNORDERED = frozenset({ColumnType.GEOMETRY, ColumnType.OTHER})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its name as published and its type."""

    name: str
    type: ColumnType

    @property
    def operators(self) -> tuple[Op, ...]:
        """The operators that make sense for this type."""
        return _OPERATORS.get(self.type, _ORDERED)

    @property
    def sortable(self) -> bool:
        """Whether rows can be put in the order of this column."""
        return self.type not in UNORDERED


def columns_from_profile(profile: Iterable[Mapping[str, Any]]) -> tuple[Column, ...]:
    """Make the columns from the stored profile of a version (dicts with ``name`` and ``type``).

    JSON cells are stored and shown as text; a type that this engine does not know counts as ``other``.
    """
    known = {kind.value: kind for kind in ColumnType} | {"json": ColumnType.TEXT}
    return tuple(Column(str(one["name"]), known.get(one["type"], ColumnType.OTHER)) for one in profile)


def type_of_arrow(kind: pa.DataType) -> ColumnType:
    """Name the column type that a Parquet file's own type amounts to."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    tests: tuple[tuple[Callable[[pa.DataType], bool], ColumnType], ...] = (
        (pa.types.is_boolean, ColumnType.BOOLEAN),
        (pa.types.is_integer, ColumnType.INTEGER),
        (pa.types.is_decimal, ColumnType.DECIMAL),
        (pa.types.is_floating, ColumnType.FLOAT),
        (pa.types.is_date, ColumnType.DATE),
        (pa.types.is_time, ColumnType.TIME),
        (pa.types.is_timestamp, ColumnType.TIMESTAMP),
        (pa.types.is_string, ColumnType.TEXT),
        (pa.types.is_large_string, ColumnType.TEXT),
        (pa.types.is_null, ColumnType.TEXT),
    )
    for test, found in tests:
        if test(kind):
            if found is ColumnType.DECIMAL and kind.scale == 0:
                return ColumnType.INTEGER
            return found
    return ColumnType.OTHER


def _text(raw: str) -> str:
    if len(raw) > MAX_TEXT:
        raise ValueError(_("a text of at most %(n)s characters") % {"n": MAX_TEXT})
    if any("\ud800" <= letter <= "\udfff" for letter in raw):
        raise ValueError(_("well-formed Unicode text"))
    return raw


_INTEGER = re.compile(rf"[+-]?[0-9]{{1,{MAX_DIGITS}}}")
_DECIMAL = re.compile(rf"[+-]?[0-9]{{1,{MAX_DIGITS}}}(\.[0-9]{{1,{MAX_DIGITS}}})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")
_ZONE = r"(Z|[+-][0-9]{2}:[0-9]{2})?"
_TIMESTAMP = re.compile(_DATE.pattern + r"([T ]" + _TIME.pattern + _ZONE + r")?")
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


def _integer(raw: str) -> int:
    if not _INTEGER.fullmatch(raw):
        raise ValueError(_("a whole number such as 42"))
    return int(raw)


def _decimal(raw: str) -> Decimal:
    if not _DECIMAL.fullmatch(raw):
        raise ValueError(_("a number such as 42 or 3.5"))
    return Decimal(raw)


def _float(raw: str) -> float:
    value = float(_decimal(raw))
    if not math.isfinite(value):
        raise ValueError(_("a number such as 42 or 3.5"))
    return value


def _boolean(raw: str) -> bool:
    if raw not in _BOOLEANS:
        raise ValueError(_("true or false"))
    return _BOOLEANS[raw]


def _calendar(raw: str, shape: re.Pattern[str], read: Callable[[str], T], expected: str) -> T:
    if not shape.fullmatch(raw):
        raise ValueError(expected)
    try:
        return read(raw)
    except ValueError as error:
        raise ValueError(expected) from error


def _date(raw: str) -> date:
    return _calendar(raw, _DATE, date.fromisoformat, _("a date such as 2026-05-01"))


def _time(raw: str) -> time:
    return _calendar(raw, _TIME, time.fromisoformat, _("a time such as 08:30:00"))


def _read_moment(raw: str) -> datetime:
    moment = datetime.fromisoformat(raw)
    if moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(REGION_TIME).replace(tzinfo=None)
    except OverflowError as error:
        raise ValueError(raw) from error


def _timestamp(raw: str) -> datetime:
    return _calendar(raw, _TIMESTAMP, _read_moment, _("a date and time such as 2026-05-01T08:30:00"))


_READERS: dict[ColumnType, Callable[[str], Value]] = {
    ColumnType.INTEGER: _integer,
    ColumnType.DECIMAL: _decimal,
    ColumnType.FLOAT: _float,
    ColumnType.BOOLEAN: _boolean,
    ColumnType.DATE: _date,
    ColumnType.TIME: _time,
    ColumnType.TIMESTAMP: _timestamp,
    ColumnType.TEXT: _text,
}


def shorten(text: object, most: int = 60) -> str:
    """Cut a piece of what somebody sent to a length that fits in a message."""
    shown = str(text)
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def value_from_text(column: Column, raw: str, parameter: str) -> Value:
    """Read a value from a query string; raises QueryError with what the column's type expects."""
    try:
        return _READERS[column.type](raw)
    except ValueError as error:
        raise QueryError(
            _("The value “%(found)s” does not fit the column “%(column)s”: expected %(expected)s.")
            % {"found": shorten(raw), "column": shorten(column.name), "expected": error},
            parameter,
        ) from error


def _json_text(column: Column, raw: object) -> str | None:
    """Turn a JSON value into the text that its column's reader takes; None where the JSON type does not fit."""
    if isinstance(raw, bool):
        return str(raw).lower() if column.type is ColumnType.BOOLEAN else None
    if isinstance(raw, int | float | Decimal):
        if column.type not in NUMBERS or (isinstance(raw, float) and not math.isfinite(raw)):
            return None
        exact = raw if isinstance(raw, Decimal) else Decimal(repr(raw))
        # An exponent beyond these bounds would unfold into a text of that many digits.
        if not exact.is_finite() or abs(exact.adjusted()) > MAX_DIGITS or len(exact.as_tuple().digits) > MAX_DIGITS:
            return None
        return format(exact, "f")
    if isinstance(raw, str) and column.type is not ColumnType.BOOLEAN:
        return raw
    return None


def value_from_json(column: Column, raw: object, parameter: str) -> Value:
    """Read a value from a JSON body.

    A number may also stand as text, since JavaScript cannot carry every number of a table; true and false may not.
    """
    text = _json_text(column, raw)
    if text is None:
        raise QueryError(
            _("The value %(found)s is of the wrong kind for the column “%(column)s”, which holds %(type)s.")
            % {"found": shorten(raw), "column": shorten(column.name), "type": type_label(column.type)},
            parameter,
            _("Write text in quotes, numbers and true or false without.") if column.type is ColumnType.TEXT else "",
        )
    return value_from_text(column, text, parameter)


def type_label(kind: ColumnType) -> str:
    """Name a type in the language of the request, as it stands in a sentence."""
    labels = {
        ColumnType.INTEGER: _("whole numbers"),
        ColumnType.DECIMAL: _("decimal numbers"),
        ColumnType.FLOAT: _("floating-point numbers"),
        ColumnType.BOOLEAN: _("true or false"),
        ColumnType.DATE: _("dates"),
        ColumnType.TIME: _("times of day"),
        ColumnType.TIMESTAMP: _("dates with time"),
        ColumnType.TEXT: _("text"),
        ColumnType.GEOMETRY: _("geometries"),
        ColumnType.OTHER: _("other content"),
    }
    return labels[kind]
