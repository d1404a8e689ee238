"""GeoJSON (RFC 7946): a FeatureCollection with a feature to a line, written in flat memory.

Geometries are the cells themselves, in WGS 84, each number as it is spelled there; a row without one is a feature whose
geometry is null (§3.2). The other columns are the properties, exact as in JSON; a further geometry column is a property
that holds the geometry as an object.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
from django.utils.translation import gettext as _

from opendata.exports.errors import ExportRefused
from opendata.rows.present import dumps, finite
from opendata.rows.schema import Column, ColumnType

_KINDS = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)


def geometry_of(columns: Sequence[Column]) -> Column | None:
    """Returns the column whose geometries are the features' own: the first one, None where there is none."""
    return next((column for column in columns if column.type is ColumnType.GEOMETRY), None)


def _shape(text: str | None, row: int) -> orjson.Fragment | None:
    """Returns the text of a geometry as it stands. Raises ExportRefused where it is none: nothing is left out."""
    if text is None:
        return None
    try:
        read = orjson.loads(text)
    except orjson.JSONDecodeError:
        read = None
    if not isinstance(read, dict) or read.get("type") not in _KINDS:
        raise ExportRefused(_("Row %(row)s holds a geometry that GeoJSON cannot write. Choose CSV.") % {"row": row})
    return orjson.Fragment(text)


def write_geojson(batches: Iterable[pa.RecordBatch], columns: Sequence[Column], path: Path) -> int:
    """Write the features in the order of the rows; returns their number. Raises ExportRefused.

    The caller has made sure that there is a geometry column.
    """
    geometry = geometry_of(columns)
    shapes = [column.type is ColumnType.GEOMETRY for column in columns]
    rows = 0
    with path.open("wb") as file:
        file.write(b'{"type":"FeatureCollection","features":[')
        for batch in batches:
            for cells in zip(*(array.to_pylist() for array in batch.columns), strict=True):
                own: Any = None
                properties: dict[str, Any] = {}
                for column, is_shape, cell in zip(columns, shapes, cells, strict=True):
                    value = _shape(cell, rows + 1) if is_shape else finite(cell)
                    if column is geometry:
                        own = value
                    else:
                        properties[column.name] = value
                feature = {"type": "Feature", "geometry": own, "properties": properties}
                file.write((b",\n" if rows else b"\n") + dumps(feature))
                rows += 1
        file.write(b"\n]}\n")
    return rows
