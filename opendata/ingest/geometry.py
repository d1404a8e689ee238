"""Checks a GeoJSON geometry, gives its bounding box and writes it back with its numbers as spelled (RFC 7946)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

COVERING = ("__xmin", "__ymin", "__xmax", "__ymax")
DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
MOST_NESTED = 8

Move = Callable[[list[float], list[float]], tuple[Sequence[float], Sequence[float]]]


class BadGeometry(ValueError):
    """The geometry is none: `code` is broken or outside the globe, the message says what was found."""

    def __init__(self, code: str, found: object) -> None:
        super().__init__(str(found)[:200])
        self.code = code


class Box:
    """The bounding box of the positions seen."""

    def __init__(self) -> None:
        self.x: list[float] = []
        self.y: list[float] = []

    def texts(self) -> list[str]:
        """West, south, east, north; empty where there is no position."""
        if not self.x:
            return [""] * 4
        return [repr(edge) for edge in (min(self.x), min(self.y), max(self.x), max(self.y))]


def checked(geometry: Any, move: Move | None = None) -> tuple[str, list[str]]:
    """The geometry as text and its bounding box; `move` turns positions of another system into degrees.

    Raises BadGeometry for what is no geometry, and for positions that are not on the globe.
    """
    box = Box()
    text = _written(geometry, box, move, 0)
    return text, box.texts()


def _written(geometry: Any, box: Box, move: Move | None, nested: int) -> str:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind == "GeometryCollection" and isinstance(geometry.get("geometries"), list) and nested < MOST_NESTED:
        inside = [_written(one, box, move, nested + 1) for one in geometry["geometries"]]
        return f'{{"type":"GeometryCollection","geometries":[{",".join(inside)}]}}'
    if kind not in DEPTH or not isinstance(geometry.get("coordinates"), list):
        raise BadGeometry("geometry_broken", kind or geometry)
    coordinates = geometry["coordinates"]
    if move is not None:
        coordinates = _moved(coordinates, DEPTH[kind], move)
    text = _positions(coordinates, DEPTH[kind], box)
    if kind in {"Polygon", "MultiPolygon"}:
        _check_rings(coordinates if kind == "MultiPolygon" else [coordinates])
    return f'{{"type":"{kind}","coordinates":{text}}}'


def _positions(value: Any, depth: int, box: Box) -> str:
    if not isinstance(value, list):
        raise BadGeometry("geometry_broken", value)
    if depth:
        return "[" + ",".join([_positions(inner, depth - 1, box) for inner in value]) + "]"
    if len(value) < 2:
        raise BadGeometry("geometry_broken", value)
    try:
        x, y = (float(number) for number in value[:2])
        rest = [float(number) for number in value[2:]]
    except (TypeError, ValueError, OverflowError) as error:
        raise BadGeometry("geometry_broken", value) from error
    if not all(map(math.isfinite, (x, y, *rest))) or any(isinstance(number, bool) for number in value):
        raise BadGeometry("geometry_broken", value)
    if abs(x) > 180 or abs(y) > 90:
        raise BadGeometry("geometry_outside", f"{value[0]}, {value[1]}")
    box.x.append(x)
    box.y.append(y)
    return "[" + ",".join([str(number) if isinstance(number, str) else repr(number) for number in value]) + "]"


def _check_rings(polygons: list[Any]) -> None:
    """Each ring is closed and has four positions or more."""
    for polygon in polygons:
        for ring in polygon:
            if len(ring) < 4 or [float(n) for n in ring[0][:2]] != [float(n) for n in ring[-1][:2]]:
                raise BadGeometry("geometry_broken", f"ring {ring[0] if ring else ''} …")


def _moved(coordinates: Any, depth: int, move: Move) -> Any:
    """The same coordinates in degrees, heights left as they are."""
    try:
        flat = list(_flat(coordinates, depth))
        xs, ys = move([float(one[0]) for one in flat], [float(one[1]) for one in flat])
    except (TypeError, ValueError, IndexError, OverflowError) as error:
        raise BadGeometry("geometry_broken", coordinates) from error
    if not all(map(math.isfinite, (*xs, *ys))):
        raise BadGeometry("geometry_outside", flat[0] if flat else "")
    places = zip(xs, ys, flat, strict=True)
    return _rebuilt(coordinates, depth, ([round(x, 9), round(y, 9), *one[2:]] for x, y, one in places))


def _flat(value: Any, depth: int) -> Iterator[Any]:
    if depth:
        for inner in value:
            yield from _flat(inner, depth - 1)
    else:
        yield value


def _rebuilt(value: Any, depth: int, places: Iterator[list[Any]]) -> Any:
    return [_rebuilt(inner, depth - 1, places) for inner in value] if depth else next(places)
