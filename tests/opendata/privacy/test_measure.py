"""k and l, exactly: by plain Python on random tables, and by pycanon."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path

import duckdb
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from opendata.privacy import measure, second
from tests.opendata.privacy.tables import measured

EXAMPLES = int(os.environ.get("PRIVACY_EXAMPLES", "60"))
CELLS = st.one_of(st.none(), st.integers(0, 2))
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=30)
ROLES = st.tuples(
    st.lists(st.integers(0, 1), unique=True, max_size=2), st.lists(st.integers(2, 3), unique=True, max_size=2)
)


@pytest.fixture(scope="module")
def database():
    with duckdb.connect(":memory:") as connection:
        yield connection


def filled(connection, rows):
    connection.execute("CREATE OR REPLACE TABLE t (c0 INTEGER, c1 INTEGER, c2 INTEGER, c3 INTEGER)")
    if rows:
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
    return connection


def ours(connection, quasi, sensitive, k=3, l=2):  # noqa: E741
    measure.classes(connection, "t", "classes", [f"c{at}" for at in quasi], [f"c{at}" for at in sensitive])
    return measure.summary(connection, "classes", k=k, l=l)


@hypothesis_settings(max_examples=EXAMPLES, deadline=None)
@given(ROWS, ROLES, st.integers(2, 6), st.integers(1, 4))
def test_k_and_l_are_what_plain_python_finds(database, rows, roles, k, l):  # noqa: E741
    quasi, sensitive = roles
    found = ours(filled(database, rows), quasi, sensitive, k, l)
    sizes = Counter(tuple(row[at] for at in quasi) for row in rows)
    assert (found["k"], found["l"]) == measured(rows, quasi, sensitive)
    assert (found["rows"], found["classes"]) == (len(rows), len(sizes))
    assert found["below_k"] == sum(size for size in sizes.values() if size < k)
    assert sum(band["rows"] for band in found["bands"]) == len(rows)
    assert [band["rows"] for band in found["bands"]] == [
        sum(size for size in sizes.values() if low <= size <= (high or size)) for low, high in measure.BANDS
    ]
    thin = [
        size
        for key, size in sizes.items()
        if sensitive
        and min(len({row[s] for row in rows if tuple(row[at] for at in quasi) == key}) for s in sensitive) < l
    ]
    assert found["below_l"] == sum(thin)


@pytest.mark.parametrize(("found", "reached"), [
    ({"rows": 9, "k": 5, "l": 2}, True),
    ({"rows": 9, "k": 5, "l": None}, True),
    ({"rows": 9, "k": 4, "l": 2}, False),
    ({"rows": 9, "k": 5, "l": 1}, False),
    ({"rows": 0, "k": None, "l": None}, False),
    ({}, False),
])  # fmt: skip
def test_a_table_reaches_its_thresholds_or_does_not(found, reached):
    assert measure.reaches(found, k=5, l=2) is reached


def again(connection, quasi, sensitive):
    with tempfile.TemporaryDirectory() as folder:
        found = second.measured_again(
            connection,
            "t",
            "classes",
            [f"c{at}" for at in quasi],
            [f"c{at}" for at in sensitive],
            folder=Path(folder),
            packages=settings.ANONYMITY_PACKAGES,
        )
        assert list(Path(folder).iterdir()) == []
    return found


TABLES = [
    [(1, 1, 7, 7), (1, 1, 8, 7), (2, 1, 7, 7), (2, 1, 7, 9), (2, 1, 9, 9)],
    # pandas' groupby passes over rows with a missing key: handed such rows as they are, the library says k = 2.
    [(None, 1, 1, 1), (1, 1, 1, 1), (1, 1, 2, 1), (2, None, None, 1), (2, None, 3, 1), (2, None, 3, None)],
]


@pytest.mark.parametrize("rows", TABLES)
@pytest.mark.parametrize("sensitive", [[], [2, 3]])
def test_pycanon_finds_the_same(database, rows, sensitive):
    mine = ours(filled(database, rows), [0, 1], sensitive)
    theirs = again(database, [0, 1], sensitive)
    assert theirs["library"] == "pycanon"
    assert (theirs["k"], theirs["l"], theirs["rows"]) == (mine["k"], mine["l"], len(rows))
    assert (mine["k"], mine["l"]) == measured(rows, [0, 1], sensitive)


def test_of_a_large_table_pycanon_gets_the_classes_that_decide(database):
    """200,000 rows: the smallest class has 3 rows; the least diverse one has 40, all with one value."""
    database.execute(
        "CREATE OR REPLACE TABLE t AS SELECT i % 4000 AS c0, 0 AS c1, i AS c2, 0 AS c3 FROM range(200000) r(i)"
    )
    database.execute("INSERT INTO t SELECT 9001, 0, i, 0 FROM range(3) r(i)")
    database.execute("INSERT INTO t SELECT 9002, 0, 5, 0 FROM range(40) r(i)")
    mine, theirs = ours(database, [0, 1], [2]), again(database, [0, 1], [2])
    assert (mine["k"], mine["l"]) == (theirs["k"], theirs["l"]) == (3, 1)
    assert 43 <= theirs["rows"] <= second.MOST_ROWS


def test_what_even_the_smallest_class_makes_too_large_is_not_measured_again(database):
    database.execute("CREATE OR REPLACE TABLE t AS SELECT 1 AS c0, 0 AS c1, i AS c2, 0 AS c3 FROM range(9000) r(i)")
    assert ours(database, [0], [])["k"] == 9000
    assert again(database, [0], []) is None


def test_a_library_that_gives_no_answer_is_said(database, tmp_path):
    ours(filled(database, TABLES[0]), [0], [])
    with pytest.raises(second.NoAnswer):
        second.measured_again(database, "t", "classes", ["c0"], [], folder=tmp_path, packages=tmp_path)
    assert list(tmp_path.iterdir()) == []
