"""k-anonymity and l-diversity of a table, exactly and over all rows, by DuckDB in bounded memory.

k is the size of the smallest class of rows that are alike in all quasi-identifiers (Sweeney 2002); l the least number
of different values that a sensitive column takes in a class (distinct l-diversity, Machanavajjhala et al. 2007), over
all sensitive columns. A missing value is a value like any other: whoever knows that it is missing knows something.
"""

# ruff: noqa: S608 — the SQL is made of our own column numbers

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

# How the rows are told apart on the record: in classes of 1, of 2 to 4, of 5 to 9, of 10 and more.
BANDS: tuple[tuple[int, int | None], ...] = ((1, 1), (2, 4), (5, 9), (10, None))


def classes(
    connection: duckdb.DuckDBPyConnection, source: str, name: str, quasi: Sequence[str], sensitive: Sequence[str]
) -> None:
    """Makes the table `name` of the classes of `source`: quasi-identifiers q0 …, size n, diversity d.

    d is NULL where no column is sensitive. Each sensitive column is counted by grouping twice and not by
    `count(DISTINCT …)`, because only plain grouping can go to disk when memory is short.
    """
    keys = [f"q{place}" for place in range(len(quasi))]
    taken = ", ".join(f"{column} AS {key}" for column, key in zip(quasi, keys, strict=True))
    group = f"GROUP BY {', '.join(keys)}" if keys else ""
    shown = f"{', '.join(keys)}, " if keys else ""
    comma = ", " if keys else ""
    if not sensitive:
        counted = f"SELECT {shown}count(*) AS n, NULL::BIGINT AS d FROM (SELECT {taken or '1'} FROM {source}) {group}"
    else:
        parts = [
            f"SELECT {shown}sum(rows_alike) AS n, count(*) AS d FROM (SELECT {shown}s, count(*) AS rows_alike "
            f"FROM (SELECT {taken}{comma}{column} AS s FROM {source}) GROUP BY {shown}s) {group}"
            for column in sensitive
        ]
        counted = f"SELECT {shown}max(n) AS n, min(d) AS d FROM ({' UNION ALL '.join(parts)}) {group}"
    connection.execute(
        f"CREATE OR REPLACE TABLE {name} AS SELECT {shown}n::BIGINT AS n, d::BIGINT AS d FROM ({counted}) WHERE n > 0"
    )


def summary(connection: duckdb.DuckDBPyConnection, name: str, *, k: int, l: int) -> dict[str, Any]:  # noqa: E741
    """Returns what was measured over the classes of a table, as the record keeps it.

    `k` and `l` are the thresholds; `below_k` and `below_l` the rows in classes that miss them.
    """
    bands = ", ".join(
        f"count(*) FILTER ({_within(low, high)}), coalesce(sum(n) FILTER ({_within(low, high)}), 0)"
        for low, high in BANDS
    )
    found = connection.execute(
        f"SELECT count(*), coalesce(sum(n), 0), min(n), min(d), coalesce(sum(n) FILTER (n < ?), 0), "
        f"coalesce(sum(n) FILTER (d < ?), 0), {bands} FROM {name}",
        [k, l],
    ).fetchone()
    assert found is not None
    number, rows, least, diversity, below_k, below_l, *counts = found
    return {
        "rows": int(rows),
        "classes": int(number),
        "k": None if least is None else int(least),
        "l": None if diversity is None else int(diversity),
        "below_k": int(below_k),
        "below_l": int(below_l),
        "bands": [
            {"from": low, "to": high, "classes": int(counts[2 * place]), "rows": int(counts[2 * place + 1])}
            for place, (low, high) in enumerate(BANDS)
        ],
    }


def _within(low: int, high: int | None) -> str:
    return f"n >= {low}" if high is None else f"n BETWEEN {low} AND {high}"


def reaches(found: dict[str, Any], *, k: int, l: int) -> bool:  # noqa: E741
    """Says whether what was measured reaches the thresholds; an empty table reaches none."""
    if not found.get("rows") or found.get("k") is None:
        return False
    return bool(found["k"] >= k and (found["l"] is None or found["l"] >= l))
