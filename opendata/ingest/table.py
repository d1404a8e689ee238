"""From cells as text to a typed table: the part of a reading that every format shares."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import duckdb

from . import kinds, warehouse
from .notes import Notes, Refused
from .quoting import identifier, literal
from .reading import ColumnProfile, Limits, Reading
from .warehouse import COLUMNS_PER_PART, Part

STRICT = {"integer": kinds.strict_whole, "decimal": kinds.strict_number, "boolean": kinds.strict_boolean}


@dataclass(slots=True)
class Job:
    """One reading under way: where things are, what was asked, what was seen, and how long each stage took."""

    path: Path
    filename: str
    out: Path
    work: Path
    limits: Limits
    overrides: dict[str, Any] = field(default_factory=dict)
    want_csv: bool = False
    reading: Reading = field(default_factory=Reading)
    notes: Notes = field(default_factory=Notes)
    _began: float = field(default_factory=time.monotonic)
    _stage: str = ""

    def stage(self, name: str) -> None:
        """Tell the parent which stage begins; the time of the one before is kept."""
        now = time.monotonic()
        if self._stage:
            self.reading.timings[self._stage] = round(self.reading.timings.get(self._stage, 0) + now - self._began, 3)
        self._began, self._stage = now, name
        if name:
            sys.stdout.write(json.dumps({"stage": name}) + "\n")
            sys.stdout.flush()


@dataclass(slots=True)
class Cells:
    """All data cells as text, in parts side by side, with the names above them and the lines behind them."""

    names: list[str]
    parts: list[Part]
    rows: int
    line_of: Callable[[int], int]
    original_names: list[str]
    written_as_text: frozenset[int] = frozenset()
    as_json: frozenset[int] = frozenset()
    unnamed: frozenset[int] = frozenset()
    size: int = 0


class CellWriter:
    """Writes rows of text to parts of at most 400 columns, so that no reader meets thousands of columns at once."""

    def __init__(self, work: Path, width: int) -> None:
        self.width = width
        self.rows = 0
        starts = range(0, max(1, width), COLUMNS_PER_PART)
        self.slices = [slice(start, min(start + COLUMNS_PER_PART, width)) for start in starts]
        self.parts = [
            Part(work / f"cells_{number}.csv", piece.stop - piece.start) for number, piece in enumerate(self.slices)
        ]
        self._files = [part.path.open("w", encoding="utf-8", newline="", buffering=1 << 18) for part in self.parts]
        self._write = [warehouse.row_writer(file) for file in self._files]

    def row(self, cells: Sequence[str]) -> None:
        """Write one row that has exactly `width` cells."""
        self.rows += 1
        if len(self._write) == 1:
            self._write[0](cells)
        else:
            for write, piece in zip(self._write, self.slices, strict=True):
                write(cells[piece])

    def close(self) -> None:
        """Finish the files; a file that could not be written whole raises OSError here."""
        for file in self._files:
            file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def size(self) -> int:
        """Bytes written."""
        return sum(part.path.stat().st_size for part in self.parts)


def finish(
    job: Job,
    cells: Cells,
    connection: duckdb.DuckDBPyConnection | None = None,
    shapes: list[dict[str, kinds.Shape]] | None = None,
) -> None:
    """Type, write and profile the table; fills the reading. The quick way passes what it opened and surveyed."""
    reading = job.reading
    reading.rows = cells.rows
    streamed = shapes is not None
    connection = connection or open_database(job, cells)
    target = job.out / "data.parquet"
    pieces: list[Path] = []
    alone = len(cells.parts) == 1
    for number, (part, places) in enumerate(zip(cells.parts, _places(cells.parts), strict=True)):
        table = f"part_{number}"
        if not streamed:
            job.stage("load")
            rows = warehouse.load(connection, table, part)
            if rows != cells.rows:
                raise Refused("rows_lost", found=rows, expected=cells.rows)
        job.stage("types")
        found = shapes if shapes is not None else warehouse.shapes_of(connection, table, len(places))
        columns, expressions = _typed(
            job, cells, connection, warehouse.numbered(table) if streamed else table, places, found
        )
        if columns:
            job.stage("parquet")
            piece = target if alone else job.work / f"piece_{number}.parquet"
            select = ", ".join(
                f"{expression} AS {identifier(column.name)}"
                for column, expression in zip(columns, expressions, strict=True)
            )
            warehouse.write_parquet(connection, table, select, len(columns), piece)
            pieces.append(piece)
            job.stage("profile")
            source = f"read_parquet({literal(str(piece))})"
            warehouse.profile(connection, source, columns, cells.rows, [identifier(column.name) for column in columns])
        reading.columns += columns
        connection.execute(f"DROP {'VIEW' if streamed else 'TABLE'} {table}")
    connection.close()
    if not alone and pieces:
        job.stage("parquet")
        warehouse.join_side_by_side(pieces, cells.rows, len(reading.columns), target)
    reading.parquet = target if pieces else None
    if job.want_csv:
        job.stage("csv")
        reading.csv = job.out / "cells.csv"
        kept = {column.position - 1 for column in reading.columns}
        warehouse.write_csv(cells.names, kept.__contains__, cells.parts, reading.csv)


def open_database(job: Job, cells: Cells) -> duckdb.DuckDBPyConnection:
    """The locked database for these cells; on disk when they are too many for the memory."""
    on_disk = cells.size > job.limits.memory // 8
    return warehouse.connect(
        job.work,
        [*(part.path for part in cells.parts), job.out / "data.parquet"],
        memory=job.limits.memory,
        on_disk=on_disk,
    )


def _places(parts: Sequence[Part]) -> Iterator[range]:
    start = 0
    for part in parts:
        yield range(start, start + part.columns)
        start += part.columns


def _typed(
    job: Job,
    cells: Cells,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    places: range,
    found: list[dict[str, kinds.Shape]],
) -> tuple[list[ColumnProfile], list[str]]:
    columns: list[ColumnProfile] = []
    expressions: list[str] = []
    for local, shapes in enumerate(found):
        at = places[local]
        empty = not any(seen.count for kind, seen in shapes.items() if kind != "blank")
        if at in cells.unnamed and empty:
            job.notes.info("empty_column_dropped", line=job.reading.preamble_rows + 1, column=at + 1)
            continue
        column = ColumnProfile(cells.names[at], cells.original_names[at], at + 1)
        raw = f"c{local}"
        if at in cells.as_json:
            column.type = "json"
            expressions.append(raw)
        else:
            expressions.append(_one(job, cells, connection, table, local, column, shapes) or raw)
        columns.append(column)
    return columns, expressions


def _one(
    job: Job,
    cells: Cells,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    local: int,
    column: ColumnProfile,
    shapes: dict[str, kinds.Shape],
) -> str:
    """Type one column and report what is odd in it; returns the SQL expression, or nothing for text as it stands."""
    at = column.position - 1
    cell = f"c{local}"
    wanted = (job.overrides.get("columns") or {}).get(column.name) or {}
    column.label = str(wanted.get("label", ""))
    only_numbers = set(shapes) - {"blank"} <= {"int", "nan"} and "int" in shapes
    counter = only_numbers and kinds.says_identifier(column.name) and warehouse.counts_up(connection, table, local)
    verdict = kinds.decide(column.name, shapes, written_as_text=at in cells.written_as_text, counts_up=counter)
    if wanted.get("type"):
        verdict = kinds.forced(str(wanted["type"]), warehouse.digits(connection, table, local))
        column.overridden = True
    column.type, column.sql_type, column.kept_text = verdict.type, verdict.sql_type, verdict.kept_text
    details = {"column": at + 1, "name": column.name}
    if verdict.finding and not column.overridden:
        total, first = warehouse.odd_cells(connection, table, local, verdict.odd)
        lines = [cells.line_of(row) for row, _ in first]
        note = job.notes.warning if verdict.level == "warning" else job.notes.info
        note(
            verdict.finding,
            line=lines[0] if lines else None,
            found=first[0][1] if first else "",
            expected=verdict.finding.removeprefix("mixed_") if verdict.finding.startswith("mixed_") else "",
            count=total,
            lines=lines,
            **details,
        )
    if verdict.type == "text":
        return ""
    if "nan" in shapes:
        total, first = warehouse.odd_cells(connection, table, local, ("nan",), limit=1)
        job.notes.warning("nan_made_null", line=cells.line_of(first[0][0]), found="NaN", count=total, **details)
    if column.overridden and verdict.type in STRICT:
        cell = f"({STRICT[verdict.type](kinds.trimmed(cell))})"
    expression = kinds.cast(verdict, cell)
    total, first = warehouse.unfit_cells(connection, table, local, expression) if column.overridden else (0, [])
    for row, cell in first:
        job.notes.error(
            "does_not_fit_type", line=cells.line_of(row), found=cell, expected=verdict.type, count=total, **details
        )
    return expression
