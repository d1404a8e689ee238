"""A small table with everything that is awkward, and a plain-Python reading of what a query means on it."""

import datetime as dt
import functools
import math
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from opendata.ingest import serving as files
from opendata.rows import Column, Engine, EngineConfig, Scope, Seal, Table, open_source
from opendata.rows.schema import REGION_TIME, ColumnType
from opendata.rows.tree import EVERYTHING, And, Compare, Condition, Not, Op, Or, Query

SEAL = Seal(b"a key of the tests", "version-1")
KEEPS_TIME = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

TEXTS = ["", "a", "A", "ab", "%", "_", "a%b", "0164A", "007", "乌鲁木齐", "乌鲁木齐市", "喀什", "é", "e\u0301",
         "\uffff", "😀", "😀b", "nul\0in", "'; DROP TABLE t; --", '"quoted"', "back\\slash", "\u202eright",
         "line\nbreak", " ", "-1", "null"]  # fmt: skip
SPECS: dict[str, tuple[pa.DataType, ColumnType, list[Any]]] = {
    'qu"ote': (pa.int64(), ColumnType.INTEGER, [-(2**63), 2**63 - 1, -1, 0, 1, 2, 7]),
    "brack]et": (pa.decimal128(10, 2), ColumnType.DECIMAL,
                 [Decimal(one) for one in ("-0.01", "0.00", "0.01", "1.50", "12.34", "99999999.99", "-99999999.99")]),
    "back\\slash": (pa.string(), ColumnType.TEXT, TEXTS),
    "nul\0name": (pa.date32(), ColumnType.DATE,
                  [dt.date(1, 1, 1), dt.date(1899, 12, 31), dt.date(2024, 2, 29), dt.date(2026, 5, 1)]),
    "%s": (pa.bool_(), ColumnType.BOOLEAN, [True, False]),
    "\u202eleft": (pa.timestamp("us"), ColumnType.TIMESTAMP,
                   [dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 1, 8, 30), dt.datetime(2026, 1, 1, 8, 30, 0, 1)]),
    "limit": (pa.time64("us"), ColumnType.TIME, [dt.time(0), dt.time(8, 30), dt.time(23, 59, 59, 999999)]),
    "a__gt": (pa.uint64(), ColumnType.INTEGER, [0, 5, 2**63, 2**64 - 1]),
    "a": (pa.decimal128(38, 10), ColumnType.DECIMAL,
          [Decimal(one) for one in ("0.0000000001", "-1234567890123456789012345678.0123456789", "1.0000000000")]),
    "A": (pa.float64(), ColumnType.FLOAT, [0.1, -2.5, 1e300, math.nan, math.inf, -math.inf, 0.0]),
    "file_row_number": (pa.int16(), ColumnType.INTEGER, [-32768, 32767, 3, 4]),
    "": (pa.dictionary(pa.int32(), pa.string()), ColumnType.TEXT, ["x", "y", "喀什"]),
    "x,y": (pa.timestamp("ms", "UTC"), ColumnType.TIMESTAMP, [KEEPS_TIME, KEEPS_TIME + dt.timedelta(hours=5)]),
    "中文 列": (pa.decimal128(30, 0), ColumnType.INTEGER, [Decimal(10**29), Decimal(-3), Decimal(4)]),
    "-c1": (pa.int8(), ColumnType.INTEGER, [-128, 127, 0, 1]),
    "a'; DROP TABLE t; --": (pa.string(), ColumnType.TEXT, ["p", "q"]),
    "t.c0": (pa.null(), ColumnType.TEXT, [None]),
    "{0}": (pa.list_(pa.int64()), ColumnType.OTHER, [[1, 2], []]),
}  # fmt: skip
ROWS = 60
COLUMNS = tuple(Column(name, kind) for name, (_arrow, kind, _values) in SPECS.items())
BY_NAME = {column.name: column for column in COLUMNS}
Row = dict[str, Any]


def make_rows(count: int = ROWS, seed: int = 7) -> list[Row]:
    """Rows of the awkward values, a fifth of them missing; the same for the same seed."""
    dice = random.Random(seed)
    return [
        {name: None if dice.random() < 0.2 else dice.choice(values) for name, (_arrow, _kind, values) in SPECS.items()}
        for _number in range(count)
    ]


def write_rows(path: Path, rows: list[Row]) -> Path:
    """Write rows as Parquet in small row groups, so that their statistics come into play."""
    arrays = [pa.array([row[name] for row in rows], type=arrow) for name, (arrow, _kind, _values) in SPECS.items()]
    table = pa.Table.from_arrays(arrays, names=list(SPECS))
    pq.write_table(table, path, row_group_size=16)
    return path


def as_seen(row: Row) -> Row:
    """A row as the engine means it: moments in the region's time, lists as text."""
    seen = dict(row)
    for name, (arrow, kind, _values) in SPECS.items():
        value = row[name]
        if value is not None and pa.types.is_timestamp(arrow) and arrow.tz:
            seen[name] = value.astimezone(REGION_TIME).replace(tzinfo=None)
        elif value is not None and kind is ColumnType.OTHER:
            seen[name] = "[" + ", ".join(map(str, value)) + "]"
    return seen


def engine_for(path: Path, **more: Any) -> Engine:
    """An engine that may read the folder of a file."""
    return Engine(EngineConfig.of(path.parent, **more))


def table_of(path: Path, scope: Scope = EVERYTHING, serving: Path | None = None) -> Table:
    """The table of a file written by ``write_rows``; ``serving`` is its table file."""
    return Table.of(open_source(path, serving), COLUMNS, scope)


def write_serving(parquet: Path, target: Path, *, heads: int = 0) -> Path:
    """Write the table file of a Parquet file by the ingest's own steps; ``heads``: with heads of so many rows."""
    names = pq.read_schema(parquet).names
    projected_from, projected_rows = files.PROJECTED_FROM, files.PROJECTED_ROWS
    files.PROJECTED_FROM, files.PROJECTED_ROWS = (1, heads) if heads else (projected_from, projected_rows)
    try:
        with duckdb.connect() as connection:
            places = [f"c{at}" for at in range(len(names))]
            source = f"read_parquet('{parquet}') AS t({', '.join(places)})"
            described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
            files.begin(connection, target, small=True)
            files.fill(connection, places, source)
            files.project(connection, files.sortable([row[1] for row in described], names), ROWS)
            files.end(connection)
    finally:
        files.PROJECTED_FROM, files.PROJECTED_ROWS = projected_from, projected_rows
    return target


# --- the oracle ------------------------------------------------------------------------------------------------------


def _rank(value: Any) -> Any:
    """What order compares: text by code points, and a float that is no number after all others."""
    if isinstance(value, float):
        return (math.isnan(value), 0.0 if math.isnan(value) else value)
    if isinstance(value, str):
        return [ord(letter) for letter in value]
    return value


def _holds(cell: Any, op: Op, value: Any) -> bool:
    if cell is None:
        return False
    if op is Op.CONTAINS:
        return value in cell
    if op is Op.STARTSWITH:
        return cell[: len(value)] == value
    if op is Op.IN:
        return any(_holds(cell, Op.EXACT, one) for one in value)
    if op is Op.RANGE:
        return _holds(cell, Op.GTE, value[0]) and _holds(cell, Op.LTE, value[1])
    if isinstance(cell, float):
        value = float(value)
    left, right = _rank(cell), _rank(value)
    return {
        Op.EXACT: left == right,
        Op.GT: left > right,
        Op.GTE: left >= right,
        Op.LT: left < right,
        Op.LTE: left <= right,
    }[op]


def truth(condition: Condition, row: Row) -> bool:
    """The documented meaning of a condition, written without looking at the compiler."""
    match condition:
        case And(parts):
            return all(truth(part, row) for part in parts)
        case Or(parts):
            return any(truth(part, row) for part in parts)
        case Not(part):
            return not truth(part, row)
        case Compare(column, Op.ISNULL, value):
            return (row[column] is None) is value
        case Compare(column, Op.NE, value):
            return not _holds(row[column], Op.EXACT, value)
        case Compare(column, op, value):
            return _holds(row[column], op, value)


def in_order(rows: list[Row], query: Query) -> list[int]:
    """The numbers of the rows that meet a query, in its order: missing cells last, equal rows as in the file."""

    def after(left: int, right: int) -> int:
        for key in query.sort:
            one, two = rows[left][key.column], rows[right][key.column]
            if (one is None) != (two is None):
                return 1 if one is None else -1
            if one is not None and _rank(one) != _rank(two):
                return (1 if _rank(one) > _rank(two) else -1) * (-1 if key.descending else 1)
        return left - right

    kept = [number for number, row in enumerate(rows) if query.where is None or truth(query.where, row)]
    return sorted(kept, key=functools.cmp_to_key(after))


def same(left: Any, right: Any) -> bool:
    """Equal, two NaN included."""
    if isinstance(left, float) and isinstance(right, float) and math.isnan(left):
        return math.isnan(right)
    return left == right
