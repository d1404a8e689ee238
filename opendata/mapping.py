"""The map of a resource: its own geometry as one bounded GeoJSON FeatureCollection (RFC 7946) that a phone can draw.

No boundary map ships with the portal and no tile server is asked unless the operator has a key of Tianditu: maps of
China shown in public need an approved base map with its 审图号 (《地图管理条例》 Art. 15).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import orjson
from django.conf import settings
from django.urls import reverse

from opendata import draw
from opendata.permits import Permit
from opendata.queryaddress import Pairs, is_filter, without
from opendata.rows import Column, ColumnType, Page, Query, Scope, query_from_string
from opendata.showing import cell_text
from portal.accounts.actors import Actor

MOST_FEATURES = 2_000
MOST_PROPERTIES = 20
MOST_BYTES = 5_000_000
MOST_READ = 24_000_000
FIRST_CHUNK = 100
LARGEST_CHUNK = 1_000
SCREEN = 2_000  # points that are nearer together than this part of the view fall into one
DECIMALS = 6  # of a degree: a tenth of a metre
TIANDITU_LAYERS = ("vec", "cva")

Position = list[float]
Extent = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Map:
    """What the page needs to draw the map.

    `features_url` gives the features, `explore_url` ends where a box is to be written; `tiles` are empty without a key;
    `ask` says that each drawing counts (Art. 15), so that it waits until it is asked for.
    """

    features_url: str
    explore_url: str
    box: str
    tiles: list[str]
    note: str
    ask: bool


def geometry_of(permit: Permit) -> Column | None:
    """Returns the first geometry column that the permit leaves visible, or None."""
    scope = draw.scope_of(permit)
    columns = draw.columns_of(permit)
    return next((one for one in columns if one.type is ColumnType.GEOMETRY and scope.shows(one.name)), None)


def map_of(permit: Permit, pairs: Pairs) -> Map | None:
    """Returns the map of a query's rows, or None where there is nothing to draw."""
    if geometry_of(permit) is None:
        return None
    pk = permit.resource.pk
    asked = urlencode(without(_asked(pairs), "limit"))
    base = reverse("opendata:features", args=[pk])
    kept = urlencode(without(pairs, "bbox", "cursor", "offset"))
    return Map(
        features_url=f"{base}?{asked}" if asked else base,
        explore_url=f"{reverse('opendata:explore', args=[pk])}?{kept}{'&' if kept else ''}bbox=",
        box=dict(pairs).get("bbox", ""),
        tiles=tianditu(),
        note=settings.TIANDITU_NOTE,
        ask=permit.grant is not None,
    )


def tianditu() -> list[str]:
    """Returns the addresses of the tile layers, lowest first; none where no key is configured."""
    if not settings.TIANDITU_KEY:
        return []
    asked = "SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
    place = "TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"
    return [
        f"{settings.TIANDITU_HOSTS[number]}/{layer}_w/wmts?{asked}&LAYER={layer}&{place}&tk={settings.TIANDITU_KEY}"
        for number, layer in enumerate(TIANDITU_LAYERS)
    ]


def _asked(pairs: Pairs) -> Pairs:
    return [(name, value) for name, value in pairs if is_filter(name) or name in ("bbox", "limit")]


# --- features --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Drawing:
    """Rows drawn for the map, until one of its bounds is met."""

    permit: Permit
    pairs: Pairs
    actor: Actor
    now: dt.datetime
    geometry: str
    left: int = MOST_FEATURES
    cut: bool = False

    def rows(self) -> Iterator[tuple[Page, tuple[Any, ...]]]:
        """Yields rows page by page, so that no more of heavy geometry is read than the map may show."""
        size, read, seen, cursor = FIRST_CHUNK, 0, 0, None
        while True:
            try:
                page = self._page(size, cursor)
            except draw.OverQuota:
                if cursor is None:
                    raise
                self.cut = True
                return
            for row in page.rows:
                read += len(row[0] or "")
                yield page, row
            seen, cursor = seen + len(page.rows), page.next_cursor
            self.left -= len(page.rows)
            if cursor is None or self.left <= 0 or read >= MOST_READ:
                self.cut = cursor is not None
                return
            size = max(1, min(LARGEST_CHUNK, (MOST_READ - read) * seen // max(1, read)))

    def _page(self, size: int, cursor: str | None) -> Page:
        def read(columns: tuple[Column, ...], scope: Scope) -> Query:
            query = query_from_string(self.pairs, columns, scope=scope)
            if cursor is None and "limit" in dict(self.pairs):
                self.left = min(MOST_FEATURES, query.limit)
            others = [one.name for one in columns if scope.shows(one.name) and one.type is not ColumnType.GEOMETRY]
            select = (self.geometry, *others[:MOST_PROPERTIES])
            return replace(query, select=select, limit=min(size, self.left), cursor=cursor)

        return draw.rows_page(self.permit, read, actor=self.actor, now=self.now, kind="preview")


def collection(permit: Permit, pairs: Pairs, *, actor: Actor, now: dt.datetime) -> dict[str, Any]:
    """Returns the rows of a query as a FeatureCollection.

    Filters, `bbox` and `limit` are looked at. Beside the features it says (RFC 7946 §6.1): `cut`, that there is more
    than the map shows, and `unreadable`, how many rows hold a geometry that is none. Raises what `draw.rows_page` does.
    """
    geometry = geometry_of(permit)
    if geometry is None:
        raise LookupError("the resource has no geometry column")
    drawing = _Drawing(permit, _asked(pairs), actor, now, geometry.name)
    found, unreadable = [], 0
    for page, row in drawing.rows():
        shape = shape_of(row[0])
        unreadable += shape is None and row[0] is not None
        names = [column.name for column in page.columns[1:]]
        found.append((shape, dict(zip(names, map(cell_text, row[1:]), strict=True))))
    extent = extent_of(shape for shape, _row in found if shape)
    step = max(extent[2] - extent[0], extent[3] - extent[1]) / SCREEN if extent else 0.0
    features: list[orjson.Fragment] = []
    size, cut = 0, drawing.cut
    for number, (shape, properties) in enumerate(found):
        drawn = {
            "type": "Feature",
            "id": number,
            "geometry": thinned(shape, step) if shape else None,
            "properties": properties,
        }
        written = orjson.dumps(drawn)
        size += len(written)
        if size > MOST_BYTES:
            cut = True
            break
        features.append(orjson.Fragment(written))
    answer = {"type": "FeatureCollection", "features": features, "cut": cut, "unreadable": unreadable}
    return answer | ({"bbox": list(extent)} if extent else {})


# --- shapes ----------------------------------------------------------------------------------------------------------

DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
LINES = {"LineString": 2, "MultiLineString": 2, "Polygon": 4, "MultiPolygon": 4}


def shape_of(text: str | None) -> dict[str, Any] | None:
    """Reads the text of a geometry; None for a cell that is empty or holds no geometry that can be drawn."""
    if not text:
        return None
    try:
        shape = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return shape if isinstance(shape, dict) and _drawable(shape) else None


def _drawable(shape: dict[str, Any]) -> bool:
    if shape.get("type") == "GeometryCollection":
        parts = shape.get("geometries")
        return isinstance(parts, list) and all(isinstance(one, dict) and _drawable(one) for one in parts)
    depth = DEPTHS.get(str(shape.get("type")))
    return depth is not None and _nested(shape.get("coordinates"), depth)


def _nested(value: Any, depth: int) -> bool:
    if not isinstance(value, list):
        return False
    if depth:
        return all(_nested(one, depth - 1) for one in value)
    return len(value) >= 2 and all(isinstance(one, int | float) for one in value)


def positions(shape: dict[str, Any]) -> Iterator[Position]:
    """Yields every position of a shape."""
    if shape["type"] == "GeometryCollection":
        for one in shape["geometries"]:
            yield from positions(one)
        return
    level = [shape["coordinates"]]
    for _step in range(DEPTHS[shape["type"]]):
        level = [part for whole in level for part in whole]
    yield from level


def extent_of(shapes: Iterable[dict[str, Any]]) -> Extent | None:
    """Returns west, south, east, north of all shapes, or None where there is no position."""
    west, south, east, north = math.inf, math.inf, -math.inf, -math.inf
    for shape in shapes:
        for position in positions(shape):
            x, y = position[0], position[1]
            west, east, south, north = min(west, x), max(east, x), min(south, y), max(north, y)
    return None if west is math.inf or west > east else (west, south, east, north)


def thinned(shape: dict[str, Any], step: float) -> dict[str, Any]:
    """Returns a shape without height and without the points of its lines that are nearer together than `step`."""
    kind = shape["type"]
    if kind == "GeometryCollection":
        return {"type": kind, "geometries": [thinned(one, step) for one in shape["geometries"]]}
    return {"type": kind, "coordinates": _thin(shape["coordinates"], DEPTHS[kind], LINES.get(kind, 0), step)}


def _thin(part: list[Any], depth: int, least: int, step: float) -> list[Any]:
    if depth == 0:
        return [round(part[0], DECIMALS), round(part[1], DECIMALS)]
    if depth > 1 or not least:
        return [_thin(one, depth - 1, least, step) for one in part]
    kept, last = [], None
    for position in part:
        if last is None or abs(position[0] - last[0]) >= step or abs(position[1] - last[1]) >= step:
            kept.append(position)
            last = position
    if kept and kept[-1] != part[-1]:
        kept.append(part[-1])
    if len(kept) < least and len(part) >= least:
        # A ring smaller than a point of the screen stays a ring, so that it can still be found and clicked.
        inner = [part[len(part) * number // (least - 1)] for number in range(least - 1)]
        kept = [*inner, part[-1]]
    return [[round(x, DECIMALS), round(y, DECIMALS)] for x, y, *_rest in kept]
