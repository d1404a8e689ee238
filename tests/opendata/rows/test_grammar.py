"""What the two grammars accept, and how they refuse."""

import datetime as dt
import json
from decimal import Decimal

import pytest

from opendata.rows import Column, ColumnType, QueryError, Scope, parse_body, query_from_json, query_from_string
from opendata.rows.grammar import MAX_BODY, condition_from_json, scope_from_json
from opendata.rows.reader import MAX_CONDITIONS, MAX_DEPTH, MAX_LIST, MAX_SORT
from opendata.rows.schema import MAX_TEXT, columns_from_profile
from opendata.rows.tree import And, Compare, Count, Not, Op, Or, Query, Sort, condition_json, query_hash

COLUMNS = (
    Column("station", ColumnType.TEXT),
    Column("pm25", ColumnType.DECIMAL),
    Column("day", ColumnType.DATE),
    Column("at", ColumnType.TIMESTAMP),
    Column("hour", ColumnType.TIME),
    Column("n", ColumnType.INTEGER),
    Column("ok", ColumnType.BOOLEAN),
    Column("f", ColumnType.FLOAT),
    Column("shape", ColumnType.OTHER),
    Column("limit", ColumnType.INTEGER),
    Column("a__gt", ColumnType.INTEGER),
    Column("a", ColumnType.INTEGER),
    Column("_", ColumnType.INTEGER),
    Column("-low", ColumnType.INTEGER),
    Column("x,y", ColumnType.TEXT),
)


def read(*pairs: tuple[str, str], **more) -> Query:
    return query_from_string(pairs, COLUMNS, **more)


@pytest.mark.parametrize(
    ("parameter", "raw", "expected"),
    [
        ("station__exact", "乌鲁木齐", Compare("station", Op.EXACT, "乌鲁木齐")),
        ("station__exact", "", Compare("station", Op.EXACT, "")),
        ("station__exact", "a,b", Compare("station", Op.EXACT, "a,b")),
        ("station__contains", "%", Compare("station", Op.CONTAINS, "%")),
        ("station__in", 'a,"b,c","d""e"', Compare("station", Op.IN, ("a", "b,c", 'd"e'))),
        ("pm25__gte", "3.50", Compare("pm25", Op.GTE, Decimal("3.50"))),
        ("day__range", "2026-01-01,2026-05-01", Compare("day", Op.RANGE, (dt.date(2026, 1, 1), dt.date(2026, 5, 1)))),
        ("at__lt", "2026-05-01T08:30", Compare("at", Op.LT, dt.datetime(2026, 5, 1, 8, 30))),
        ("at__lt", "2026-05-01", Compare("at", Op.LT, dt.datetime(2026, 5, 1))),
        ("at__lt", "2026-05-01T00:30:00Z", Compare("at", Op.LT, dt.datetime(2026, 5, 1, 8, 30))),
        ("hour__exact", "08:30:00.5", Compare("hour", Op.EXACT, dt.time(8, 30, 0, 500000))),
        ("n__ne", "-7", Compare("n", Op.NE, -7)),
        ("ok__exact", "true", Compare("ok", Op.EXACT, value=True)),
        ("ok__isnull", "false", Compare("ok", Op.ISNULL, value=False)),
        ("shape__isnull", "true", Compare("shape", Op.ISNULL, value=True)),
        ("f__lte", "0.5", Compare("f", Op.LTE, 0.5)),
        ("limit__exact", "5", Compare("limit", Op.EXACT, 5)),
        ("a__gt", "5", Compare("a", Op.GT, 5)),
        ("a__gt__gt", "5", Compare("a__gt", Op.GT, 5)),
        ("___lt", "5", Compare("_", Op.LT, 5)),
    ],
)
def test_a_filter_is_column_and_operator(parameter, raw, expected):
    assert read((parameter, raw)).where == expected


def test_settings_are_read():
    query = read(
        ("sort", "-pm25,day,-low"), ("select", 'station,"x,y"'), ("limit", "0"), ("count", "exact"), ("n__gt", "1"),
        ("n__lt", "5"),
    )  # fmt: skip
    assert query.sort == (Sort("pm25", descending=True), Sort("day"), Sort("-low"))
    assert query.select == ("station", "x,y")
    assert (query.limit, query.count) == (0, Count.EXACT)
    assert query.where == And((Compare("n", Op.GT, 1), Compare("n", Op.LT, 5)))
    assert read().limit == 100
    assert read(("format", "csv"), ignore={"format"}) == read()


def bad(parameter: str, raw: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        read((parameter, raw))
    assert caught.value.message
    assert caught.value.parameter == parameter
    return caught.value


@pytest.mark.parametrize(
    ("parameter", "raw"),
    [
        ("n__exact", "5.0"), ("n__exact", "0x10"), ("n__exact", "1e3"), ("n__exact", ""), ("n__exact", "٣"),
        ("n__exact", "1_000"), ("n__exact", " 1"), ("n__exact", "9" * 61), ("n__gt", "1\n"), ("pm25__gt", "nan"),
        ("pm25__gt", "1,5"), ("pm25__gt", ".5"), ("pm25__gt", "1e400"), ("f__gt", "inf"), ("day__exact", "2026-02-30"),
        ("day__exact", "2026-2-3"), ("day__exact", "20260203"), ("day__exact", "2026-W01-1"), ("hour__exact", "25:00"),
        ("hour__exact", "8"), ("at__exact", "yesterday"), ("at__gt", "0001-01-01T00:00:00+14:00"), ("ok__exact", "yes"),
        ("ok__isnull", "2"), ("n__isnull", ""), ("n__range", "1"), ("n__range", "1,2,3"), ("n__in", ""),
        ("station__in", '"open'), ("station__in", '"a"b'), ("station__exact", "x" * (MAX_TEXT + 1)),
        ("station__exact", "\ud800"), ("n__in", ",".join(["1"] * (MAX_LIST + 1))), ("n__contains", "1"),
        ("ok__gt", "true"), ("shape__exact", "1"), ("day__startswith", "2026"), ("station__like", "a"),
        ("station__", "a"), ("__exact", "a"), ("station__EXACT", "a"), ("statoin__exact", "a"), ("station", "a"),
        ("nothing", "a"), ("", "a"), ("a__gt__", "1"), ("limit", "10001"), ("limit", "-1"), ("limit", "1.0"),
        ("limit", ""), ("limit", "１"), ("limit", "9" * 5000), ("cursor", ""), ("cursor", "x" * 9000), ("count", "all"),
        ("count", ""), ("sort", "pm26"), ("sort", "shape"), ("sort", "day,day"), ("sort", "day,-day"), ("sort", "day,"),
        ("select", ""), ("select", "day,day"), ("select", "Day"), ("select", "*"), ("select", '"day'),
        ("sort", ",".join(f"c{n}" for n in range(MAX_SORT + 1))),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(parameter, raw):
    bad(parameter, raw)


def test_hints_name_what_is_near():
    assert "station" in bad("statoin__exact", "a").hint
    assert "station__exact" in bad("station", "a").hint
    assert "select" in bad("slect", "a").hint
    assert "contains" in bad("station__like", "a").hint
    assert "isnull" in bad("shape__exact", "1").hint


def test_a_setting_stands_once_and_conditions_are_counted():
    with pytest.raises(QueryError) as caught:
        read(("limit", "5"), ("limit", "6"))
    assert caught.value.parameter == "limit"
    assert read(*[("n__gt", "1")] * MAX_CONDITIONS).where is not None
    with pytest.raises(QueryError):
        read(*[("n__gt", "1")] * (MAX_CONDITIONS + 1))


def test_a_column_outside_the_scope_does_not_exist_anywhere():
    scope = Scope(columns=("station", "n"))
    pairs = [("pm25__gt", "1"), ("select", "pm25"), ("sort", "pm25"), ("pm25", "1")]
    unknown = [("pm26__gt", "1"), ("select", "pm26"), ("sort", "pm26"), ("pm26", "1")]
    for pair, like in zip(pairs, unknown, strict=True):
        with pytest.raises(QueryError) as seen:
            read(pair, scope=scope)
        with pytest.raises(QueryError) as never:
            read(like, scope=scope)
        assert seen.value.message.replace("pm25", "") == never.value.message.replace("pm26", "")
        assert "pm25" not in seen.value.hint
    with pytest.raises(QueryError):
        query_from_json({"where": {"column": "pm25", "op": "gt", "value": 1}}, COLUMNS, scope=scope)


def test_the_json_tree_is_read():
    body = """{"select": ["station"], "where": {"and": [{"column": "pm25", "op": "gt", "value": 0.1000000000000000055},
        {"not": {"or": [{"column": "n", "op": "in", "value": [1, "2"]},
                        {"column": "day", "op": "range", "value": ["2026-01-01", "2026-02-01"]}]}}]},
        "sort": ["-pm25", {"column": "-low", "descending": true}], "limit": 5, "cursor": null, "count": "exact"}"""
    query = query_from_json(parse_body(body.encode()), COLUMNS)
    inner = Or((Compare("n", Op.IN, (1, 2)), Compare("day", Op.RANGE, (dt.date(2026, 1, 1), dt.date(2026, 2, 1)))))
    assert query.where == And((Compare("pm25", Op.GT, Decimal("0.1000000000000000055")), Not(inner)))
    assert query.sort == (Sort("pm25", descending=True), Sort("-low", descending=True))
    assert (query.select, query.limit, query.cursor, query.count) == (("station",), 5, None, Count.EXACT)
    assert condition_from_json(condition_json(query.where), COLUMNS) == query.where


def nested(depth: int) -> dict:
    node: dict = {"column": "n", "op": "gt", "value": 1}
    for _level in range(depth - 1):
        node = {"not": node}
    return node


WRONG_BODIES = [
    [], "x", 5, None, {"wehre": {}}, {"where": []}, {"where": {}}, {"where": {"and": []}}, {"where": {"and": {}}},
    {"where": {"and": [], "or": []}}, {"where": {"column": "n", "op": "gt"}},
    {"where": {"column": "n", "op": "gt", "value": 1, "not": {}}}, {"where": {"column": ["n"], "op": "gt", "value": 1}},
    {"where": {"column": "n", "op": 5, "value": 1}}, {"where": {"column": "n", "op": "gt", "value": "one"}},
    {"where": {"column": "n", "op": "gt", "value": 1.5}}, {"where": {"column": "n", "op": "gt", "value": True}},
    {"where": {"column": "n", "op": "gt", "value": None}}, {"where": {"column": "n", "op": "gt", "value": [1]}},
    {"where": {"column": "n", "op": "gt", "value": {"a": 1}}}, {"where": {"column": "n", "op": "in", "value": 1}},
    {"where": {"column": "n", "op": "in", "value": []}}, {"where": {"column": "n", "op": "in", "value": [None]}},
    {"where": {"column": "n", "op": "range", "value": [1]}},
    {"where": {"column": "n", "op": "isnull", "value": "true"}},
    {"where": {"column": "station", "op": "exact", "value": 5}},
    {"where": {"column": "ok", "op": "exact", "value": "true"}},
    {"where": {"column": "ok", "op": "exact", "value": 1}},
    {"where": {"column": "day", "op": "exact", "value": 20260501}},
    {"where": {"column": "f", "op": "gt", "value": float("inf")}},
    {"where": {"column": "pm25", "op": "gt", "value": Decimal("1e999999")}},
    {"where": {"column": "n", "op": "in", "value": [1] * (MAX_LIST + 1)}},
    {"where": {"and": [{"column": "n", "op": "gt", "value": 1}] * (MAX_CONDITIONS + 1)}},
    {"where": nested(MAX_DEPTH + 1)}, {"select": []}, {"select": "n"}, {"select": [5]}, {"select": ["n", "n"]},
    {"sort": "n"}, {"sort": [5]}, {"sort": [{"column": "n", "desc": True}]}, {"sort": [{"descending": True}]},
    {"sort": [{"column": "n", "descending": "yes"}]}, {"limit": "x"}, {"limit": True}, {"limit": 1.0}, {"limit": None},
    {"limit": 10_001}, {"limit": -1}, {"limit": 10**5000}, {"cursor": 5}, {"cursor": ""}, {"count": "maybe"},
    {"count": None}, {"count": ["exact"]},
]  # fmt: skip


@pytest.mark.parametrize("body", WRONG_BODIES, ids=range(len(WRONG_BODIES)))
def test_a_wrong_body_is_refused_with_its_path(body):
    with pytest.raises(QueryError) as caught:
        query_from_json(body, COLUMNS)
    assert caught.value.message
    assert caught.value.parameter


def test_the_path_leads_to_the_mistake():
    inner = {"and": [{"column": "n", "op": "gt", "value": 1}, {"not": {"column": "n", "op": "gt", "value": "x"}}]}
    with pytest.raises(QueryError) as caught:
        query_from_json({"where": inner}, COLUMNS)
    assert caught.value.parameter == "where.and[1].not.value"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b'{"a": NaN}', b'{"limit": 1, "limit": 2}', b"[" * 100_000, b"1" * 5000, b" " * (MAX_BODY + 1),
     b"{} {}", b"{'a': 1}", b'{"limit": Infinity}'],
)  # fmt: skip
def test_bytes_that_are_no_plain_json_are_refused(body):
    with pytest.raises(QueryError) as caught:
        parse_body(body)
    assert caught.value.parameter == "body"


def test_the_deepest_and_widest_are_still_read():
    assert query_from_json({"where": nested(MAX_DEPTH)}, COLUMNS).where is not None
    many = {"or": [{"column": "n", "op": "in", "value": list(range(MAX_LIST))}] * MAX_CONDITIONS}
    assert query_from_json(json.loads(json.dumps({"where": many})), COLUMNS).where is not None


def test_a_grants_limits_are_read_from_what_is_stored():
    stored = {"column": "pm25", "op": "lt", "value": "35.5"}
    scope = scope_from_json(["station"], stored, COLUMNS)
    assert scope == Scope(("station",), Compare("pm25", Op.LT, Decimal("35.5")))
    assert scope_from_json(None, None, COLUMNS) == Scope()


def test_the_hash_is_of_what_is_asked():
    one = read(("n__gt", "1"), ("limit", "5"))
    assert query_hash(one) == query_hash(read(("n__gt", "1"), ("limit", "9"), ("count", "exact")))
    others = [read(("n__gt", "2")), read(("n__gt", "1"), ("sort", "n")), read(("n__gt", "1"), ("select", "n"))]
    hashes = {query_hash(query) for query in [one, *others]} | {query_hash(one, Scope(("n",)))}
    assert len(hashes) == 5


def test_columns_come_from_a_profile():
    made = columns_from_profile(
        [{"name": "a", "type": "decimal"}, {"name": "b", "type": "json"}, {"name": "c", "type": "?"}]
    )
    assert [column.type for column in made] == [ColumnType.DECIMAL, ColumnType.TEXT, ColumnType.OTHER]
