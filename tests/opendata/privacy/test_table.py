"""What a plan makes of a table: each treatment exactly, suppression, groups, and k and l before and after."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import os
import re
import tempfile
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from opendata.privacy import table
from opendata.privacy.plan import Treatment
from opendata.privacy.treat import cell
from tests.opendata.privacy.tables import measured, plan, written

EXAMPLES = int(os.environ.get("PRIVACY_EXAMPLES", "12"))
LIMITS = table.Limits(memory="256MB")


@pytest.fixture(scope="module")
def database():
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET VARIABLE key = 'of this run'")
        yield connection


def done_to(database, value, deed, kind="VARCHAR", **numbers):
    expression = cell(Treatment("x", 0, "text", deed, **numbers))
    return database.execute(f"SELECT {expression} FROM (SELECT CAST(? AS {kind}) AS c0)", [value]).fetchone()[0]


# --- Cells -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "first", "last", "masked"), [
    ("张三", 1, 0, "张*"),
    ("欧阳娜娜", 1, 0, "欧***"),
    ("艾力·吐尔逊", 0, 2, "****尔逊"),
    ("13912345678", 3, 4, "139****5678"),
    ("65010219900101123X", 6, 0, "650102************"),
    ("乌鲁木齐市天山区解放北路1号", 6, 0, "乌鲁木齐市天********"),
    ("𠮷野家", 1, 0, "𠮷**"),
    ("张\U000e0100三丰", 1, 0, "张\U000e0100**"),
    ("ئالىم", 1, 1, "ئ***م"),
    ("张三", 1, 1, "**"),
    ("张三", 2, 0, "**"),
    ("张", 5, 5, "*"),
    ("", 1, 1, ""),
    (None, 1, 1, None),
    ("甲乙丙", 0, 0, "***"),
])  # fmt: skip
def test_a_mask_leaves_the_ends_and_never_the_whole(database, value, first, last, masked):
    assert done_to(database, value, "mask", first=first, last=last) == masked


@pytest.mark.parametrize(("value", "kind", "width", "named"), [
    (37, "INTEGER", 10, "[30, 40)"),
    (40, "INTEGER", 10, "[40, 50)"),
    (-1, "INTEGER", 10, "[-10, 0)"),
    (-10, "INTEGER", 10, "[-10, 0)"),
    (0, "INTEGER", 1, "[0, 1)"),
    (Decimal("29.99"), "DECIMAL(10,2)", 10, "[20, 30)"),
    (Decimal("-0.01"), "DECIMAL(10,2)", 5, "[-5, 0)"),
    (1e300, "DOUBLE", 10, None),
    (math.inf, "DOUBLE", 10, None),
    (math.nan, "DOUBLE", 10, None),
    (9.999999, "DOUBLE", 10, "[0, 10)"),
    (2**62, "BIGINT", 7, f"[{2**62 // 7 * 7}, {2**62 // 7 * 7 + 7})"),
    (None, "INTEGER", 10, None),
])  # fmt: skip
def test_a_range_is_half_open_and_never_rounded(database, value, kind, width, named):
    assert done_to(database, value, "range", kind, width=width) == named


@pytest.mark.parametrize(("value", "kind", "deed", "told"), [
    (dt.date(2026, 5, 31), "DATE", "month", "2026-05"),
    (dt.date(2026, 5, 31), "DATE", "quarter", "2026-Q2"),
    (dt.date(1899, 12, 31), "DATE", "year", "1899"),
    (dt.datetime(2026, 1, 1, 0, 0), "TIMESTAMP", "month", "2026-01"),
    (None, "DATE", "quarter", None),
    ("653101", "VARCHAR", "prefecture", "653100"),
    ("653101001", "VARCHAR", "prefecture", "653100"),
    ("653101001002", "VARCHAR", "prefecture", "653100"),
    ("65310", "VARCHAR", "prefecture", None),
    ("65010219900101123X", "VARCHAR", "prefecture", None),
    ("喀什市", "VARCHAR", "prefecture", None),
])  # fmt: skip
def test_dates_and_regions_are_told_less_exactly(database, value, kind, deed, told):
    assert done_to(database, value, deed, kind) == told


def test_a_prefix_counts_characters_as_readers_do(database):
    assert done_to(database, "乌鲁木齐市天山区", "prefix", first=5) == "乌鲁木齐市"
    assert done_to(database, "北", "prefix", first=5) == "北"


def test_a_pseudonym_is_equal_for_equal_values_of_one_column_in_one_run(database):
    one, two = (done_to(database, value, "pseudonymise") for value in ("张三", "李四"))
    assert one == done_to(database, "张三", "pseudonymise")
    assert one != two
    assert re.fullmatch("[0-9a-f]{24}", one)
    assert done_to(database, None, "pseudonymise") is None
    other_column = cell(Treatment("y", 1, "text", "pseudonymise"))
    assert database.execute(f"SELECT {other_column} FROM (SELECT '张三' AS c1)").fetchone()[0] != one
    database.execute("SET VARIABLE key = 'of another run'")
    assert done_to(database, "张三", "pseudonymise") != one


# --- Tables ----------------------------------------------------------------------------------------------------------

PEOPLE = {"姓名": "text", "年龄": "integer", "村码": "text", "病": "text", "费用": "decimal"}
DEEDS = {
    "年龄": {"do": "range", "width": 20},
    "村码": {"do": "prefecture"},
    "病": {"do": "keep"},
    "费用": {"do": "keep"},
}
ROWS = [
    ("张一", 21, "653101", "流感", Decimal("10.10")),
    ("张二", 39, "653102", "肺炎", Decimal("20.20")),
    ("张三", 25, "653101", "流感", Decimal("30.30")),
    ("张四", 61, "653201", "流感", Decimal("40.40")),
    ("张五", 62, "653201", "流感", None),
    ("张六", 99, "653201", "哮喘", Decimal("60.60")),
]


def run(path, given_plan, limits=LIMITS, rows=ROWS):
    source = written(path / "source.parquet", PEOPLE, rows)
    work = path / "work"
    work.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        made = table.make(source, given_plan, Path(folder), limits=limits)
        return made, pq.read_table(made.path).to_pylist()


def quasi_plan(**given):
    return plan(PEOPLE, DEEDS, quasi=["年龄", "村码"], sensitive=["病"], **given)


def test_a_table_is_made_and_measured_before_and_after(tmp_path):
    made, rows = run(tmp_path, quasi_plan(k=2, l=2), table.Limits(packages=settings.ANONYMITY_PACKAGES))
    assert (made.before["k"], made.before["l"]) == (1, 1)
    assert (made.after["k"], made.after["l"], made.after["below_k"], made.after["below_l"]) == (1, 1, 1, 3)
    assert [band["rows"] for band in made.after["bands"]] == [1, 5, 0, 0]
    assert (made.before["second"]["k"], made.after["second"]["k"], made.after["second"]["l"]) == (1, 1, 1)
    assert (made.rows, made.after["rows_out"], made.after["suppressed"]) == (6, 6, 0)
    assert made.columns == ("年龄", "村码", "病", "费用")
    assert "张" not in str(rows)
    assert rows[0] == {"年龄": "[20, 40)", "村码": "653100", "病": "流感", "费用": Decimal("10.10")}


def test_rows_of_small_or_uniform_classes_are_left_out_where_the_plan_says_so(tmp_path):
    made, rows = run(tmp_path, quasi_plan(k=2, l=2, suppress=True))
    assert made.after["suppressed"] == 3
    assert (made.after["k"], made.after["l"], made.after["below_k"], made.after["below_l"]) == (3, 2, 0, 0)
    assert len(rows) == made.rows == 3
    assert {row["村码"] for row in rows} == {"653100"}


def test_nothing_left_is_no_table(tmp_path):
    with pytest.raises(table.CannotBeMade) as refused:
        run(tmp_path, quasi_plan(k=9, l=1, suppress=True))
    assert refused.value.code == "nothing_left"


def test_groups_carry_their_count_sum_and_mean(tmp_path):
    deeds = DEEDS | {"病": {"do": "drop"}, "费用": {"do": "sum"}}
    given_plan = plan(PEOPLE, deeds, quasi=["年龄", "村码"], k=2, group=True, suppress=True)
    made, rows = run(tmp_path, given_plan)
    assert rows == [
        {"年龄": "[20, 40)", "村码": "653100", "费用": Decimal("60.60"), "row_count": 3},
        {"年龄": "[60, 80)", "村码": "653200", "费用": Decimal("40.40"), "row_count": 2},
    ]
    assert (made.after["k"], made.after["rows"], made.rows, made.after["suppressed"]) == (2, 5, 2, 1)


def test_what_a_treatment_could_not_read_is_counted(tmp_path):
    rows = [*ROWS, ("张七", 30, "喀什", "流感", None), ("张八", 30, None, "流感", None)]
    made, _rows = run(tmp_path, quasi_plan(), rows=rows)
    assert made.after["emptied"] == {"村码": 1}


def test_the_order_of_the_rows_tells_nothing_of_the_source(tmp_path):
    _made, rows = run(tmp_path, quasi_plan())
    _made, turned = run(tmp_path, quasi_plan(), rows=ROWS[::-1])
    assert rows == turned


def test_the_key_of_pseudonyms_is_of_one_run(tmp_path):
    deeds = DEEDS | {"姓名": {"do": "pseudonymise"}}
    given_plan = plan(PEOPLE, deeds, quasi=["年龄", "村码"])
    (_made, one), (_made, two) = run(tmp_path, given_plan), run(tmp_path, given_plan)
    assert not {row["姓名"] for row in one} & {row["姓名"] for row in two}


def test_a_run_beyond_its_time_is_stopped(tmp_path):
    source = tmp_path / "large.parquet"
    duckdb.execute(f"COPY (SELECT i AS c, i % 97 AS d FROM range(3000000) r(i)) TO '{source}'").close()
    columns = {"a": "integer", "b": "integer"}
    deeds = {"a": {"do": "pseudonymise"}, "b": {"do": "pseudonymise"}}
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder, pytest.raises(table.CannotBeMade) as refused:
        table.make(source, plan(columns, deeds, quasi=["a", "b"]), Path(folder), limits=table.Limits(seconds=0.01))
    assert refused.value.code == "out_of_time"


AGES, CODES, ILLS = (
    st.one_of(st.none(), st.integers(-30, 99)),
    st.sampled_from(["653101", "653201", "x", None]),
    "甲乙丙",
)
PERSONS = st.tuples(st.just("某"), AGES, CODES, st.sampled_from(ILLS), st.none())


@hypothesis_settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(PERSONS, min_size=1, max_size=25), st.integers(1, 50), st.integers(2, 4), st.integers(1, 3))
def test_what_is_left_is_what_plain_python_leaves(rows, width, k, l):  # noqa: E741
    deeds = DEEDS | {"年龄": {"do": "range", "width": width}, "费用": {"do": "drop"}}
    given_plan = plan(PEOPLE, deeds, quasi=["年龄", "村码"], sensitive=["病"], k=k, l=l, suppress=True)

    def told(row):
        low = None if row[1] is None else row[1] // width * width
        code = row[2][:4] + "00" if row[2] and row[2].isdecimal() else None
        return (None if low is None else f"[{low}, {low + width})", code, row[3])

    treated = sorted(map(told, rows), key=repr)
    alike = [list(group) for _key, group in itertools.groupby(treated, key=lambda row: row[:2])]
    left = [row for group in alike if len(group) >= k and len({row[2] for row in group}) >= l for row in group]
    with tempfile.TemporaryDirectory() as folder:
        if not left:
            with pytest.raises(table.CannotBeMade):
                run(Path(folder), given_plan, rows=rows)
            return
        made, found = run(Path(folder), given_plan, rows=rows)
    assert sorted((tuple(row.values()) for row in found), key=repr) == sorted(left, key=repr)
    assert made.after["suppressed"] == len(rows) - len(left)
    assert (made.before["k"], made.before["l"]) == measured(rows, [1, 2], [3])
    assert (made.after["k"], made.after["l"]) == measured(left, [0, 1], [2])
