"""GeoJSON and zipped shapefiles: properties as columns, geometry as text with its bounding box, in degrees."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from .geofiles import CGCS2000, GAUSS_KRUGER_87, collection, feature, point, shape_parts, simple_shape, zipped

SQUARE = {"type": "Polygon", "coordinates": [[[80, 40], [81, 40], [81, 41], [80, 41], [80, 40]]]}


def test_features_become_rows(read):
    features = [
        feature(point(87.60, 43.8), 代码="0650100", 名称="乌鲁木齐", n=1),
        feature(SQUARE, 名称="方", extra={"a": [1]}),
        feature(None, 名称="无"),
    ]
    reading = read(collection(features), "data.geojson", want_csv=True)
    assert (reading.ok, reading.format, reading.records, reading.rows) == (True, "geojson", 3, 3)
    assert [(column.name, column.type) for column in reading.columns] == [
        ("代码", "text"), ("名称", "text"), ("n", "integer"), ("extra", "json"), ("geometry", "geometry"),
    ]  # fmt: skip
    whole = pq.read_table(reading.parquet)
    assert whole.schema.names[-4:] == ["__xmin", "__ymin", "__xmax", "__ymax"]
    assert [whole[name].to_pylist() for name in whole.schema.names[-4:]] == [
        [87.6, 80.0, None], [43.8, 40.0, None], [87.6, 81.0, None], [43.8, 41.0, None],
    ]  # fmt: skip
    assert json.loads(whole["geometry"][1].as_py()) == SQUARE
    assert whole["geometry"][0].as_py() == '{"type":"Point","coordinates":[87.6,43.8]}'
    assert whole["geometry"][2].as_py() is None
    assert reading.csv.read_text(encoding="utf-8").splitlines()[0] == "代码,名称,n,extra,geometry"


def test_a_document_named_json_may_be_geojson_and_spells_its_numbers(read):
    text = '{"features": [{"geometry": {"coordinates": [87.50, 43.0], "type": "Point"}, "properties": null, "id": 7,'
    reading = read(text + ' "type": "Feature"}], "name": "x", "type": "FeatureCollection"}', "data.json")
    assert [column.name for column in reading.columns] == ["id", "geometry"]
    assert pq.read_table(reading.parquet)["geometry"][0].as_py() == '{"type":"Point","coordinates":[87.50,43.0]}'


def test_a_property_may_be_called_geometry(read):
    reading = read(collection([feature(point(1, 2), geometry="x")]), "data.geojson")
    assert [(column.name, column.type) for column in reading.columns][1] == ("geometry_2", "geometry")


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (point(500000, 4800000), "geometry_outside"),
        (point(1e400, 0), "geometry_broken"),
        (point("1", [2]), "geometry_broken"),
        (point(True, 0), "geometry_broken"),
        ({"type": "Point", "coordinates": [1]}, "geometry_broken"),
        ({"type": "Point"}, "geometry_broken"),
        ({"type": "Circle", "coordinates": [1, 2]}, "geometry_broken"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}, "geometry_broken"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1]]]}, "geometry_broken"),
        ({"type": "LineString", "coordinates": [1, 2]}, "geometry_broken"),
        ([1, 2], "geometry_broken"),
    ],
)
def test_broken_geometries_are_set_aside(read, one, geometry, code):
    text = collection([feature(point(1, 2), a=1), feature(geometry, a=2)])
    text = text.replace("Infinity", "1e999")
    reading = read(text, "data.geojson")
    assert one(reading, code).level == "warning"
    assert (reading.ok, reading.records, reading.rows, reading.refused) == (True, 2, 1, 1)


def test_what_is_no_feature_is_set_aside(read, one):
    reading = read(collection([feature(point(1, 2), a=1), {"type": "Point"}]), "data.geojson")
    assert one(reading, "not_a_feature").line == 1
    assert (reading.rows, reading.refused) == (1, 1)


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4490"])
def test_degrees_stay_as_they_are(read, name):
    system = {"type": "name", "properties": {"name": name}}
    reading = read(collection([feature(point(87.5, 43.5), a=1)], crs=system), "data.geojson")
    assert reading.ok
    assert pq.read_table(reading.parquet)["__xmin"].to_pylist() == [87.5]


def test_another_system_is_turned_into_degrees(read, one):
    system = {"type": "name", "properties": {"name": "EPSG:3857"}}
    reading = read(collection([feature(point(9740451.4, 5393503.6), a=1)], crs=system), "data.geojson")
    assert one(reading, "crs_transformed").level == "info"
    assert pq.read_table(reading.parquet)["__xmin"][0].as_py() == pytest.approx(87.5, abs=1e-4)
    assert pq.read_table(reading.parquet)["__ymin"][0].as_py() == pytest.approx(43.525, abs=1e-2)


@pytest.mark.parametrize("system", [{"type": "name", "properties": {"name": "GCJ-02"}}, "x", {"type": "link"}])
def test_an_unknown_system_is_an_error(read, one, system):
    assert one(read(collection([feature(point(1, 2))], crs=system), "data.geojson"), "crs_unknown").level == "error"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"type":"FeatureCollection"}', "no_records"),
        ('{"type":"FeatureCollection","features":{}}', "no_records"),
        ('{"type":"FeatureCollection","features":[]}', "no_data"),
        ('{"type":"Topology","features":[{}]}', "no_records"),
        ('{"type":"FeatureCollection","features":[{"type":"Feature"', "json_broken"),
        ('{"type":"FeatureCollection","features":[]} x', "json_broken"),
        ('{"type":"FeatureCollection","type":"x","features":[]}', "duplicate_key"),
        ("{1:2}", "json_broken"),
    ],
)
def test_what_is_no_geojson_is_refused(read, text, code):
    reading = read(text, "data.geojson")
    assert (reading.ok, reading.findings[0].code) == (False, code)


def test_a_shapefile_is_read_with_its_codes(read, one, table):
    reading = read(zipped(simple_shape()), "towns.zip", want_csv=True)
    assert (reading.ok, reading.format, reading.records, reading.rows) == (True, "shapefile", 3, 3)
    assert [(column.name, column.type) for column in reading.columns] == [
        ("CODE", "text"), ("NAME", "text"), ("AREA", "decimal"), ("geometry", "geometry"),
    ]  # fmt: skip
    assert [row[0] for row in table(reading)] == ["650100", "650200", "650400"]
    assert table(reading)[0][3] == '{"type":"Point","coordinates":[87.6,43.8]}'
    assert one(reading, "empty_geometries").params["count"] == 1
    assert reading.csv.read_text(encoding="utf-8").splitlines()[1].startswith("650100,乌鲁木齐,1.50,")


@pytest.mark.parametrize(
    ("encoding", "cpg", "language"),
    [("gbk", "GBK", 0), ("gbk", "936", 0), ("gbk", "", 0x4D), ("gbk", "", 0), ("utf-8", "UTF-8", 0), ("utf-8", "", 0)],
)
def test_the_encoding_of_a_shapefile(read, table, encoding, cpg, language):
    parts = simple_shape(encoding=encoding, cpg=cpg)
    parts["data.dbf"] = parts["data.dbf"][:29] + bytes([language]) + parts["data.dbf"][30:]
    assert [row[1] for row in table(read(zipped(parts), "x.zip"))] == ["乌鲁木齐", "克拉玛依", "吐鲁番"]


def test_projected_shapes_are_turned_into_degrees(read, one):
    parts = shape_parts([((540000.0, 4850000.0), "甲")], [("NAME", "C", 20)], prj=GAUSS_KRUGER_87)
    reading = read(zipped(parts), "x.zip")
    assert "Gauss" in one(reading, "crs_transformed").found or "CGCS2000" in one(reading, "crs_transformed").found
    box = pq.read_table(reading.parquet)
    assert box["__xmin"][0].as_py() == pytest.approx(87.4966, abs=1e-3)
    assert box["__ymin"][0].as_py() == pytest.approx(43.785, abs=1e-2)


def test_a_polygon_with_a_hole(read, table):
    outer = [(80, 40), (80, 41), (81, 41), (81, 40), (80, 40)]
    inner = [(80.2, 40.2), (80.4, 40.2), (80.4, 40.4), (80.2, 40.4), (80.2, 40.2)]
    parts = shape_parts([([outer, inner], "甲")], [("NAME", "C", 20)], prj=CGCS2000, kind=5)
    shape = json.loads(table(read(zipped(parts), "x.zip"))[0][1])
    assert (shape["type"], len(shape["coordinates"])) == ("Polygon", 2)


def test_without_a_projection_degrees_are_assumed_and_metres_refused(read, one):
    assert one(read(zipped(simple_shape(prj="")), "x.zip"), "crs_assumed").level == "warning"
    metres = shape_parts([((540000.0, 4850000.0), "甲")], [("NAME", "C", 20)], prj="")
    assert one(read(zipped(metres), "x.zip"), "crs_missing").level == "error"


@pytest.mark.parametrize("lost", ["data.shx", "data.dbf", "data.shp"])
def test_a_missing_part_is_named(read, one, lost):
    parts = simple_shape()
    del parts[lost]
    assert one(read(zipped(parts), "x.zip"), "shapefile_incomplete").expected == f".{lost.rsplit('.', 1)[1]}"


def test_parts_that_do_not_belong_together(read, one):
    parts = simple_shape() | {"data.dbf": shape_parts([((1, 2), "x")], [("A", "C", 9)])["data.dbf"]}
    assert one(read(zipped(parts), "x.zip"), "shapes_and_rows_differ").level == "error"


def test_deleted_records_and_a_cut_table(read, one):
    parts = simple_shape()
    dbf = parts["data.dbf"]
    first = int.from_bytes(dbf[8:10], "little")
    deleted = read(zipped(parts | {"data.dbf": dbf[:first] + b"*" + dbf[first + 1 :]}), "x.zip")
    assert (deleted.rows, deleted.set_aside, one(deleted, "deleted_records").params["count"]) == (2, 1, 1)
    assert one(read(zipped(parts | {"data.dbf": dbf[:-30]}), "x.zip"), "rows_lost").found == "2"
