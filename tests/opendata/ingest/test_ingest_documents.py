"""JSON and JSON Lines: numbers keep their spelling, nested values stay JSON, forbidden things name their line."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest


def test_array_of_objects(read, table):
    reading = read('[{"a": 1, "b": "x"}, {"b": "y", "c": 2.50},\n {"a": null}]', "a.json")
    assert reading.ok, reading.findings
    assert [(column.name, column.type) for column in reading.columns] == [
        ("a", "integer"), ("b", "text"), ("c", "decimal"),
    ]  # fmt: skip
    assert table(reading) == [(1, "x", None), (None, "y", Decimal("2.50")), (None, None, None)]
    assert (reading.records, reading.rows, reading.records_path) == (3, 3, "$")


def test_records_inside_an_object_are_found(read, one):
    document = {"success": True, "result": {"records_trans": [{"x": 1}], "records": [{"a": 1}, {"a": 2}], "total": 2}}
    reading = read(json.dumps(document), "a.json")
    assert (reading.records_path, reading.rows) == ("result.records", 2)
    assert one(reading, "records_found_at").params["others"] == ["result.records_trans"]


def test_nested_values_are_kept_as_json(read, one, table):
    reading = read('[{"a": {"n": 1.50, "k": [true, null]}}, {"a": "x"}]', "a.json")
    assert reading.columns[0].type == "json"
    assert table(reading) == [('{"n": 1.50, "k": [true, null]}',), ("x",)]
    finding = one(reading, "nested_values")
    assert (finding.line, finding.column, finding.column_name) == (1, 1, "a")


def test_numbers_in_quotes_stay_text(read, table):
    reading = read('[{"code": "12", "n": "5", "d": "2023-05-01"}]', "a.json")
    assert [column.type for column in reading.columns] == ["text", "text", "date"]


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json"])
def test_json_lines(read, table, name):
    reading = read('{"a": 1}\n\n{"a": 2, "b": "新"}\n', name)
    assert reading.format == "jsonl"
    assert table(reading) == [(1, None), (2, "新")]


def test_a_large_array_is_read_piece_by_piece(read):
    text = "[" + ",\n".join(f'{{"id": {n}, "note": "{"说明" * 40}"}}' for n in range(30_000)) + "]"
    reading = read(text, "a.json")
    assert (reading.rows, reading.columns[0].type) == (30_000, "integer")


@pytest.mark.parametrize(
    ("text", "code", "line", "found"),
    [
        ('[{"a": 1},\n {"a": 1, "a": 2}]', "duplicate_key", 2, "a"),
        ('[{"a": 1},\n {"a": NaN}]', "not_a_json_value", 2, "NaN"),
        ('{"data": [{"a": 1},\n {"a": -Infinity}]}', "not_a_json_value", 2, "-Infinity"),
        ('{"data": [{"a": 1, "a": 2}]}', "duplicate_key", None, "a"),
        ('[{"a": 1},\n {"a": }]', "json_broken", 2, None),
        ('[{"a": 1},\n {"a": 2}', "json_broken", 2, "end of file"),
        ('[{"a": 1}] x', "json_broken", 1, "x"),
        ('[{"a": 1} {"a": 2}]', "json_broken", 1, "{"),
        ('{"a": 1,\n "b": [1, 2}', "json_broken", 2, None),
        ("hello", "not_json", 1, "h"),
        ('{"a": 1, "b": "x"}', "no_records", None, "a, b"),
        ("[]", "no_data", None, ""),
        ("[{}]", "no_records", None, "{}"),
        ("  \n ", "no_data", None, ""),
        ("[" * 100_000, "nested_too_deep", None, ""),
        ('{"a":' * 100_000, "nested_too_deep", None, ""),
    ],
)
def test_bad_json(read, one, text, code, line, found):
    reading = read(text, "a.json")
    finding = one(reading, code)
    assert (finding.level, finding.line) == ("error", line)
    if found is not None:
        assert finding.found == found
    assert not reading.ok
    assert reading.parquet is None


def test_bad_line_of_json_lines(read, one):
    reading = read('{"a": 1}\n{"a": 2}\n{"a": oops}\n{"a": NaN}\n', "a.jsonl")
    assert [(f.level, f.line) for f in reading.findings if f.code == "json_broken_line"] == [
        ("warning", 3), ("warning", 4),
    ]  # fmt: skip
    assert (reading.ok, reading.records, reading.rows, reading.refused) == (True, 4, 2, 2)
    assert reading.refused_rows.read_text().splitlines()[1] == '3,json_broken_line,0,0,"{""a"": oops}"'
    assert one(read('{"a": oops}\n{"a": 1}\n', "a.jsonl"), "json_broken").column == 7


def test_items_that_are_no_objects_are_refused_by_line(read, one):
    reading = read('[{"a": 1},\n 5,\n {"a": 2}]', "a.json")
    finding = one(reading, "not_an_object")
    assert (finding.level, finding.line, finding.params["text"]) == ("warning", 2, "5")
    assert (reading.records, reading.rows, reading.refused) == (3, 2, 1)


def test_nul_and_half_characters(read, one):
    reading = read('[{"a": "x\\u0000y", "b": "\\ud800"}]', "a.json")
    assert (one(reading, "nul_byte").column, one(reading, "half_character").column) == (1, 2)


def test_json_in_gb18030_is_read_with_a_warning(read, one):
    text = json.dumps([{"地区": "乌鲁木齐市", "数值": 1}, {"地区": "克拉玛依市", "数值": 2}], ensure_ascii=False)
    reading = read(text.encode("gb18030"), "a.json")
    assert reading.ok
    assert one(reading, "json_not_utf8").level == "warning"
