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

from . import kinds, personal, profile, serving, warehouse
from .notes import Notes, Refused
from .quoting import identifier, literal
from .reading import ColumnProfile, Limits, Reading
from .warehouse import COLUMNS_PER_PART, Part

SERVING = "serving.duckdb"
STRICT = {
    "integer": kinds.strict_whole,
    "decimal": kinds.strict_number,
    "float": kinds.strict_float,
    "boolean": kinds.strict_boolean,
    "date": kinds.strict_date,
}


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
    """All data cells as text, in parts side by side, with the names above them and the lines behind them.

    `covering` are the four last columns, the bounding box of a geometry: they are stored as DOUBLE and not described.
    """

    names: list[str]
    parts: list[Part]
    rows: int
    line_of: Callable[[int], int]
    original_names: list[str]
    written_as_text: frozenset[int] = frozenset()
    as_json: frozenset[int] = frozenset()
    as_geometry: frozenset[int] = frozenset()
    covering: frozenset[int] = frozenset()
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


@dataclass(frozen=True, slots=True)
class Tables:
    """Where the database finds the cells as text, with row numbers, and where it finds their numbers soonest."""

    cells: str
    numbers: str


def finish(
    job: Job,
    cells: Cells,
    connection: duckdb.DuckDBPyConnection | None = None,
    shapes: list[dict[str, kinds.Shape]] | None = None,
    stored: Sequence[str] | None = None,
) -> None:
    """Type, write and profile the table; fills the reading.

    The quick way passes what it opened and surveyed, and the SQL types of the columns that it has stored already: they
    stay where they are what the verdicts ask for, else the rows are written anew.
    """
    reading = job.reading
    reading.rows = cells.rows
    streamed = shapes is not None
    connection = connection or open_database(job, cells)
    alone = len(cells.parts) == 1
    pieces: list[Path] = []
    for number, (part, places) in enumerate(zip(cells.parts, _places(cells.parts), strict=True)):
        table = f"part_{number}"
        if not streamed:
            _load(job, connection, table, part, cells.rows)
        job.stage("types")
        found = shapes if shapes is not None else warehouse.shapes_of(connection, table, len(places))
        numbered = warehouse.numbered(table) if streamed else table
        counters = serving.TABLE if stored is not None else numbered
        columns, expressions = _typed(job, cells, connection, Tables(numbered, counters), places, found)
        reading.columns += [column for column in columns if column.position - 1 not in cells.covering]
        if columns and alone:
            if stored is None or [column.sql_type for column in columns] != list(stored):
                if stored is not None:
                    discard(job, connection)
                store(job, connection, expressions, table, small=cells.rows <= serving.SMALL_ROWS)
            conclude(job, connection, columns, cells.line_of)
        elif columns:
            job.stage("parquet")
            pieces.append(job.work / f"piece_{number}.parquet")
            warehouse.write_parquet(connection, table, _named(columns, expressions), len(columns), pieces[-1])
            names = [identifier(column.name) for column in columns]
            describe(job, connection, personal.of_parquet(pieces[-1]), columns, names, cells.line_of)
        connection.execute(f"DROP {'VIEW' if streamed else 'TABLE'} {table}")
        if pieces:  # A database keeps some memory for each of thousands of columns it has seen.
            connection.close()
            connection = open_database(job, cells)
    if pieces:
        _join(job, connection, cells, pieces)
    connection.close()
    if job.want_csv:
        job.stage("csv")
        reading.csv = job.out / "cells.csv"
        kept = {column.position - 1 for column in reading.columns}
        warehouse.write_csv(cells.names, kept.__contains__, cells.parts, reading.csv)


def _load(job: Job, connection: duckdb.DuckDBPyConnection, table: str, part: Part, expected: int) -> None:
    job.stage("load")
    rows = warehouse.load(connection, table, part)
    if rows != expected:
        raise Refused("rows_lost", found=rows, expected=expected)


def store(
    job: Job, connection: duckdb.DuckDBPyConnection, expressions: Sequence[str], source: str, *, small: bool = False
) -> None:
    """Write the typed rows into a new serving file, in file order."""
    job.stage("serving")
    for left in written(job.out)[1:]:
        left.unlink(missing_ok=True)
    serving.begin(connection, job.out / SERVING, small=small)
    serving.fill(connection, expressions, source)


def discard(job: Job, connection: duckdb.DuckDBPyConnection) -> None:
    """Throw away a serving file that was begun."""
    connection.execute(f"DETACH {serving.SCHEMA}")
    (job.out / SERVING).unlink()


def conclude(
    job: Job, connection: duckdb.DuckDBPyConnection, columns: Sequence[ColumnProfile], line_of: Callable[[int], int]
) -> None:
    """Make of stored rows all that a version needs: Parquet, profile, scan for personal data, heads of sorts.

    `columns` are those of the stored rows in their order, the covering of a geometry included.
    """
    job.stage("parquet")
    job.reading.parquet = job.out / "data.parquet"
    refs = [f"c{at}" for at in range(len(columns))]
    warehouse.write_parquet(connection, serving.TABLE, _named(columns, refs), len(columns), job.reading.parquet)
    described = columns[: len(job.reading.columns)]
    describe(job, connection, personal.Source(serving.TABLE, "rowid"), described, refs[: len(described)], line_of)
    job.stage("heads")
    names = [column.name for column in columns]
    sortable = serving.sortable([column.sql_type for column in columns], names)
    kept = {at for at, column in enumerate(columns) if column.type != "json"}
    serving.project(connection, [at for at in sortable if at in kept], job.reading.rows)
    serving.end(connection)
    job.reading.serving = job.out / SERVING


def describe(
    job: Job,
    connection: duckdb.DuckDBPyConnection,
    source: personal.Source,
    columns: Sequence[ColumnProfile],
    refs: Sequence[str],
    line_of: Callable[[int], int],
) -> None:
    """Profile columns and look for personal data in them; `refs` are SQL expressions over the source."""
    job.stage("profile")
    counted = profile.profile(connection, source.table, columns, job.reading.rows, refs)
    job.stage("personal")
    personal.scan(connection, source, columns, refs, job.reading.rows, counted=counted, line_of=line_of)
    for table in counted.values():
        connection.execute(f"DROP TABLE {table}")


def _named(columns: Sequence[ColumnProfile], expressions: Sequence[str]) -> str:
    pairs = zip(columns, expressions, strict=True)
    return ", ".join(f"{expression} AS {identifier(column.name)}" for column, expression in pairs)


def _join(job: Job, connection: duckdb.DuckDBPyConnection, cells: Cells, pieces: Sequence[Path]) -> None:
    """Join the pieces of a table too wide to be one table in the database; store it where it is not too wide at all."""
    reading = job.reading
    job.stage("parquet")
    warehouse.join_side_by_side(pieces, cells.rows, len(reading.columns), job.out / "data.parquet")
    conclude_wide(job, connection)


def conclude_wide(job: Job, connection: duckdb.DuckDBPyConnection) -> None:
    """Store the rows of a Parquet too wide to be stored first; a serving file without heads, or none at all."""
    reading = job.reading
    reading.parquet = job.out / "data.parquet"
    names = [identifier(column.name) for column in reading.columns]
    if len(names) <= serving.WIDEST:
        parquet = f"read_parquet({literal(str(reading.parquet))})"
        store(job, connection, names, parquet, small=reading.rows <= serving.SMALL_ROWS)
        serving.end(connection)
        reading.serving = job.out / SERVING


def open_database(job: Job, cells: Cells) -> duckdb.DuckDBPyConnection:
    """The locked database for these cells; on disk when they are too many for the memory."""
    on_disk = cells.size > job.limits.memory // 8
    return warehouse.connect(
        job.work,
        [*(part.path for part in cells.parts), *written(job.out)],
        memory=job.limits.memory,
        on_disk=on_disk,
    )


def written(out: Path) -> list[Path]:
    """The files outside its scratch folder that the database may write: the Parquet, the serving file and its log."""
    return [
        out / "data.parquet",
        *(out / f"{SERVING}{end}" for end in ("", ".wal", ".wal.checkpoint", ".wal.recovery")),
    ]


def _places(parts: Sequence[Part]) -> Iterator[range]:
    start = 0
    for part in parts:
        yield range(start, start + part.columns)
        start += part.columns


def _typed(
    job: Job,
    cells: Cells,
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
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
        if at in cells.as_json or at in cells.as_geometry:
            column.type = "json" if at in cells.as_json else "geometry"
            expressions.append(raw)
        elif at in cells.covering:
            column.type, column.sql_type = "float", "DOUBLE"
            expressions.append(f"TRY_CAST({raw} AS DOUBLE)")
        else:
            expressions.append(_one(job, cells, connection, tables, local, column, shapes) or raw)
        columns.append(column)
    return columns, expressions


def _one(
    job: Job,
    cells: Cells,
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
    local: int,
    column: ColumnProfile,
    shapes: dict[str, kinds.Shape],
) -> str:
    """Type one column and report what is odd in it; returns the SQL expression, or nothing for text as it stands."""
    at, table = column.position - 1, tables.cells
    cell = f"c{local}"
    wanted = (job.overrides.get("columns") or {}).get(column.name) or {}
    column.label, column.unit = str(wanted.get("label", "")), str(wanted.get("unit", ""))
    only_numbers = set(shapes) - {"blank"} <= {"int", "nan"} and "int" in shapes
    counter = (
        only_numbers and kinds.says_identifier(column.name) and warehouse.counts_up(connection, tables.numbers, local)
    )
    verdict = kinds.decide(column.name, shapes, written_as_text=at in cells.written_as_text, counts_up=counter)
    if wanted.get("type"):
        if wanted.get("apply"):
            cell = kinds.applied(str(wanted["apply"]), kinds.trimmed(cell))
        verdict = kinds.forced(str(wanted["type"]), warehouse.digits(connection, table, kinds.trimmed(cell)))
        if wanted.get("apply") and verdict.type not in {"integer", "decimal"}:
            raise ValueError(f"{wanted['apply']} makes numbers, not {verdict.type}")
        column.overridden = True
    column.type, column.sql_type, column.kept_text = verdict.type, verdict.sql_type, verdict.kept_text
    details = {"column": at + 1, "name": column.name}
    if verdict.finding in kinds.OFFERED and not column.overridden:
        column.offers = [{"kind": kinds.OFFERED[verdict.finding], "type": "decimal"}]
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
