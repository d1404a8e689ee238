"""Tables with geometry as files: GeoJSON by RFC 7946, and no covering columns where nobody asked for them."""

import csv
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opendata.exports import EXTENSIONS, FORMATS, MEDIA_TYPES, ExportRefused, export, formats_for
from opendata.rows import Column, ColumnType, Scope

COVERING = ["__xmin", "__ymin", "__xmax", "__ymax"]
COLUMNS = [
    Column("name", ColumnType.TEXT),
    Column("cost", ColumnType.DECIMAL),
    Column("share", ColumnType.FLOAT),
    Column("geometry", ColumnType.GEOMETRY),
    Column("built", ColumnType.DATE),
    Column("area", ColumnType.GEOMETRY),
]
POINT = '{"type":"Point","coordinates":[87.6170000000000001234,43.825]}'
LINE = '{"type":"LineString","coordinates":[[80.0,40.0],[82.5,41.0]]}'
NONE = Column("n", ColumnType.INTEGER)


def make(path: Path, rows: int = 3, shapes: list[str | None] | None = None) -> Path:
    """A table as the reading leaves it: the covering columns stand at the end."""
    shapes = shapes or [POINT, None, LINE]
    numbers = range(rows)
    table = {
        "name": pa.array([f"站{number}" for number in numbers], pa.string()),
        "cost": pa.array([Decimal("12345678901234567.10"), None, Decimal("0.50")] * (rows // 3), pa.decimal128(30, 2)),
        "share": pa.array([float("nan"), 0.1, None] * (rows // 3), pa.float64()),
        "geometry": pa.array(shapes * (rows // 3), pa.string()),
        "built": pa.array([19_000, None, 1] * (rows // 3), pa.date32()),
        "area": pa.array([None, LINE, None] * (rows // 3), pa.string()),
        **{name: pa.array([1.0] * rows, pa.float64()) for name in COVERING},
    }
    pq.write_table(pa.table(table), path, row_group_size=10_000)
    return path


@pytest.fixture
def source(tmp_path):
    return make(tmp_path / "places.parquet")


def features(path: Path) -> list[dict]:
    """The features, after the rules of RFC 7946 have been held against them."""
    found = json.loads(path.read_text("utf-8"), parse_float=Decimal)
    assert found["type"] == "FeatureCollection"
    assert "crs" not in found
    for one in found["features"]:
        assert set(one) == {"type", "geometry", "properties"}
        assert one["type"] == "Feature"
        assert one["geometry"] is None or {"type", "coordinates"} <= set(one["geometry"])
        assert not set(one["properties"]) & {*COVERING, "geometry"}
    return found["features"]


def test_a_feature_for_each_row_with_exact_properties(source, tmp_path):
    out = tmp_path / "t.geojson"
    assert export(source, COLUMNS, "geojson", out).rows == 3
    first, second, third = features(out)
    assert first["geometry"] == {"type": "Point", "coordinates": [Decimal("87.6170000000000001234"), Decimal("43.825")]}
    assert first["properties"] == {
        "name": "站0",
        "cost": Decimal("12345678901234567.10"),
        "share": "NaN",
        "built": "2022-01-08",
        "area": None,
    }
    assert second["geometry"] is None
    assert second["properties"]["area"]["type"] == "LineString"
    assert second["properties"]["cost"] is None
    assert third["properties"]["cost"].as_tuple() == Decimal("0.50").as_tuple()
    assert MEDIA_TYPES["geojson"] == "application/geo+json"
    assert EXTENSIONS["geojson"] == ".geojson"


def test_a_table_without_rows_is_an_empty_collection(tmp_path):
    source = tmp_path / "t.parquet"
    pq.write_table(pa.table({"geometry": pa.array([], pa.string())}), source)
    export(source, [Column("geometry", ColumnType.GEOMETRY)], "geojson", tmp_path / "t.geojson")
    assert features(tmp_path / "t.geojson") == []


def test_it_is_offered_and_made_only_where_there_is_geometry(source, tmp_path):
    assert formats_for(COLUMNS) == FORMATS
    assert formats_for([NONE]) == tuple(one for one in FORMATS if one != "geojson")
    out = tmp_path / "t.geojson"
    with pytest.raises(ExportRefused) as caught:
        export(source, COLUMNS, "geojson", out, scope=Scope(("name", "cost")))
    assert "GeoJSON" in caught.value.message
    with pytest.raises(ExportRefused):
        export(source, COLUMNS[:3], "geojson", out)
    assert not out.exists()


@pytest.mark.parametrize("broken", ["", "{", "[1,2]", '{"type":"Circle"}', "null"])
def test_a_cell_that_is_no_geometry_is_refused_with_its_row(tmp_path, broken):
    source = make(tmp_path / "t.parquet", shapes=[POINT, broken, None])
    with pytest.raises(ExportRefused) as caught:
        export(source, COLUMNS, "geojson", tmp_path / "t.geojson")
    assert "2" in caught.value.message
    assert not (tmp_path / "t.geojson").exists()


def test_covering_columns_stay_in_the_stored_parquet_alone(source, tmp_path):
    names = [column.name for column in COLUMNS]
    for fmt in FORMATS:
        export(source, COLUMNS, fmt, tmp_path / f"t{EXTENSIONS[fmt]}")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == names
    assert list(json.loads((tmp_path / "t.json").read_text("utf-8"))[0]) == names
    assert [cell.value for cell in openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[0][1]] == names
    assert (tmp_path / "t.parquet").read_bytes() == source.read_bytes()
    export(source, COLUMNS, "parquet", tmp_path / "part.parquet", scope=Scope(("name", "geometry")))
    assert pq.read_schema(tmp_path / "part.parquet").names == ["name", "geometry"]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n"])
@pytest.mark.parametrize("bom", [True, False])
def test_no_cell_and_no_header_of_a_csv_is_a_formula(tmp_path, sign, bom):
    text, numbers = f"{sign}1+cmd|' /C calc'!A0", [-5, 7]
    names = [f"{sign}text", f"{sign}number", f"{sign}exact"]
    table = pa.table([[text, "a"], numbers, [Decimal("-0.50"), Decimal("1.25")]], names=names)
    pq.write_table(table, tmp_path / "t.parquet")
    kinds = (ColumnType.TEXT, ColumnType.INTEGER, ColumnType.DECIMAL)
    columns = [Column(name, kind) for name, kind in zip(names, kinds, strict=True)]
    export(tmp_path / "t.parquet", columns, "csv", tmp_path / "t.csv", bom=bom)
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbf") is bom
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        header, first, _second = csv.reader(file)
    assert header == [f"'{name}" for name in names]
    assert first == [f"'{text}", "-5", "-0.50"]


MEASURE = """
import resource, sys
from django.conf import settings
settings.configure()
from opendata.exports import export
from tests.opendata.exports.test_geojson import COLUMNS
print(export(sys.argv[1], COLUMNS, "geojson", sys.argv[2]).rows)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_table(tmp_path):
    def peak(rows: int) -> int:
        source, out = make(tmp_path / f"{rows}.parquet", rows), tmp_path / f"{rows}.geojson"
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, str(source), str(out)],
            capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": str(Path.cwd())},
        )  # fmt: skip
        written, memory = done.stdout.split()
        assert int(written) == rows
        return int(memory)

    assert peak(90_000) < 1.35 * peak(6_000)
