"""Reads a shapefile out of a ZIP: the cells from its .dbf, the shapes from its .shp, in degrees by its .prj."""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shapefile

from . import crs
from .dbf import TEXT_KINDS, Table
from .documents import Keys
from .geojson import close
from .geometry import BadGeometry, Move, checked
from .notes import Refused
from .records import Flawed, Lines
from .refused import RefusedRows
from .table import CellWriter, Job

DAMAGE = (
    shapefile.ShapefileException,
    struct.error,
    IndexError,
    KeyError,
    ValueError,
    EOFError,
    AttributeError,
    TypeError,
)
MOST_WKT = 20_000


def read(job: Job) -> None:
    """Read the shapefile that was unpacked; each finding's line is the number of the record."""
    job.reading.format = "shapefile"
    logging.getLogger("shapefile").setLevel(logging.CRITICAL)
    table = Table(job.path.with_suffix(".dbf"), _text(job.path.with_suffix(".cpg")))
    job.reading.encoding = table.encoding
    names = [field.name for field in table.fields]
    if len(names) + 5 > job.limits.columns:
        raise Refused("too_many_columns", found=len(names) + 5, expected=job.limits.columns)
    job.stage("records")
    move = _mover(job)
    lines, refused = Lines(), RefusedRows(job)
    deleted = empty = 0
    with CellWriter(job.work, len(names) + 5) as writer:
        for number, ((gone, cells), shape) in enumerate(zip(table.records(), _shapes(job, table), strict=False), 1):
            if gone:
                deleted += 1
                continue
            if cells is None:
                refused.add(number, "undecodable", Flawed([], ""), found=0, expected=0)
                continue
            try:
                told, box = ("", [""] * 4) if shape is None else checked(shape, move)
            except BadGeometry as bad:
                refused.add(number, bad.code, Flawed([], ", ".join(cells)), found=0, expected=0)
                continue
            empty += not told
            lines.note(writer.rows, number)
            writer.row([*cells, told, *box])
    refused.close()
    job.reading.set_aside = deleted
    if deleted:
        job.notes.info("deleted_records", count=deleted)
    if empty:
        job.notes.info("empty_geometries", count=empty)
    if not table.rows:
        raise Refused("no_data")
    keys = Keys(not_text={at for at, field in enumerate(table.fields) if field.kind not in TEXT_KINDS})
    close(job, keys, names, writer, lines)


def _text(path: Path) -> str:
    if not path.is_file():
        return ""
    return path.read_bytes()[:MOST_WKT].decode("utf-8", "replace").lstrip("\ufeff")


def _mover(job: Job) -> Move | None:
    """The way into degrees by the .prj; without one the positions must look like degrees, and that is told."""
    wkt = _text(job.path.with_suffix(".prj"))
    if wkt.strip():
        move, name = crs.mover(wkt)
        if move is not None:
            job.notes.info("crs_transformed", found=name)
        return move
    with _opened(job) as reader:
        west, south, east, north = (float(edge) for edge in reader.bbox)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise Refused("crs_missing", found=f"{west}, {south}, {east}, {north}")
    job.notes.warning("crs_assumed", found=".prj")
    return None


def _opened(job: Job) -> Any:
    try:
        return shapefile.Reader(
            shp=job.path.open("rb"),
            shx=job.path.with_suffix(".shx").open("rb"),
        )
    except DAMAGE as error:
        raise Refused("damaged_file", found=f"shp: {error}") from error


def _shapes(job: Job, table: Table) -> Iterator[dict[str, Any] | None]:
    """The shapes as GeoJSON in order; there must be as many as rows."""
    with _opened(job) as reader:
        try:
            count = len(reader)
            if count != table.rows:
                raise Refused("shapes_and_rows_differ", found=count, expected=table.rows)
            for shape in reader.iterShapes():
                yield _geometry(shape)
        except DAMAGE as error:
            raise Refused("damaged_file", found=f"shp: {error}") from error


def _geometry(shape: Any) -> dict[str, Any] | None:
    if shape.shapeType == shapefile.NULL or not getattr(shape, "points", None):
        return None
    told = shape.__geo_interface__
    return {"type": told["type"], "coordinates": _lists(told.get("coordinates"))}


def _lists(value: Any) -> Any:
    """Tuples as lists, as JSON has them; only longitude and latitude of a position are kept."""
    if isinstance(value, list | tuple) and value and not isinstance(value[0], list | tuple):
        return list(value[:2])
    return [_lists(inner) for inner in value] if isinstance(value, list | tuple) else value
