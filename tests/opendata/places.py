"""A resource with geometry, its version made by hand: a Parquet with covering columns, as the reading makes it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from opendata import storage
from opendata.mapping import extent_of
from opendata.models import Resource, ResourceVersion
from tests.factories import make_resource, now

LAKE = [[86.0, 41.5], [87.5, 41.5], [87.5, 42.3], [86.0, 42.3], [86.0, 41.5]]
STATIONS: list[tuple[str, Mapping[str, Any] | None]] = [
    ("乌鲁木齐站", {"type": "Point", "coordinates": [87.617, 43.825]}),
    ("喀什站", {"type": "Point", "coordinates": [75.989, 39.467]}),
    ("湖区", {"type": "Polygon", "coordinates": [LAKE]}),
    ("公路", {"type": "LineString", "coordinates": [[80.0, 40.0], [82.5, 41.0], [85.0, 41.8]]}),
    ("未定", None),
]


def make_places(cast: Any, entry: Any, rows: Sequence[tuple[str, Any]] = STATIONS) -> Resource:
    """Attaches a resource whose current version holds these names and geometries."""
    resource = make_resource(cast, entry, "name,n\na,1\n", "places.csv")
    texts = [shape if shape is None or isinstance(shape, str) else json.dumps(shape) for _name, shape in rows]
    boxes = [extent_of([shape]) if isinstance(shape, dict) else None for _name, shape in rows]
    table = pa.table(
        {
            "name": pa.array([name for name, _shape in rows], pa.string()),
            "n": pa.array(range(1, len(rows) + 1), pa.int64()),
            "geometry": pa.array(texts, pa.string()),
            **{
                f"__{side}": pa.array([box and box[place] for box in boxes], pa.float64())
                for place, side in enumerate(("xmin", "ymin", "xmax", "ymax"))
            },
        }
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "places.parquet"
        pq.write_table(table, path)
        blob = storage.blob_put(path, now=now())
    kinds = {"name": "text", "n": "integer", "geometry": "geometry"}
    ResourceVersion.objects.filter(current_of=resource).update(
        parquet=blob,
        serving=None,
        rows=len(rows),
        columns=[{"name": name, "type": kind, "nulls": 0} for name, kind in kinds.items()],
    )
    return Resource.objects.get(pk=resource.pk)
