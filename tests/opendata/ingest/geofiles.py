"""Makes GeoJSON, shapefiles and ZIP archives for the tests."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

import shapefile

WGS84 = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
CGCS2000 = (
    'GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
    'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
GAUSS_KRUGER_87 = (
    'PROJCS["CGCS2000_3_Degree_GK_CM_87E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
    'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
    'PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",87.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],'
    'UNIT["Meter",1.0]]'
)


def zipped(files: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def feature(geometry: Any, /, **properties: Any) -> dict[str, Any]:
    """One feature."""
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def point(x: Any, y: Any) -> dict[str, Any]:
    """A point geometry."""
    return {"type": "Point", "coordinates": [x, y]}


def collection(features: Iterable[Any], **more: Any) -> str:
    """A FeatureCollection as text."""
    return json.dumps({"type": "FeatureCollection", **more, "features": list(features)}, ensure_ascii=False)


def shape_parts(
    rows: Iterable[tuple[Any, ...]],
    fields: Iterable[tuple[Any, ...]],
    *,
    encoding: str = "utf-8",
    prj: str = WGS84,
    cpg: str = "",
    kind: int = shapefile.POINT,
) -> dict[str, bytes]:
    """The files of a shapefile; the first item of each row is its geometry (a point, or the rings of a polygon)."""
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with shapefile.Writer(shp=shp, shx=shx, dbf=dbf, shapeType=kind, encoding=encoding) as writer:
        for one in fields:
            writer.field(*one)
        for geometry, *values in rows:
            if geometry is None:
                writer.null()
            elif kind == shapefile.POINT:
                writer.point(*geometry)
            else:
                writer.poly(geometry)
            writer.record(*values)
    parts = {"data.shp": shp.getvalue(), "data.shx": shx.getvalue(), "data.dbf": dbf.getvalue()}
    if prj:
        parts["data.prj"] = prj.encode()
    if cpg:
        parts["data.cpg"] = cpg.encode()
    return parts


def simple_shape(**options: Any) -> dict[str, bytes]:
    """Three towns with a code, a name and an area."""
    rows = [
        ((87.6, 43.8), "650100", "乌鲁木齐", 1.5),
        ((84.9, 45.6), "650200", "克拉玛依", 2.25),
        (None, "650400", "吐鲁番", 3),
    ]
    return shape_parts(rows, [("CODE", "C", 6), ("NAME", "C", 40), ("AREA", "N", 12, 2)], **options)
