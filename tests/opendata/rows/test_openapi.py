"""A resource's own document is valid, and every example in it works."""

import json

from drf_spectacular.validation import validate_schema

from opendata.rows import Column, ColumnType, fragment, query_from_json, query_from_string
from opendata.rows.grammar import SETTINGS
from opendata.rows.tree import Compare, Op
from tests.opendata.rows.tables import COLUMNS

BASE = "/api/v1/resources/0b6cbd3c-8a43-4c6c-8f0e-6a6f7a4a3a11"


def made(columns=COLUMNS, **more):
    return json.loads(json.dumps(fragment(columns, BASE, title="空气质量", version="3", **more)))


def test_it_is_valid_openapi():
    document = made()
    validate_schema(document)
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {f"{BASE}/rows/", f"{BASE}/query/"}


def test_every_column_and_operator_is_named_once_and_its_example_is_accepted():
    parameters = made()["paths"][f"{BASE}/rows/"]["get"]["parameters"]
    names = [one["name"] for one in parameters]
    filters = {f"{column.name}__{op}" for column in COLUMNS for op in column.operators}
    assert set(names) == filters | {*SETTINGS, "format"} - {"bbox"}
    assert len(names) == len(set(names))
    for one in parameters:
        if one["name"] in filters:
            example = one["example"]
            raw = str(example).lower() if isinstance(example, bool) else str(example)
            assert query_from_string([(one["name"], raw)], COLUMNS).where is not None
        elif "example" in one and one["name"] != "format":
            assert query_from_string([(one["name"], str(one["example"]))], COLUMNS)


def test_a_table_with_geometry_documents_the_box():
    columns = (Column("geometry", ColumnType.GEOMETRY), Column("name", ColumnType.TEXT))
    document = made(columns)
    validate_schema(document)
    parameters = {one["name"]: one for one in document["paths"][f"{BASE}/rows/"]["get"]["parameters"]}
    assert query_from_string([("bbox", parameters["bbox"]["example"])], columns).box is not None
    assert "geometry__isnull" in parameters
    assert "geometry__exact" not in parameters


def test_examples_of_the_profile_are_used():
    columns = (Column("station", ColumnType.TEXT), Column("pm25", ColumnType.DECIMAL))
    post = made(columns, examples={"station": "0164A"})["paths"][f"{BASE}/query/"]["post"]
    body = post["requestBody"]["content"]["application/json"]["example"]
    query = query_from_json(body, columns)
    assert query.where == Compare("station", Op.EXACT, "0164A")
    assert query.sort[0].descending


def test_only_the_given_columns_appear():
    text = json.dumps(made(COLUMNS[:1]))
    assert "brack" not in text
