"""Writes one version's table to a file, in flat memory, whole or not at all."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import pyarrow as pa
from django.utils.translation import gettext as _

from opendata.exports.errors import ExportRefused
from opendata.exports.geojson import geometry_of, write_geojson
from opendata.exports.writers import write_csv, write_json, write_ndjson, write_parquet
from opendata.exports.xlsx import write_xlsx
from opendata.rows.cells import COVERING
from opendata.rows.compile import Table
from opendata.rows.engine import Engine, EngineConfig
from opendata.rows.schema import Column
from opendata.rows.source import Source, open_source
from opendata.rows.tree import EVERYTHING, Query, Scope
from opendata.wholefiles import whole_file

Format = Literal["csv", "xlsx", "json", "ndjson", "parquet", "geojson"]
FORMATS: tuple[Format, ...] = get_args(Format)
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
}
EXTENSIONS: dict[Format, str] = {one: f".{one}" for one in FORMATS}
_BATCH_ROWS = 5_000

__all__ = ["EXTENSIONS", "FORMATS", "MEDIA_TYPES", "ExportRefused", "Exported", "Format", "export", "formats_for"]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: where, how many rows on how many sheets (1 where there are none), how many bytes."""

    path: Path
    rows: int
    sheets: int
    size: int


def formats_for(columns: Sequence[Column]) -> tuple[Format, ...]:
    """Returns the formats that a table of these columns is offered in: GeoJSON only where there is a geometry."""
    return tuple(one for one in FORMATS if one != "geojson" or geometry_of(columns) is not None)


def _is_whole(table: Table, source: Source) -> bool:
    """Says whether the stored file holds the table and nothing more than the covering of its geometry."""
    names = tuple(table.cells)
    covered = geometry_of(table.visible) is not None and source.names == names + COVERING
    return table.scope == EVERYTHING and (source.names == names or covered)


def _write(
    reader: pa.RecordBatchReader, columns: Sequence[Column], fmt: Format, path: Path, bom: bool
) -> tuple[int, int]:
    if fmt == "xlsx":
        return write_xlsx(reader, columns, path)
    if fmt == "csv":
        return write_csv(reader, columns, path, bom=bom), 1
    if fmt == "json":
        return write_json(reader, columns, path), 1
    if fmt == "ndjson":
        return write_ndjson(reader, columns, path), 1
    if fmt == "geojson":
        return write_geojson(reader, columns, path), 1
    return write_parquet(reader, columns, reader.schema, path), 1


def export(
    parquet_path: str | Path,
    columns: Sequence[Column],
    fmt: Format,
    out_path: str | Path,
    *,
    scope: Scope | None = None,
    bom: bool = False,
    engine: Engine | None = None,
) -> Exported:
    """Write the rows and columns that a scope leaves visible, in the file's order.

    ``bom`` marks CSV as UTF-8 for Excel. Without an ``engine`` a small one of its own reads the file. The whole table
    as Parquet is the stored file itself, byte for byte, with the four covering columns of a geometry (``__xmin`` …);
    no other format and no narrowed table has them. Raises ExportRefused where the format cannot hold the table,
    and TableError for a damaged file; then ``out_path`` is as it was.
    """
    if fmt not in FORMATS:
        raise ExportRefused(f"{fmt!r} is not one of {', '.join(FORMATS)}")
    out, source = Path(out_path), open_source(parquet_path)
    table = Table.of(source, columns, scope or EVERYTHING)
    if fmt == "geojson" and geometry_of(table.visible) is None:
        raise ExportRefused(_("GeoJSON is made of tables with a geometry column only. Choose CSV or JSON."))
    if fmt == "parquet" and _is_whole(table, source):
        with whole_file(out) as part:
            shutil.copyfile(source.path, part)
        return Exported(out, source.rows, 1, out.stat().st_size)
    own = engine or Engine(EngineConfig.of(Path(source.path).parent, threads=1, places=1))
    try:
        with own.batches(table, Query(), size=_BATCH_ROWS) as reader, whole_file(out) as part:
            rows, sheets = _write(reader, table.visible, fmt, part, bom)
    finally:
        if engine is None:
            own.close()
    return Exported(out, rows, sheets, out.stat().st_size)
