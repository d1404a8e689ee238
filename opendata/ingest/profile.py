"""Says what the columns of a typed table hold: nulls, distinct values, ends, mean, examples, a small histogram.

Everything is told over all rows. Exact are nulls, ends, means and histograms; distinct values are exact up to
50,000 of them or 1,000,000 rows and estimated beyond (HyperLogLog, a few percent). Values that occur are counted once
per column and kept for the scan for personal data, so that a column of 3,000 stations is judged 3,000 times, not five
million times.
"""

# ruff: noqa: S608 — names in the SQL are our own or quoted, values pass `literal`

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import duckdb

from .quoting import literal
from .reading import ColumnProfile

COLUMNS_PER_QUERY = 200
WIDE = 160
EXACT_DISTINCT_ROWS = 1_000_000
EXACT_DISTINCT_VALUES = 50_000
LONGEST_VALUE = 120
BINS, MOST_FREQUENT, EXAMPLES = 24, 12, 5
DAY = 86_400
# The years that Python's dates can say; a column with others has no histogram.
FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799

_NUMBERS = {"integer", "decimal", "float"}
_UNORDERED = {"json", "geometry", "boolean"}


def profile(
    connection: duckdb.DuckDBPyConnection, source: str, columns: Sequence[ColumnProfile], rows: int, refs: Sequence[str]
) -> dict[int, str]:
    """Fill the columns' profiles; `refs` are SQL expressions over `source`.

    Returns, by the place in `columns`, the temporary tables (x, n) in which all values of a column were counted.
    """
    ends: list[tuple[Any, Any]] = []
    for first in range(0, len(columns), COLUMNS_PER_QUERY):
        chosen = slice(first, first + COLUMNS_PER_QUERY)
        ends += _at_once(connection, source, columns[chosen], rows, refs[chosen], drawn=len(columns) <= WIDE)
    if len(columns) > WIDE:
        _examples_from_head(connection, source, columns, refs)
        return {}
    counted: dict[int, str] = {}
    for at, (column, ref) in enumerate(zip(columns, refs, strict=True)):
        if rows > EXACT_DISTINCT_ROWS and column.distinct > EXACT_DISTINCT_VALUES:
            _examples_from_head(connection, source, [column], [ref])
            occurring = f"(SELECT {ref} AS x, 1 AS n FROM {source} WHERE {ref} IS NOT NULL)"
            if column.type == "text":
                column.histogram = _frequent(connection, source, ref, column, rows)
        else:
            occurring = counted[at] = f"values_{at}"
            _count_values(connection, source, ref, column, occurring)
        if column.type in _NUMBERS or column.type in {"date", "time", "timestamp"}:
            column.histogram = _histogram(connection, occurring, column, *ends[at])
    return counted


def _at_once(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    columns: Sequence[ColumnProfile],
    rows: int,
    refs: Sequence[str],
    *,
    drawn: bool,
) -> list[tuple[Any, Any]]:
    """What one pass tells: nulls, distinct, ends, mean. Returns the ends as numbers, for histograms that are drawn."""
    wanted = []
    for column, ref in zip(columns, refs, strict=True):
        finite = f" FILTER (WHERE isfinite({ref}))" if column.type == "float" else ""
        least, most = f"min({ref}){finite}", f"max({ref}){finite}"
        ordered = column.type not in _UNORDERED
        wanted += [f"count({ref})", f"approx_count_distinct({ref})"]
        wanted += [f"CAST({least} AS VARCHAR)", f"CAST({most} AS VARCHAR)"] if ordered else ["NULL", "NULL"]
        wanted.append(f"avg({ref}){finite}" if column.type in _NUMBERS else "NULL")
        place = _PLACES.get(column.type) if drawn else None
        wanted += [place(least), place(most)] if place else ["NULL", "NULL"]
    row: Sequence[Any] = connection.execute(f"SELECT {', '.join(wanted)} FROM {source}").fetchone() or ()
    ends = []
    for at, column in enumerate(columns):
        filled, distinct, least, most, mean, low, high = row[7 * at : 7 * at + 7]
        column.nulls = rows - int(filled)
        column.nullable = column.nulls > 0
        column.distinct, column.distinct_exact = min(int(distinct), int(filled)), False
        column.min, column.max = cut(least), cut(most)
        column.mean = f"{mean:.12g}" if mean is not None and math.isfinite(mean) else None
        ends.append((low, high))
    return ends


def _count_values(
    connection: duckdb.DuckDBPyConnection, source: str, ref: str, column: ColumnProfile, table: str
) -> None:
    """Count every value of a column into a temporary table; fill in what the counts tell."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS "
        f"SELECT {ref} AS x, count(*) AS n FROM {source} WHERE {ref} IS NOT NULL GROUP BY 1"
    )
    top = connection.execute(
        f"SELECT CAST(x AS VARCHAR), n, count(*) OVER () FROM {table} ORDER BY n DESC, x LIMIT {MOST_FREQUENT}"
    ).fetchall()
    column.examples = [str(cut(value)) for value, _, _ in top[:EXAMPLES]]
    column.distinct, column.distinct_exact = (int(top[0][2]) if top else 0), True
    if column.type in {"text", "boolean"}:
        column.histogram = [[cut(value), int(n)] for value, n, _ in top]


def _frequent(
    connection: duckdb.DuckDBPyConnection, source: str, ref: str, column: ColumnProfile, rows: int
) -> list[list[Any]]:
    """The most frequent texts of a long column, counted exactly; none where hardly a text occurs twice.

    Candidates come from the Filtered Space-Saving sketch (Homem and Carvalho 2010): of a text more frequent than one in
    a few hundred rows none is missed.
    """
    if column.distinct > 0.5 * (rows - column.nulls):
        return []
    row = connection.execute(f"SELECT approx_top_k({ref}, {8 * MOST_FREQUENT}) FROM {source}").fetchone()
    candidates = ", ".join(literal(str(value)) for value in (row[0] if row else None) or ())
    found = connection.execute(
        f"SELECT {ref} AS x, count(*) AS n FROM {source} WHERE {ref} IN ({candidates or 'NULL'}) GROUP BY 1 "
        f"ORDER BY n DESC, x LIMIT {MOST_FREQUENT}"
    ).fetchall()
    return [[cut(value), int(n)] for value, n in found if n > 1]


def _examples_from_head(
    connection: duckdb.DuckDBPyConnection, source: str, columns: Sequence[ColumnProfile], refs: Sequence[str]
) -> None:
    texts = ", ".join(f"CAST({ref} AS VARCHAR)" for ref in refs)
    head = connection.execute(f"SELECT {texts} FROM {source} LIMIT 20").fetchall()
    for at, column in enumerate(columns):
        seen = dict.fromkeys(row[at] for row in head if row[at] is not None)
        column.examples = [str(cut(value)) for value in list(seen)[:EXAMPLES]]


# SQL: where a value stands on the line of numbers that is cut into bins.
_PLACES: Mapping[str, Callable[[str], str]] = {
    "integer": lambda x: x,
    "decimal": lambda x: f"CAST({x} AS DOUBLE)",
    "float": lambda x: f"CAST({x} AS DOUBLE)",
    "date": lambda x: f"date_diff('day', DATE '1970-01-01', {x})",
    "timestamp": lambda x: f"CAST(floor(epoch({x})) AS BIGINT)",
    "time": lambda x: f"CAST(floor(epoch({x})) AS BIGINT)",
}


def _histogram(
    connection: duckdb.DuckDBPyConnection, occurring: str, column: ColumnProfile, low: Any, high: Any
) -> list[list[Any]]:
    """Counts in at most 24 bins of equal width, [low, high, count], low included and high not; the last holds both."""
    if low is None or high is None or not _sayable(column.type, low, high):
        return []
    whole = column.type not in {"decimal", "float"}
    width = max(1, -(-(high - low + 1) // BINS)) if whole else (high - low) / BINS
    if not width or not math.isfinite(width):
        return [[_edge(column, low), _edge(column, high), _total(connection, occurring, column)]]
    place = _PLACES[column.type]("x")
    # Wide enough for the difference of any two; exact as long as the column's own type is.
    wide = "HUGEINT" if column.type == "integer" and high - low >= 2**62 else "BIGINT"
    step = f"(CAST({place} AS {wide}) - ({low})) // {width}"
    if not whole:
        step = f"CAST(least(floor(({place} - ({low!r})) / {width!r}), {BINS - 1}) AS BIGINT)"
    counts = {
        int(number): int(n)
        for number, n in connection.execute(
            f"SELECT {step} AS number, sum(n) FROM {occurring}{_finite(column)} GROUP BY 1"
        ).fetchall()
    }
    bins = (high - low) // width + 1 if whole else BINS
    return [
        [_edge(column, low + number * width), _edge(column, low + (number + 1) * width), counts.get(number, 0)]
        for number in range(bins)
    ]


def _finite(column: ColumnProfile) -> str:
    return " WHERE isfinite(x)" if column.type == "float" else ""


def _total(connection: duckdb.DuckDBPyConnection, occurring: str, column: ColumnProfile) -> int:
    row = connection.execute(f"SELECT sum(n) FROM {occurring}{_finite(column)}").fetchone()
    return int(row[0] or 0) if row else 0


def _sayable(kind: str, low: Any, high: Any) -> bool:
    if kind in {"date", "timestamp"}:
        seconds = DAY if kind == "date" else 1
        reach = (high - low) // BINS + 1
        return bool(low * seconds >= FIRST_SECOND and (high + reach) * seconds <= LAST_SECOND)
    return True


def _edge(column: ColumnProfile, value: Any) -> Any:
    """An edge of a bin as JSON: numbers as numbers, moments in ISO 8601."""
    if column.type == "integer":
        return int(value)
    if column.type in {"decimal", "float"}:
        return float(f"{value:.12g}")
    if column.type == "time":
        return f"{value // 3600:02}:{value // 60 % 60:02}:{value % 60:02}"
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(
        seconds=value * (DAY if column.type == "date" else 1)
    )
    if column.type == "date":
        return moment.date().isoformat()
    return moment.isoformat() if column.sql_type.startswith(("TIMESTAMPTZ", "TIMESTAMP W")) else moment.isoformat()[:19]


def cut(value: object) -> str | None:
    """A value as text, cut to what a profile can show."""
    if value is None:
        return None
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"
