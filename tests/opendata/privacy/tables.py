"""Small tables, and k, l and treatments as plain Python has them, to hold DuckDB's against."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from opendata.privacy.plan import Plan, plan_from

KINDS = {"text": pa.string(), "integer": pa.int64(), "date": pa.date32(), "decimal": pa.decimal128(10, 2)}


def written(path: Path, columns: dict[str, str], rows: list[tuple[Any, ...]]) -> Path:
    """Writes rows as Parquet; `columns` gives the type of each column by its name."""
    arrays = [pa.array([row[at] for row in rows], KINDS[kind]) for at, kind in enumerate(columns.values())]
    pq.write_table(pa.table(dict(zip(columns, arrays, strict=True))), path)
    return path


def profiles(columns: dict[str, str]) -> list[dict[str, Any]]:
    """Returns profiles that name the columns and their types."""
    return [{"name": name, "type": kind} for name, kind in columns.items()]


def plan(columns: dict[str, str], deeds: dict[str, dict[str, Any]], **given: Any) -> Plan:
    """Returns a plan for these columns."""
    told = {"columns": deeds, "suppress": given.pop("suppress", False), "group": given.pop("group", False)}
    roles = {"quasi": given.pop("quasi"), "sensitive": given.pop("sensitive", [])}
    return plan_from(told, profiles(columns), **roles, k=given.pop("k", 2), l=given.pop("l", 1), **given)


def measured(rows: list[tuple[Any, ...]], quasi: list[int], sensitive: list[int]) -> tuple[int | None, int | None]:
    """Returns k and l of rows by their definitions."""
    if not rows:
        return None, None
    classes = Counter(tuple(row[at] for at in quasi) for row in rows)
    values: dict[Any, set[Any]] = defaultdict(set)
    for row in rows:
        for at in sensitive:
            values[(tuple(row[one] for one in quasi), at)].add(row[at])
    return min(classes.values()), min(map(len, values.values())) if values else None
