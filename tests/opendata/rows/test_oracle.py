"""Random queries give what plain Python gives, row by row, page by page."""

import datetime as dt
import json
import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opendata.rows import Engine, Query, Scope, parse_body, query_from_json, query_from_string
from opendata.rows.schema import Column, ColumnType
from opendata.rows.tree import And, Compare, Condition, Count, Not, Op, Or, Sort, condition_json
from tests.opendata.rows.tables import (
    BY_NAME,
    COLUMNS,
    SEAL,
    SPECS,
    as_seen,
    engine_for,
    in_order,
    make_rows,
    same,
    table_of,
    truth,
    write_rows,
    write_serving,
)

EXAMPLES = int(os.environ.get("ROWS_EXAMPLES", "80"))
LONG = max(120, EXAMPLES)
# These tests ask what a query means, not how fast it is: a busy machine may take its time, a hanging query still fails.
PATIENT = 60
RAW = make_rows()
SEEN = [as_seen(row) for row in RAW]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    path = write_rows(tmp_path_factory.mktemp("oracle") / "table.parquet", RAW)
    write_serving(path, path.with_suffix(".duckdb"), heads=40)
    engine = engine_for(path)
    yield path, engine
    assert engine.files == 1
    engine.close()


def files_of(path: Path, stored: bool) -> Path | None:
    """The table file beside the Parquet, or nothing: both must give the same."""
    return path.with_suffix(".duckdb") if stored else None


ANY = {
    ColumnType.INTEGER: st.integers(-(10**20), 10**20) | st.integers(-3, 8),
    ColumnType.DECIMAL: st.decimals(-100, 100, places=2) | st.decimals(-(10**30), 10**30, places=12),
    ColumnType.FLOAT: st.decimals(-10, 10, places=1),
    ColumnType.BOOLEAN: st.booleans(),
    ColumnType.DATE: st.dates(),
    ColumnType.TIME: st.times(),
    ColumnType.TIMESTAMP: st.datetimes(),
    ColumnType.TEXT: st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
}


def plain(value: Any) -> Any:
    """A stored value in the form that the grammar reads for its column."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return Decimal(repr(value)) if isinstance(value, float) else value


def values(column: Column) -> st.SearchStrategy[Any]:
    held = sorted(
        {plain(row[column.name]) for row in SEEN if row[column.name] is not None and str(row[column.name]) not in
         ("nan", "inf", "-inf", "1e+300")}, key=str
    )  # fmt: skip
    return (st.sampled_from(held) | ANY[column.type]) if held else ANY[column.type]


@st.composite
def comparisons(draw: st.DrawFn) -> Compare:
    column = draw(st.sampled_from(COLUMNS))
    op = draw(st.sampled_from(column.operators))
    if op is Op.ISNULL:
        return Compare(column.name, op, draw(st.booleans()))
    one = values(column)
    if op is Op.IN:
        return Compare(column.name, op, tuple(draw(st.lists(one, min_size=1, max_size=5))))
    if op is Op.RANGE:
        return Compare(column.name, op, (draw(one), draw(one)))
    return Compare(column.name, op, draw(one))


def _several(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    lists = st.lists(parts, min_size=1, max_size=4).map(tuple)
    return lists.map(And) | lists.map(Or) | parts.map(Not)


conditions = st.recursive(comparisons(), _several, max_leaves=12)
sorts = st.lists(
    st.builds(Sort, st.sampled_from([one.name for one in COLUMNS if one.sortable]), st.booleans()),
    max_size=3,
    unique_by=lambda key: key.column,
).map(tuple)
selects = st.lists(st.sampled_from([one.name for one in COLUMNS]), unique=True, max_size=4).map(tuple)
queries = st.builds(Query, select=selects, where=st.none() | conditions, sort=sorts, limit=st.integers(4, 30))


def body(query: Query, cursor: str | None) -> bytes:
    content: dict[str, Any] = {
        "sort": [{"column": key.column, "descending": key.descending} for key in query.sort],
        "limit": query.limit,
        "cursor": cursor,
        "count": "exact",
    }
    if query.select:
        content["select"] = list(query.select)
    if query.where is not None:
        content["where"] = condition_json(query.where)
    return json.dumps(content).encode()


def check(path: Path, engine: Engine, query: Query, scope: Scope, expected: list[int], stored: bool) -> None:
    """Walk through all pages and hold every row against the oracle's."""
    names = list(query.select) or [one.name for one in COLUMNS if scope.shows(one.name)]
    got: list[tuple[Any, ...]] = []
    cursor: str | None = None
    for _page in range(len(SEEN) + 1):
        read = query_from_json(parse_body(body(query, cursor)), COLUMNS, scope=scope)
        page = engine.rows(table_of(path, scope, files_of(path, stored)), read, SEAL, seconds=PATIENT)
        assert [column.name for column in page.columns] == names
        assert page.total == len(expected)
        assert len(page.rows) <= query.limit
        got += page.rows
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(page.rows) == query.limit
    assert len(got) == len(expected)
    for row, number in zip(got, expected, strict=True):
        for name, value in zip(names, row, strict=True):
            assert same(value, SEEN[number][name]), (name, number)


@pytest.mark.timeout(LONG)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=queries, stored=st.booleans())
def test_random_trees_and_paging_equal_plain_python(place, query, stored):
    path, engine = place
    check(path, engine, query, Scope(), in_order(SEEN, query), stored)


@pytest.mark.timeout(LONG)
@settings(max_examples=max(60, EXAMPLES // 5), deadline=None, suppress_health_check=list(HealthCheck))
@given(query=queries, offset=st.integers(0, 70), stored=st.booleans())
def test_an_offset_passes_over_the_first_rows(place, query, offset, stored):
    path, engine = place
    table = table_of(path, Scope(), files_of(path, stored))
    page = engine.rows(table, replace(query, select=(), offset=offset), SEAL, seconds=PATIENT)
    wanted = in_order(SEEN, query)[offset : offset + query.limit]
    for row, number in zip(page.rows, wanted, strict=True):
        assert all(same(value, SEEN[number][name]) for value, name in zip(row, SPECS, strict=True))


@pytest.mark.timeout(LONG)
@settings(max_examples=max(60, EXAMPLES // 5), deadline=None, suppress_health_check=list(HealthCheck))
@given(key=st.builds(Sort, st.sampled_from([one.name for one in COLUMNS if one.sortable]), st.booleans()),
       limit=st.integers(1, 50), select=selects)  # fmt: skip
def test_pages_of_one_sort_run_through_its_head_and_past_its_end(place, key, limit, select):
    path, engine = place
    query = Query(select, None, (key,), limit)
    check(path, engine, query, Scope(), in_order(SEEN, query), stored=True)


@pytest.mark.timeout(LONG)
@settings(max_examples=max(60, EXAMPLES // 5), deadline=None, suppress_health_check=list(HealthCheck))
@given(query=queries, row_filter=conditions, stored=st.booleans())
def test_a_scope_takes_its_rows_and_columns_away_first(place, query, row_filter, stored):
    used = {key.column for key in query.sort} | set(query.select)
    columns = tuple(used | {"back\\slash"})
    where = query.where if query.where is None or _columns_of(query.where) <= set(columns) else None
    query = Query(query.select, where, query.sort, query.limit)
    both = row_filter if where is None else And((row_filter, where))
    kept = in_order(SEEN, Query(where=both, sort=query.sort))
    path, engine = place
    check(path, engine, query, Scope(columns, row_filter), kept, stored)


def _columns_of(condition: Condition) -> set[str]:
    match condition:
        case Compare(column):
            return {column}
        case Not(part):
            return _columns_of(part)
        case And(parts) | Or(parts):
            return set().union(*(_columns_of(part) for part in parts))


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _quoted(value: Any) -> str:
    return '"' + _written(value).replace('"', '""') + '"'


@pytest.mark.timeout(LONG)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(parts=st.lists(comparisons(), min_size=1, max_size=4), stored=st.booleans())
def test_the_query_string_means_the_same_tree(place, parts, stored):
    pairs = []
    for part in parts:
        several = isinstance(part.value, tuple)
        raw = ",".join(map(_quoted, part.value)) if isinstance(part.value, tuple) else _written(part.value)
        pairs.append((f"{part.column}__{part.op}", raw))
        assert several == (part.op in (Op.IN, Op.RANGE))
    read = query_from_string([*pairs, ("limit", "100"), ("count", "exact")], COLUMNS)
    path, engine = place
    page = engine.rows(table_of(path, Scope(), files_of(path, stored)), read, SEAL, seconds=PATIENT)
    expected = [number for number, row in enumerate(SEEN) if all(truth(part, row) for part in parts)]
    assert page.total == len(page.rows) == len(expected)
    for row, number in zip(page.rows, expected, strict=True):
        assert all(same(value, SEEN[number][name]) for value, name in zip(row, SPECS, strict=True))


@pytest.mark.timeout(LONG)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(condition=conditions)
def test_a_condition_and_its_not_part_the_table(place, condition):
    path, engine = place
    table = table_of(path)
    counts = [
        engine.rows(table, Query(where=where, limit=0, count=Count.EXACT), SEAL, seconds=PATIENT).total
        for where in (condition, Not(condition))
    ]
    assert sum(count or 0 for count in counts) == len(RAW)


def test_every_column_of_the_awkward_table_is_asked():
    assert set(BY_NAME) == set(SPECS)
    assert {column.type for column in COLUMNS} == set(ColumnType) - {ColumnType.GEOMETRY}
