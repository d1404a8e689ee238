"""Values as they leave: JSON, NDJSON and CSV.

JSON numbers are exact. A decimal is written as a JSON number with all its digits (``12.50``), never through a binary
float; RFC 8259 §6 sets no limit to digits, but many readers, JavaScript first of all, keep only 15 to 17 of them, so a
client for whom more matter reads numbers as decimals. Dates, times and moments are ISO 8601 text; moments without a
zone are the region's time (Asia/Shanghai). A cell without a value is null. A float that is no number is the text
``"NaN"``, ``"Infinity"`` or ``"-Infinity"``, since null would say that nothing was there.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa

from opendata.rows.csvtext import BOM, csv_header, csv_rows
from opendata.rows.schema import Column, ColumnType

Row = Sequence[Any]
_WIDE = 2**63


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f").encode())
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def dumps(content: object, *, line: bool = False) -> bytes:
    """Write content as JSON, exact decimals included; ``line`` ends it with a line feed."""
    return orjson.dumps(content, default=_exact, option=orjson.OPT_APPEND_NEWLINE if line else None)


def finite(value: object) -> object:
    """Write a float that is no number as text; everything else stays as it is."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value


def records(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Give rows as objects for ``dumps``."""
    names = [column.name for column in columns]
    floats = any(column.type is ColumnType.FLOAT for column in columns)
    for row in rows:
        yield dict(zip(names, map(finite, row) if floats else row, strict=True))


def ndjson(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """Give one JSON object per line."""
    for record in records(columns, rows):
        yield dumps(record, line=True)


_ARROW = {
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.DATE: pa.date32(),
    ColumnType.TIME: pa.time64("us"),
    ColumnType.TIMESTAMP: pa.timestamp("us"),
    ColumnType.TEXT: pa.string(),
    ColumnType.OTHER: pa.string(),
    ColumnType.FLOAT: pa.float64(),
}


def _array(column: Column, values: list[Any]) -> pa.Array:
    if column.type is ColumnType.INTEGER and any(value is not None and not -_WIDE <= value < _WIDE for value in values):
        return pa.array([None if value is None else Decimal(value) for value in values], pa.decimal128(38, 0))
    return pa.array(values, type=_ARROW.get(column.type))


def csv_page(columns: Sequence[Column], rows: Sequence[Row], *, header: bool = True, bom: bool = False) -> bytes:
    """Write rows as CSV by the rules of ``csvtext``; ``bom`` lets Excel see that it is UTF-8."""
    arrays = [_array(column, [row[place] for row in rows]) for place, column in enumerate(columns)]
    return (
        (BOM if bom else b"") + (csv_header(columns) if header else b"") + (csv_rows(columns, arrays) if rows else b"")
    )


def columns_json(columns: Iterable[Column]) -> list[dict[str, str]]:
    """Describe the columns of an answer."""
    return [{"name": column.name, "type": column.type.value} for column in columns]
