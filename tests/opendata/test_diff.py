"""What changed between two tables: columns and rows, against plain Python as the judge."""

import random
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from opendata.diff import EXAMPLES, Side, columns_diff, columns_differ, rows_diff
from opendata.ingest.quoting import identifier

TYPES = {"VARCHAR": "text", "BIGINT": "integer", "DOUBLE": "float", "DATE": "date"}


def make_side(folder: Path, name: str, columns: dict[str, str], rows: list[tuple]) -> Side:
    """Writes a Parquet file as the reader does and returns it with its columns."""
    path = folder / f"{name}.parquet"
    connection = duckdb.connect()
    fields = ", ".join(f"c{at} {kind}" for at, kind in enumerate(columns.values()))
    connection.execute(f"CREATE TABLE t ({fields})")
    if rows:
        connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(columns))})", rows)
    names = ", ".join(f"c{at} AS {identifier(column)}" for at, column in enumerate(columns))
    connection.execute(f"COPY (SELECT {names} FROM t) TO '{path}' (FORMAT parquet)")
    connection.close()
    return Side(path, [{"name": n, "type": TYPES.get(k, "decimal"), "sql_type": k} for n, k in columns.items()])


def column(name, kind="text"):
    return {"name": name, "type": kind}


def test_equal_columns_have_no_differences():
    both = [column("a"), column("b", "date")]
    found = columns_diff(both, list(both))
    assert not columns_differ(found)
    assert found == {"added": [], "removed": [], "retyped": [], "moved": [], "renamed": []}


def test_columns_added_removed_retyped_and_moved_are_told_apart():
    found = columns_diff(
        [column("a"), column("b", "integer"), column("c"), column("gone", "date")],
        [column("c"), column("a"), column("b", "decimal"), column("new")],
    )
    assert found["added"] == [{"name": "new", "type": "text"}]
    assert found["removed"] == [{"name": "gone", "type": "date"}]
    assert found["retyped"] == [{"name": "b", "from": "integer", "to": "decimal"}]
    assert {one["name"] for one in found["moved"]} == {"a", "b", "c"}
    assert found["renamed"] == []
    assert columns_differ(found)


def test_an_added_column_moves_no_other():
    found = columns_diff([column("a"), column("b")], [column("x"), column("a"), column("b")])
    assert found["moved"] == []
    assert columns_differ(found)


def test_a_column_of_the_same_type_at_the_same_place_is_guessed_to_be_renamed():
    found = columns_diff([column("a"), column("b")], [column("a"), column("乙")])
    assert found["renamed"] == [{"from": "b", "to": "乙"}]
    assert (found["removed"], found["added"]) == ([column("b")], [column("乙")])


COLUMNS = {"id": "BIGINT", "name": "VARCHAR", "value": "DECIMAL(8,2)"}


def test_rows_of_equal_key_are_compared_cell_by_cell(tmp_path):
    old = make_side(tmp_path, "old", COLUMNS, [(1, "a", 1), (2, "b", None), (3, "c", 3)])
    new = make_side(tmp_path, "new", COLUMNS, [(3, "c", 3), (2, "B", 7), (4, None, 4)])
    found = rows_diff(old, new, ["id"], scratch=tmp_path)
    examples = found.pop("examples")
    assert found == {
        "state": "compared",
        "by": "key",
        "added": 1,
        "removed": 1,
        "changed": 1,
        "same": 1,
        "per_column": {"name": 1, "value": 1},
    }
    assert examples["added"] == [{"row": 3, "cells": {"id": "4", "name": None, "value": "4.00"}}]
    assert examples["removed"] == [{"row": 1, "cells": {"id": "1", "name": "a", "value": "1.00"}}]
    assert examples["changed"] == [
        {"row": 2, "key": {"id": "2"}, "cells": {"name": ["b", "B"], "value": [None, "7.00"]}}
    ]


def test_without_a_key_the_tables_are_bags_of_rows(tmp_path):
    old = make_side(tmp_path, "old", COLUMNS, [(1, "a", 1), (1, "a", 1), (2, None, 2), (9, "", 9)])
    new = make_side(tmp_path, "new", COLUMNS, [(2, None, 2), (1, "a", 1), (3, "c", 3), (9, None, 9)])
    found = rows_diff(old, new, [], scratch=tmp_path)
    assert (found["by"], found["added"], found["removed"], found["same"]) == ("row", 2, 2, 2)
    assert [one["cells"]["id"] for one in found["examples"]["added"]] == ["3", "9"]
    assert [one["cells"]["id"] for one in found["examples"]["removed"]] == ["1", "9"]


@pytest.mark.parametrize(
    ("key", "problem"), [(["nowhere"], "missing"), (["name"], "not_unique"), (["id", "nowhere"], "missing")]
)
def test_a_key_that_cannot_tell_rows_apart_is_said_and_not_used(tmp_path, key, problem):
    old = make_side(tmp_path, "old", COLUMNS, [(1, "a", 1), (2, "a", 2)])
    new = make_side(tmp_path, "new", COLUMNS, [(1, "a", 1)])
    found = rows_diff(old, new, key, scratch=tmp_path)
    assert (found["key_problem"], found["by"], found["removed"]) == (problem, "row", 1)


def test_keys_of_several_columns_and_without_a_value(tmp_path):
    columns = {"站": "VARCHAR", "日": "DATE", "值": "BIGINT"}
    old = make_side(tmp_path, "old", columns, [("x", "2026-05-01", 1), ("x", "2026-05-02", 2), (None, None, 3)])
    new = make_side(tmp_path, "new", columns, [("x", "2026-05-01", 1), ("x", "2026-05-02", 9), (None, None, 4)])
    found = rows_diff(old, new, ["站", "日"], scratch=tmp_path)
    assert (found["added"], found["removed"], found["changed"], found["same"]) == (0, 0, 2, 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [("BIGINT", "DECIMAL(6,2)"), ("BIGINT", "DOUBLE"), ("DECIMAL(38,0)", "DECIMAL(38,20)"), ("BIGINT", "VARCHAR")],
)
@pytest.mark.parametrize("key", [[], ["id"]])
def test_a_column_that_changed_its_type_is_compared_by_value(tmp_path, before, after, key):
    old = make_side(tmp_path, "old", {"id": "VARCHAR", "n": before}, [("a", 10), ("b", 22)])
    new = make_side(tmp_path, "new", {"id": "VARCHAR", "n": after}, [("a", 10), ("b", 23)])
    found = rows_diff(old, new, key, scratch=tmp_path)
    assert found["state"] == "compared"
    assert found["same"] == 1
    assert found.get("changed", found["added"]) == 1


def test_nothing_in_common_is_said(tmp_path):
    old = make_side(tmp_path, "old", {"a": "BIGINT"}, [(1,)])
    new = make_side(tmp_path, "new", {"b": "BIGINT"}, [(1,)])
    assert rows_diff(old, new, [], scratch=tmp_path) == {"state": "nothing_in_common"}


def test_a_comparison_that_cannot_be_made_in_time_claims_nothing(tmp_path):
    old = make_side(tmp_path, "old", COLUMNS, [(1, "a", 1)])
    assert rows_diff(old, old, ["id"], scratch=tmp_path, seconds=0) == {"state": "too_long", "seconds": 0}


def test_column_names_are_no_sql(tmp_path):
    columns = {'x"; DROP TABLE t; --': "BIGINT", "c1": "VARCHAR", "select": "VARCHAR", "r": "BIGINT"}
    old = make_side(tmp_path, "old", columns, [(1, "a", "b", 5)])
    new = make_side(tmp_path, "new", columns, [(1, "a", "c", 5)])
    found = rows_diff(old, new, ["r"], scratch=tmp_path)
    assert (found["changed"], found["per_column"]) == (1, {"select": 1})


def test_examples_are_few_and_long_cells_are_cut(tmp_path):
    old = make_side(tmp_path, "old", {"t": "VARCHAR"}, [("x",)])
    new = make_side(tmp_path, "new", {"t": "VARCHAR"}, [(f"{n:03d}" + "长" * 500,) for n in range(EXAMPLES + 5)])
    found = rows_diff(old, new, ["t"], scratch=tmp_path)
    assert found["added"] == EXAMPLES + 5
    shown = found["examples"]["added"]
    assert [one["row"] for one in shown] == list(range(1, EXAMPLES + 1))
    assert all(len(one["cells"]["t"]) == 120 for one in shown)


@pytest.mark.parametrize("seed", range(12))
def test_counts_equal_those_of_plain_python(tmp_path, seed):
    chance = random.Random(seed)
    cells = (None, "", "a", "1:a", "|", "é")

    def rows():
        return [(n, chance.choice(cells), chance.choice(cells)) for n in chance.sample(range(60), 40)]

    columns = {"id": "BIGINT", "a": "VARCHAR", "b": "VARCHAR"}
    before, after = rows(), rows()
    old, new = make_side(tmp_path, "old", columns, before), make_side(tmp_path, "new", columns, after)
    by_key = rows_diff(old, new, ["id"], scratch=tmp_path)
    was, now = {one[0]: one for one in before}, {one[0]: one for one in after}
    assert by_key["added"] == len(now.keys() - was.keys())
    assert by_key["removed"] == len(was.keys() - now.keys())
    assert by_key["changed"] == sum(was[key] != now[key] for key in was.keys() & now.keys())
    bags = Counter(one[1:] for one in before), Counter(one[1:] for one in after)
    narrow = {"a": "VARCHAR", "b": "VARCHAR"}
    old = make_side(tmp_path, "old", narrow, [one[1:] for one in before])
    new = make_side(tmp_path, "new", narrow, [one[1:] for one in after])
    by_row = rows_diff(old, new, [], scratch=tmp_path)
    assert (by_row["added"], by_row["removed"]) == ((bags[1] - bags[0]).total(), (bags[0] - bags[1]).total())
