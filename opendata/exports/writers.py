"""The writers of the plain formats. Each takes Arrow batches in order and holds one of them at a time."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from opendata.rows.csvtext import BOM, csv_header, csv_rows
from opendata.rows.present import dumps, records
from opendata.rows.schema import Column

Batches = Iterable[pa.RecordBatch]


def write_csv(batches: Batches, columns: Sequence[Column], path: Path, *, bom: bool = False) -> int:
    """Write CSV by the rules of ``opendata.rows.csvtext``; returns the number of rows."""
    rows = 0
    with path.open("wb") as file:
        file.write((BOM if bom else b"") + csv_header(columns))
        for batch in batches:
            file.write(csv_rows(columns, batch.columns))
            rows += batch.num_rows
    return rows


def _objects(batch: pa.RecordBatch, columns: Sequence[Column]) -> Iterable[dict[str, object]]:
    return records(columns, zip(*(array.to_pylist() for array in batch.columns), strict=True))


def write_ndjson(batches: Batches, columns: Sequence[Column], path: Path) -> int:
    """Write one JSON object per line; returns the number of rows."""
    rows = 0
    with path.open("wb") as file:
        for batch in batches:
            file.writelines(dumps(record, line=True) for record in _objects(batch, columns))
            rows += batch.num_rows
    return rows


def write_json(batches: Batches, columns: Sequence[Column], path: Path) -> int:
    """Write one JSON array of objects, an object to a line; returns the number of rows."""
    rows = 0
    with path.open("wb") as file:
        file.write(b"[")
        for batch in batches:
            for record in _objects(batch, columns):
                file.write((b",\n" if rows else b"\n") + dumps(record))
                rows += 1
        file.write(b"\n]\n")
    return rows


def write_parquet(batches: Batches, columns: Sequence[Column], schema: pa.Schema, path: Path) -> int:
    """Write Parquet with the columns under their own names; returns the number of rows."""
    fields = [field.with_name(column.name) for field, column in zip(schema, columns, strict=True)]
    named = pa.schema(fields)
    rows = 0
    with pq.ParquetWriter(path, named, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=named), row_group_size=100_000)
            rows += batch.num_rows
    return rows
