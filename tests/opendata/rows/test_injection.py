"""Three hundred hostile strings through every parameter: each finds what it says, or nothing, or is refused."""

import itertools
import json

import pytest

from opendata.rows import QueryError, Scope, parse_body, query_from_json, query_from_string
from opendata.rows.tree import comparisons
from tests.opendata.rows.tables import COLUMNS, SEAL, SPECS, as_seen, engine_for, make_rows, table_of, write_rows

CORES = [
    "' OR '1'='1", "' OR 1=1 --", "'; DROP TABLE t; --", "1; SELECT 1", "' UNION SELECT getenv('HOME') --", '" OR ""="',
    "') OR ('a'='a", "1 OR 1=1", "x'||'y", "\\'; SELECT 1; --", "%27%20OR%201=1", "/* */", "--", "#", ";",
    "'", '"', "\\", "]",
    "`", "$1", "?", "%s", "%(a)s", "{0}", "{{7*7}}", "${7*7}", "$$", "::INTEGER", "CAST('a' AS INT)", "NULL",
    "null",
    "read_csv('/etc/passwd')", "(SELECT content FROM read_text('/etc/passwd'))", "COPY t TO '/tmp/x'", "INSTALL httpfs",
    "ATTACH '/tmp/x'", "SET memory_limit='1TB'", "PRAGMA database_list", "c0", "t.c0", "t", "*", "file_row_number",
    "t.file_row_number", "count(*)", "CASE WHEN 1=1 THEN 1 END", "sleep(10)", "a\0b", "\0", "\u202e",
    "\u200b", "\ufeff",
    "\uffff", "😀", "＇ OR １＝１", "%", "_", "%_%", "a%b", "../../etc/passwd", "file:///etc/passwd", "http://127.0.0.1/",
    "s3://bucket/x", "*.parquet", "=1+1", "@SUM(1)", "\r\nX: y", "\n", "\t", "<script>alert(1)</script>", "&#x27;",
    "true", "0x41", "1e309", "-1", "01", "9" * 40, "A" * 1999, "'" * 500, "(" * 500, "__exact", "a__exact", "exact",
]  # fmt: skip
WRAPPERS = ["{}", "'{}", "{}'", "({})"]
HOSTILE = list(
    dict.fromkeys(w.replace("{}", core) for core, w in itertools.product(CORES, WRAPPERS) if len(core) < 2000)
)
HOSTILE = [one for one in HOSTILE if len(one) <= 2000]
TEXT = "back\\slash"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    rows = make_rows()
    for number, row in enumerate(rows):
        row[TEXT] = HOSTILE[number * 5 % len(HOSTILE)]
    path = write_rows(tmp_path_factory.mktemp("hostile") / "table.parquet", rows)
    engine = engine_for(path)
    yield path, engine, [as_seen(row) for row in rows]
    engine.close()


def test_there_are_three_hundred():
    assert len(HOSTILE) >= 300


def asked(place, query):
    path, engine, _rows = place
    return [row[0] for row in engine.rows(table_of(path), query, SEAL).rows]


def test_as_a_value_each_string_means_itself(place):
    held = [row[TEXT] for row in place[2]]
    for text in HOSTILE:
        quoted = '"' + text.replace('"', '""') + '"'
        expected = {
            "exact": [one for one in held if one == text],
            "contains": [one for one in held if text in one],
            "startswith": [one for one in held if one.startswith(text)],
            "in": [one for one in held if one == text],
            "gte": [one for one in held if one >= text],
        }
        for op, wanted in expected.items():
            pairs = [(f"{TEXT}__{op}", quoted if op == "in" else text), ("select", TEXT)]
            assert asked(place, query_from_string(pairs, COLUMNS)) == wanted, (op, text)
        body = {"select": [TEXT], "where": {"not": {"column": TEXT, "op": "exact", "value": text}}}
        read = query_from_json(parse_body(json.dumps(body).encode()), COLUMNS)
        assert asked(place, read) == [one for one in held if one != text]


def understood(read, *content):
    """The query, or None where it is refused with a message and a place."""
    try:
        return read(*content, COLUMNS)
    except QueryError as error:
        refused = error
    assert refused.message
    return None


def test_as_a_value_of_another_type_it_is_refused(place):
    for text, column in itertools.product(HOSTILE, COLUMNS):
        if column.type.value in ("text", "other"):
            continue
        query = understood(query_from_string, [(f"{column.name}__exact", text)])
        if query is not None:
            assert text in ("true", "-1", "01", "9" * 40)
            assert asked(place, query) is not None


def test_as_a_name_it_is_refused_unless_a_column_has_it():
    names = set(SPECS)
    for text in HOSTILE:
        for pair in ((f"{text}__exact", "1"), (text, "1"), (f"{TEXT}__{text}", "1"), ("sort", f"-{text}"),
                     ("select", text), ("cursor", text * 9000), ("count", text), ("limit", text)):  # fmt: skip
            query = understood(query_from_string, [pair])
            if query is not None:
                filtered = {compare.column for compare in comparisons(query.where)}
                used = {*query.select, *(key.column for key in query.sort)} | filtered
                assert used <= names
                assert used or (pair[0], text) in {("limit", "01"), ("count", "exact")}
        for body in ({"select": [text]}, {"sort": [text]}, {"where": {text: 1}}, {text: 1},
                     {"where": {"column": text, "op": "exact", "value": text}},
                     {"where": {"column": TEXT, "op": text, "value": text}}):  # fmt: skip
            known = text in names or ("op" in str(body) and text == "exact")
            assert known or understood(query_from_json, body) is None


def test_as_a_cursor_it_is_refused(place):
    path, engine, _rows = place
    for text in HOSTILE:
        with pytest.raises(QueryError) as caught:
            engine.rows(table_of(path), query_from_string([("cursor", text)], COLUMNS), SEAL)
        assert caught.value.parameter == "cursor"


def test_nothing_was_written(place):
    path, engine, rows = place
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    page = engine.rows(table_of(path, Scope((TEXT,))), query_from_string([], COLUMNS), SEAL)
    assert [row[0] for row in page.rows] == [row[TEXT] for row in rows]


NEW = ("group_by", "aggregates", "offset", "bbox", "format")


def test_in_the_parameters_of_groups_and_boxes_it_is_refused_unless_a_column_has_it():
    for text in HOSTILE:
        pairs = [(name, text) for name in NEW]
        pairs += [("aggregates", f"{op}:{text}") for op in ("count", "sum", "min", "distinct")]
        for pair in pairs:
            query = understood(query_from_string, [pair])
            if query is not None:
                used = {*query.group_by, *(one.column for one in query.aggregates if one.column is not None)}
                assert used <= set(SPECS)
                assert query.box is None
                assert used or pair in {("aggregates", "count(*)"), ("aggregates", "count"), ("offset", "01")}
        for body in ({"group_by": [text]}, {"aggregates": [{"op": text}]},
                     {"aggregates": [{"op": "sum", "column": text}]},
                     {"aggregates": [{text: "count"}]}, {"bbox": [text] * 4}, {"offset": text}, {"having": text},
                     {"group_by": [TEXT], "having": {"column": text, "op": "exact", "value": text}},
                     {"group_by": [TEXT], "sort": [text]}):  # fmt: skip
            known = text in {*SPECS, "01"}
            assert known or understood(query_from_json, body) is None, body


def test_as_the_name_of_a_figure_it_is_only_a_name(place):
    path, engine, rows = place
    for text in HOSTILE:
        if not text.strip() or len(text) > 200:
            continue
        body = {
            "aggregates": [{"op": "count", "as": text}],
            "having": {"column": text, "op": "gt", "value": 0},
            "sort": [{"column": text, "descending": True}],
        }
        page = engine.rows(table_of(path), query_from_json(parse_body(json.dumps(body).encode()), COLUMNS), SEAL)
        assert [column.name for column in page.columns] == [text]
        assert page.rows == [(len(rows),)]


def test_as_a_value_beside_groups_it_means_itself(place):
    path, engine, rows = place
    held = [row[TEXT] for row in rows]
    for text in HOSTILE:
        body = {
            "group_by": [TEXT],
            "aggregates": [{"op": "count"}, {"op": "max", "column": TEXT, "as": "max"}],
            "having": {"column": "max", "op": "exact", "value": text},
        }
        page = engine.rows(table_of(path), query_from_json(parse_body(json.dumps(body).encode()), COLUMNS), SEAL)
        assert page.rows == ([(text, held.count(text), text)] if text in held else [])
