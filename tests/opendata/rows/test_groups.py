"""Random groups equal plain Python, figure by figure and page by page, from the Parquet and from the table file."""

import json
import math
import os
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cmp_to_key
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opendata.rows import (
    Column,
    ColumnType,
    CursorError,
    Engine,
    Query,
    QueryError,
    Scope,
    Table,
    open_source,
    parse_body,
    query_from_json,
    query_from_string,
)
from opendata.rows.figures import outputs
from opendata.rows.tree import Aggregate, Compare, Condition, Op, Reduce, Sort, condition_json
from tests.opendata.rows.tables import (
    BY_NAME,
    COLUMNS,
    SEAL,
    SPECS,
    _rank,
    as_seen,
    engine_for,
    make_rows,
    table_of,
    truth,
    write_rows,
    write_serving,
)
from tests.opendata.rows.test_oracle import comparisons, conditions

EXAMPLES = int(os.environ.get("ROWS_EXAMPLES", "80"))
LONG = max(120, EXAMPLES)
PATIENT = 60
RAW = make_rows()
SEEN = [as_seen(row) for row in RAW]
GROUPED = [one for one in COLUMNS if one.sortable]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    path = write_rows(tmp_path_factory.mktemp("groups") / "table.parquet", RAW)
    serving = write_serving(path, path.with_suffix(".duckdb"))
    engine = engine_for(path)
    yield {False: table_of(path), True: table_of(path, serving=serving)}, engine
    engine.close()


# --- the oracle ------------------------------------------------------------------------------------------------------


# Stands for a sum whose magnitudes come near to what 38 digits can hold.
TOO_LARGE = object()


def _same_group(value: Any) -> Any:
    return "nan" if isinstance(value, float) and math.isnan(value) else value


def _exact(column: str) -> tuple[bool, int]:
    """Whether a column's numbers are exact, and how many places they have."""
    kind = SPECS[column][0]
    return not pa.types.is_floating(kind), kind.scale if pa.types.is_decimal(kind) else 0


def _narrow(column: str) -> bool:
    """Whether the mean is promised to be exact: stored in at most 18 digits, or in a signed whole number."""
    kind = SPECS[column][0]
    return kind.precision <= 18 if pa.types.is_decimal(kind) else pa.types.is_signed_integer(kind)


def figure(one: Aggregate, rows: list[dict[str, Any]]) -> Any:
    if one.column is None:
        return len(rows)
    cells = [row[one.column] for row in rows if row[one.column] is not None]
    if one.op is Reduce.COUNT:
        return len(cells)
    if one.op is Reduce.DISTINCT:
        return len({_same_group(cell) for cell in cells})
    if not cells:
        return None
    if one.op in (Reduce.MIN, Reduce.MAX):
        return (min if one.op is Reduce.MIN else max)(cells, key=_rank)
    exact, scale = _exact(one.column)
    if not exact:
        total = sum(cells)
        return total if one.op is Reduce.SUM else total / len(cells)
    total = sum(map(Fraction, cells), Fraction(0))
    kind = SPECS[one.column][0]
    wide = pa.types.is_decimal(kind) and kind.precision > 18
    if wide and one.op is Reduce.SUM and sum(map(abs, map(Fraction, cells))) >= Fraction(9, 10) * 10 ** (38 - scale):
        return TOO_LARGE
    if one.op is Reduce.SUM:
        return total
    if not _narrow(one.column):
        return float(total / len(cells))
    unit = 10 ** (scale + 6)
    twice = abs(total) * unit * 2 / len(cells)
    return Fraction((1 if total >= 0 else -1) * int((twice + 1) // 2), unit)


def groups(rows: list[dict[str, Any]], query: Query) -> list[dict[str, Any]]:
    """All groups of a query, in its order."""
    parted: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        if query.where is None or truth(query.where, row):
            parted.setdefault(tuple(_same_group(row[name]) for name in query.group_by), []).append(row)
    if not query.group_by:
        parted = {(): [row for part in parted.values() for row in part]}
    made = []
    for part in parted.values():
        group = {name: part[0][name] for name in query.group_by}
        made.append(group | {one.name: figure(one, part) for one in query.aggregates})
    keys = [*query.sort, *(Sort(name) for name in query.group_by)]

    def after(left: dict[str, Any], right: dict[str, Any]) -> int:
        for key in keys:
            one, two = left[key.column], right[key.column]
            if (one is None) != (two is None):
                return 1 if one is None else -1
            if TOO_LARGE in (one, two):
                continue
            if one is not None and _rank(one) != _rank(two):
                return (1 if _rank(one) > _rank(two) else -1) * (-1 if key.descending else 1)
        return 0

    return sorted((one for one in made if query.having is None or truth(query.having, one)), key=cmp_to_key(after))


def close(found: Any, wanted: Any) -> bool:
    """Equal; figures of floating-point numbers to nine digits, since their sum depends on its order."""
    if found is None or wanted is None:
        return found is wanted
    if isinstance(wanted, float):
        return (
            found == wanted or (math.isnan(found) and math.isnan(wanted)) or math.isclose(found, wanted, rel_tol=1e-9)
        )
    if isinstance(wanted, Fraction):
        return isinstance(found, int | Decimal) and Fraction(found) == wanted
    return bool(found == wanted)


# --- random queries --------------------------------------------------------------------------------------------------


def _fitting(op: Reduce) -> list[str]:
    if op in (Reduce.SUM, Reduce.AVG):
        return [one.name for one in COLUMNS if one.type.value in ("integer", "decimal", "float")]
    return [one.name for one in COLUMNS if op is Reduce.COUNT or one.sortable]


@st.composite
def aggregates(draw: st.DrawFn) -> tuple[Aggregate, ...]:
    made = []
    for number in range(draw(st.integers(0, 4))):
        op = draw(st.sampled_from(Reduce))
        column = draw(
            st.sampled_from(_fitting(op)) if op is not Reduce.COUNT else st.none() | st.sampled_from(_fitting(op))
        )
        made.append(Aggregate(op, column, f"figure {number}"))
    return tuple(made)


def _steady(one: Aggregate) -> bool:
    """Whether a figure is the same whatever the order of its sum, so that it may be sorted and compared by."""
    if one.op not in (Reduce.SUM, Reduce.AVG) or one.column is None:
        return True
    return _exact(one.column)[0] and (one.op is Reduce.SUM or _narrow(one.column))


@st.composite
def queries(draw: Any) -> Query:
    names = st.lists(st.sampled_from([one.name for one in GROUPED]), unique=True, max_size=3)
    by, figures = tuple(draw(names)), draw(aggregates())
    if not by and not figures:
        by = ("%s",)
    steady = [*by, *(one.name for one in figures if _steady(one))]
    keys = st.builds(Sort, st.sampled_from(steady), st.booleans()) if steady else st.nothing()
    sort = draw(st.lists(keys, max_size=3, unique_by=lambda key: key.column)) if steady else []
    counts = [one.name for one in figures if one.op in (Reduce.COUNT, Reduce.DISTINCT)]
    having: Condition | None = None
    if counts and draw(st.booleans()):
        having = Compare(
            draw(st.sampled_from(counts)), draw(st.sampled_from([Op.GT, Op.LTE, Op.NE])), draw(st.integers(0, 5))
        )
    elif by and draw(st.booleans()):
        having = Compare(by[0], Op.ISNULL, draw(st.booleans()))
    return Query(
        where=draw(st.none() | conditions), sort=tuple(sort), limit=draw(st.integers(3, 30)), group_by=by,
        aggregates=figures, having=having,
    )  # fmt: skip


def read_again(query: Query, cursor: str | None) -> Query:
    """The query by way of its JSON."""
    content: dict[str, Any] = {
        "group_by": list(query.group_by),
        "aggregates": [
            {"op": one.op.value, "as": one.name} | ({"column": one.column} if one.column is not None else {})
            for one in query.aggregates
        ],
        "sort": [{"column": key.column, "descending": key.descending} for key in query.sort],
        "limit": query.limit,
        "cursor": cursor,
        "count": "exact",
    }
    for name, condition in (("where", query.where), ("having", query.having)):
        if condition is not None:
            content[name] = condition_json(condition)
    return query_from_json(parse_body(json.dumps(content).encode()), COLUMNS)


@pytest.mark.timeout(LONG)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=queries(), stored=st.booleans())
def test_random_groups_equal_plain_python(place, query, stored):
    tables, engine = place
    wanted = groups(SEEN, query)
    refused = any(value is TOO_LARGE for group in wanted for value in group.values())
    # A sum that `having` takes away may be refused all the same, as its threads happen to meet the overflow or not.
    may_be = refused or any(
        value is TOO_LARGE for group in groups(SEEN, replace(query, having=None, sort=())) for value in group.values()
    )
    try:
        got = walk(engine, tables[stored], query, len(wanted))
    except QueryError as error:
        assert may_be
        assert error.hint
        return
    assert not refused
    assert len(got) == len(wanted)
    names = [*query.group_by, *(one.name for one in query.aggregates)]
    for row, group in zip(got, wanted, strict=True):
        for name, value in zip(names, row, strict=True):
            assert close(value, group[name]), (name, value, group[name])


def walk(engine: Engine, table: Table, query: Query, total: int) -> list[tuple[Any, ...]]:
    """All pages of a query, one after the other."""
    got: list[tuple[Any, ...]] = []
    cursor: str | None = None
    for _page in range(len(SEEN) + 1):
        page = engine.rows(table, read_again(query, cursor), SEAL, seconds=PATIENT)
        assert [column.name for column in page.columns] == [*query.group_by, *(one.name for one in query.aggregates)]
        assert page.total == total
        got += page.rows
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(page.rows) == query.limit
    return got


@pytest.mark.timeout(LONG)
@settings(max_examples=max(50, EXAMPLES // 5), deadline=None, suppress_health_check=list(HealthCheck))
@given(query=queries(), row_filter=comparisons(), stored=st.booleans())
def test_a_scope_takes_its_rows_away_before_they_are_grouped(place, query, row_filter, stored):
    tables, engine = place
    query = replace(query, having=None, limit=100, aggregates=tuple(one for one in query.aggregates if _steady(one)))
    query = replace(query, group_by=query.group_by or ("%s",))
    query = replace(query, sort=tuple(key for key in query.sort if key.column in query.group_by))
    kept = [row for row in SEEN if truth(row_filter, row)]
    table = replace(tables[stored], scope=Scope(None, row_filter))
    wanted = groups(kept, query)
    if any(value is TOO_LARGE for group in wanted for value in group.values()):
        with pytest.raises(QueryError):
            engine.rows(table, query, SEAL, seconds=PATIENT)
        return
    page = engine.rows(table, query, SEAL, seconds=PATIENT)
    for row, group in zip(page.rows, wanted, strict=True):
        assert all(close(value, group[column.name]) for value, column in zip(row, page.columns, strict=True))


# --- the grammar -----------------------------------------------------------------------------------------------------


def test_the_query_string_says_the_same_as_json():
    read = query_from_string(
        [("group_by", "%s,limit"), ("aggregates", "count,avg:a__gt,distinct:-c1"), ("sort", "-a__gt__avg,%s")], COLUMNS
    )
    assert read.group_by == ("%s", "limit")
    assert [one.name for one in read.aggregates] == ["count", "a__gt__avg", "-c1__distinct"]
    assert read.sort == (Sort("a__gt__avg", descending=True), Sort("%s"))
    body = {
        "group_by": ["%s", "limit"],
        "aggregates": [{"op": "count"}, {"op": "avg", "column": "a__gt"}, {"op": "distinct", "column": "-c1"}],
        "sort": ["-a__gt__avg", "%s"],
    }
    assert query_from_json(body, COLUMNS) == read


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"group_by": ["nosuch"]}, "group_by"),
    ({"group_by": ["{0}"]}, "group_by"),
    ({"group_by": ["%s", "%s"]}, "group_by"),
    ({"group_by": [one.name for one in GROUPED][:9]}, "group_by"),
    ({"aggregates": [{"op": "median", "column": "-c1"}]}, "aggregates[0]"),
    ({"aggregates": [{"op": "sum"}]}, "aggregates[0]"),
    ({"aggregates": [{"op": "sum", "column": "%s"}]}, "aggregates[0]"),
    ({"aggregates": [{"op": "min", "column": "{0}"}]}, "aggregates[0]"),
    ({"aggregates": [{"op": "count", "as": " "}]}, "aggregates[0]"),
    ({"aggregates": [{"op": "count"}, {"op": "count"}]}, "aggregates"),
    ({"aggregates": [{"op": "count", "as": f"n{n}"} for n in range(21)]}, "aggregates"),
    ({"group_by": ["%s"], "aggregates": [{"op": "count", "as": "%s"}]}, "aggregates"),
    ({"group_by": ["%s"], "sort": ["limit"]}, "sort"),
    ({"group_by": ["%s"], "select": ["%s"]}, "select"),
    ({"group_by": ["%s"], "having": {"column": "limit", "op": "isnull", "value": True}}, "having.column"),
    ({"having": {"column": "%s", "op": "isnull", "value": True}}, "having"),
    ({"offset": 1, "cursor": "x"}, "offset"),
    ({"offset": -1}, "offset"),
    ({"bbox": [1, 2, 3, 4]}, "bbox"),
]


def test_a_sum_never_wraps_around_unseen(tmp_path):
    """Threads that put their partial sums together do not look whether these overflow, so it must be asked before."""
    rows = 500_000
    path = tmp_path / "wide.parquet"
    values = pa.array([Decimal(2) * 10**32] * rows, pa.decimal128(38, 0))
    pq.write_table(pa.table({"n": values, "part": [number % 3 for number in range(rows)]}), path, row_group_size=10_000)
    columns = (Column("n", ColumnType.INTEGER), Column("part", ColumnType.INTEGER))
    engine = engine_for(path, threads=4)
    table = Table.of(open_source(path), columns)
    figures = (Aggregate(Reduce.SUM, "n", "sum"),)
    with pytest.raises(QueryError) as caught:
        engine.rows(table, Query(aggregates=figures), SEAL, seconds=PATIENT)
    assert caught.value.hint
    parted = engine.rows(table, Query(group_by=("part",), aggregates=figures), SEAL, seconds=PATIENT)
    assert [int(row[1]) for row in parted.rows] == [2 * 10**32 * count for count in (166_667, 166_667, 166_666)]
    mean = engine.rows(table, Query(aggregates=(Aggregate(Reduce.AVG, "n", "mean"),)), SEAL, seconds=PATIENT)
    assert mean.rows[0][0] == pytest.approx(2e32)
    engine.close()


@pytest.mark.parametrize(("body", "parameter"), REFUSED)
def test_what_does_not_fit_is_refused_by_name(body, parameter):
    with pytest.raises(QueryError) as caught:
        query_from_json(body, COLUMNS)
    assert caught.value.parameter == parameter
    assert caught.value.message


def test_a_page_of_too_many_cells_is_refused_with_what_would_fit():
    wide = [Column(f"c{number}", ColumnType.INTEGER) for number in range(500)]
    with pytest.raises(QueryError) as caught:
        query_from_string([("limit", "10000")], wide)
    assert caught.value.parameter == "limit"
    assert "2000" in caught.value.hint
    assert query_from_string([("limit", "10000"), ("select", "c1")], wide).limit == 10_000


def test_a_column_outside_the_scope_cannot_be_grouped_or_summed(place):
    tables, engine = place
    scope = Scope(("%s",))
    for body in ({"group_by": ["limit"]}, {"aggregates": [{"op": "sum", "column": "-c1"}]}):
        with pytest.raises(QueryError, match=r"limit|-c1"):
            query_from_json(body, COLUMNS, scope=scope)
        with pytest.raises(QueryError, match=r"limit|-c1"):
            engine.rows(replace(tables[True], scope=scope), query_from_json(body, COLUMNS), SEAL)


def test_a_cursor_of_groups_belongs_to_its_groups(place):
    tables, engine = place
    query = Query(group_by=("-c1",), aggregates=(Aggregate(Reduce.COUNT, None, "count"),), limit=2)
    cursor = engine.rows(tables[True], query, SEAL).next_cursor
    assert engine.rows(tables[False], replace(query, cursor=cursor), SEAL).rows
    others: Iterable[dict[str, Any]] = (
        {"group_by": ("limit",)},
        {"aggregates": (Aggregate(Reduce.COUNT, "%s", "count"),)},
        {"having": Compare("count", Op.GT, 1)},
        {"where": Compare("%s", Op.EXACT, value=True)},
        {"sort": (Sort("count"),)},
    )
    for change in others:
        with pytest.raises(CursorError):
            engine.rows(tables[True], replace(query, cursor=cursor, **change), SEAL)


def test_long_group_names_do_not_make_a_long_cursor(tmp_path):
    texts = ["长" * 30_000 + str(number) for number in range(7)]
    path = tmp_path / "long.parquet"
    pq.write_table(pa.table({"t": texts}), path)
    columns = (Column("t", ColumnType.TEXT),)
    engine = engine_for(path)
    table = Table.of(open_source(path), columns)
    seen, cursor = [], None
    while True:
        page = engine.rows(table, Query(group_by=("t",), limit=2, cursor=cursor), SEAL)
        seen += [row[0] for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(cursor) < 200
    assert seen == sorted(texts)
    engine.close()


def test_outputs_have_the_types_of_their_figures():
    figures = [Aggregate(op, "brack]et", op.value) for op in Reduce]
    kinds = {column.name: column.type for column in outputs(BY_NAME, [], figures)}
    assert kinds == {
        "count": ColumnType.INTEGER, "distinct": ColumnType.INTEGER, "sum": ColumnType.DECIMAL,
        "avg": ColumnType.DECIMAL, "min": ColumnType.DECIMAL, "max": ColumnType.DECIMAL,
    }  # fmt: skip
