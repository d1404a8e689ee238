"""Writes one version's table to a file, in flat memory, whole or not at all."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import pyarrow as pa

from opendata.exports.errors import ExportRefused
from opendata.exports.files import whole_file
from opendata.exports.writers import write_csv, write_json, write_ndjson, write_parquet
from opendata.exports.xlsx import write_xlsx
from opendata.rows.compile import Table
from opendata.rows.engine import Engine, EngineConfig
from opendata.rows.schema import Column
from opendata.rows.source import open_source
from opendata.rows.tree import EVERYTHING, Query, Scope

Format = Literal["csv", "xlsx", "json", "ndjson", "parquet"]
FORMATS: tuple[Format, ...] = get_args(Format)
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
EXTENSIONS: dict[Format, str] = {one: f".{one}" for one in FORMATS}
_BATCH_ROWS = 5_000

__all__ = ["EXTENSIONS", "FORMATS", "MEDIA_TYPES", "ExportRefused", "Exported", "Format", "export"]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: where, how many rows on how many sheets (1 where there are none), how many bytes."""

    path: Path
    rows: int
    sheets: int
    size: int


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
    as Parquet is the stored file itself, byte for byte. Raises ExportRefused where the format cannot hold the table,
    and TableError for a damaged file; then ``out_path`` is as it was.
    """
    if fmt not in FORMATS:
        raise ExportRefused(f"{fmt!r} is not one of {', '.join(FORMATS)}")
    out, source = Path(out_path), open_source(parquet_path)
    table = Table.of(source, columns, scope or EVERYTHING)
    if fmt == "parquet" and table.scope == EVERYTHING and [one.name for one in columns] == list(source.names):
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
