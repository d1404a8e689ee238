"""Reads GeoJSON: one row per feature, its properties as columns, its geometry as text with its bounding box (RFC 7946).

Features are read one by one, twice: for the columns, then for the cells. A feature whose geometry is broken or lies
outside the globe is set aside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from . import crs
from .documents import Keys, dump, note_nested, row_of, text_of
from .encoding import Text
from .geometry import COVERING, BadGeometry, Move, checked
from .jsonwindow import Window, items_of, object_members
from .names import tidy_names
from .notes import Refused, shown
from .records import Flawed, Lines, open_text
from .refused import RefusedRows
from .table import Cells, CellWriter, Job, finish


@dataclass(slots=True)
class _Features:
    """What one pass over the file saw beside the features."""

    system: Any = None
    others: list[str] = field(default_factory=list)
    listed: bool = False
    kind: Any = None


def read(job: Job) -> None:
    """Read a FeatureCollection, or a single feature, into the job's reading."""
    job.reading.format = "geojson"
    text = text_of(job)
    job.stage("records")
    seen = _Features()
    keys = Keys()
    for line, feature in _features(job, text, seen):
        keys.items += 1
        if keys.items > job.limits.rows:
            raise Refused("too_many_rows", line=line, expected=job.limits.rows)
        keys.learn(line, _properties(feature))
    if seen.kind != "FeatureCollection" or not seen.listed:
        raise Refused("no_records", found=seen.kind or ", ".join(seen.others[:10]))
    if not keys.items:
        raise Refused("no_data")
    if len(keys.order) + 5 > job.limits.columns:
        raise Refused("too_many_columns", found=len(keys.order) + 5, expected=job.limits.columns)
    move = _mover(job, seen.system)
    _pour(job, keys, _features(job, text, _Features()), move)


def _mover(job: Job, system: Any) -> Move | None:
    """What the file says of its coordinate system, in the way of 2008: {"type": "name", "properties": {"name": …}}."""
    if system is None:
        return None
    properties = system.get("properties") if isinstance(system, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        raise Refused("crs_unknown", found=shown(dump(system), 80))
    move, told = crs.mover(name)
    if move is not None:
        job.notes.info("crs_transformed", found=told)
    return move


def _features(job: Job, text: Text, seen: _Features) -> Iterator[tuple[int, Any]]:
    """The features one by one; what else the document holds is kept in `seen`."""
    with open_text(job.path, text, "") as stream:
        window = Window(stream)
        for key in object_members(window):
            if key == "features":
                if window.skip_space() != "[":
                    raise Refused("no_records", found="features")
                seen.listed = True
                yield from items_of(window)
                continue
            value = window.value()
            if key == "crs":
                seen.system = value
            elif key == "type":
                seen.kind = value
            else:
                seen.others.append(key)


def _properties(feature: Any) -> dict[str, Any] | None:
    """The cells of a feature; None where it is no feature. Its id is a column of its own, unless a property is."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature" or "geometry" not in feature:
        return None
    properties = feature.get("properties")
    if properties is not None and not isinstance(properties, dict):
        return None
    cells = dict(properties or {})
    return {"id": feature["id"], **cells} if "id" in feature and "id" not in cells else cells


def _pour(job: Job, keys: Keys, features: Iterator[tuple[int, Any]], move: Move | None) -> None:
    names = list(keys.order)
    lines, refused = Lines(), RefusedRows(job)
    empty = 0
    with CellWriter(job.work, len(names) + 5) as writer:
        for line, feature in features:
            properties = _properties(feature)
            if properties is None:
                _refuse(refused, line, "not_a_feature", feature)
                continue
            try:
                shape = feature["geometry"]
                told, box = ("", [""] * 4) if shape is None else checked(shape, move)
            except BadGeometry as bad:
                _refuse(refused, line, bad.code, feature)
                continue
            if len(told) > job.limits.cell * 16:
                _refuse(refused, line, "cell_too_long", feature)
                continue
            empty += not told
            lines.note(writer.rows, line)
            writer.row([*row_of(job, keys, properties, line), told, *box])
    refused.close()
    if empty:
        job.notes.info("empty_geometries", count=empty)
    close(job, keys, names, writer, lines)


def close(job: Job, keys: Keys, names: list[str], writer: CellWriter, lines: Lines) -> None:
    """Keep the books and finish a table whose last five columns are a geometry and its bounding box."""
    reading = job.reading
    reading.records = writer.rows + reading.refused + reading.set_aside
    if not writer.rows:
        job.notes.error("only_refused_rows", line=1, found=", ".join(names[:10]), count=reading.refused)
    note_nested(job, keys, names)
    every = [*tidy_names([*names, "geometry"], job.notes, 1), *COVERING]
    at = len(names)
    finish(
        job,
        Cells(
            every,
            writer.parts,
            writer.rows,
            lines.of,
            [*names, "geometry", *COVERING],
            written_as_text=frozenset(range(at)) - keys.not_text,
            as_json=frozenset(keys.nested),
            as_geometry=frozenset({at}),
            covering=frozenset(range(at + 1, at + 5)),
            size=writer.size(),
        ),
    )


def _refuse(refused: RefusedRows, line: int, reason: str, feature: Any) -> None:
    refused.add(line, reason, Flawed([], dump(feature)), found=0, expected=0)
