"""Reads Parquet: every page is checked against its checksum, then the columns are taken over with their types."""

# ruff: noqa: S608 — names in the SQL are our own or quoted, values pass `literal`

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from . import serving, warehouse
from .names import tidy_names
from .notes import Refused
from .personal import of_parquet
from .quoting import identifier, literal
from .reading import ColumnProfile
from .table import Job, conclude, conclude_wide, describe, store, written

BATCH = 16_384
MOST_NESTED = 32  # parts of a column's path; a list in a list takes two
TYPES = {
    "BOOLEAN": "boolean", "TINYINT": "integer", "SMALLINT": "integer", "INTEGER": "integer", "BIGINT": "integer",
    "HUGEINT": "integer", "UTINYINT": "integer", "USMALLINT": "integer", "UINTEGER": "integer", "UBIGINT": "integer",
    "FLOAT": "float", "DOUBLE": "float", "DATE": "date", "TIME": "time", "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp", "TIMESTAMP_MS": "timestamp", "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp", "VARCHAR": "text",
}  # fmt: skip
NESTED = ("STRUCT", "MAP", "UNION")


def read(job: Job) -> None:
    """Read a Parquet file into the job's reading."""
    job.stage("pages")
    names = _check(job)
    job.stage("types")
    connection = warehouse.connect(
        job.work,
        [job.path, *written(job.out), job.out / "cells.csv"],
        memory=job.limits.memory,
        on_disk=False,
    )
    try:
        _take_over(job, connection, names)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise Refused("damaged_file", found=error) from error
    finally:
        connection.close()


def _check(job: Job) -> list[str]:
    """Read every page once, checksums verified; returns the column names as they are in the file."""
    try:
        with pq.ParquetFile(job.path, page_checksum_verification=True, pre_buffer=False, buffer_size=65536) as file:
            rows, columns = file.metadata.num_rows, len(file.schema_arrow.names)
            if rows > job.limits.rows:
                raise Refused("too_many_rows", found=rows, expected=job.limits.rows)
            if columns > job.limits.columns:
                raise Refused("too_many_columns", found=columns, expected=job.limits.columns)
            if not columns:
                raise Refused("no_data")
            if max(file.schema.column(at).path.count(".") for at in range(len(file.schema))) > MOST_NESTED:
                raise Refused("nested_too_deep")
            read_rows = sum(batch.num_rows for batch in file.iter_batches(batch_size=BATCH, use_threads=False))
            if read_rows != rows:
                raise Refused("rows_lost", found=read_rows, expected=rows)
            job.reading.rows = job.reading.records = rows
            return list(file.schema_arrow.names)
    except pa.ArrowException as error:
        raise _damaged(error) from error
    except OSError as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> Refused:
    code = "checksum_wrong" if "checksum" in str(error).lower() or "CRC" in str(error) else "damaged_file"
    return Refused(code, found=error)


def _take_over(job: Job, connection: duckdb.DuckDBPyConnection, originals: list[str]) -> None:
    source = f"read_parquet({literal(str(job.path))}, binary_as_string = true)"
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    names = tidy_names(originals, job.notes, 1)
    columns, wanted = [], []
    for position, (inside, kind, *_) in enumerate(described, 1):
        column = ColumnProfile(names[position - 1], originals[position - 1], position, sql_type=kind)
        expression = identifier(inside)
        if kind.startswith("DECIMAL"):
            column.type = "decimal"
        elif kind.startswith(NESTED) or kind.endswith("]"):
            column.type, column.sql_type, expression = "json", "VARCHAR", f"CAST(to_json({expression}) AS VARCHAR)"
            job.notes.info("nested_values", column=position, name=column.name)
        elif kind in TYPES:
            column.type = TYPES[kind]
        else:
            column.type, column.sql_type, expression = "text", "VARCHAR", f"CAST({expression} AS VARCHAR)"
        columns.append(column)
        wanted.append(expression)
    job.reading.columns = columns
    if len(columns) <= warehouse.COLUMNS_PER_PART:
        store(job, connection, wanted, source, small=job.reading.rows <= serving.SMALL_ROWS)
        conclude(job, connection, columns, lambda row: row + 1)
    else:
        named = ", ".join(
            f"{expression} AS {identifier(column.name)}" for column, expression in zip(columns, wanted, strict=True)
        )
        warehouse.write_parquet(connection, source, named, len(columns), job.out / "data.parquet")
        names = [identifier(column.name) for column in columns]
        describe(job, connection, of_parquet(job.out / "data.parquet"), columns, names, lambda row: row + 1)
        conclude_wide(job, connection)
    taken = f"read_parquet({literal(str(job.out / 'data.parquet'))})"
    if not job.reading.rows:
        job.notes.error("header_only", line=1, found=", ".join(names))
    if job.want_csv:
        job.stage("csv")
        cells = job.out / "cells.csv"
        connection.execute(
            f"COPY (SELECT * FROM {taken}) TO {literal(str(cells))} (FORMAT csv, HEADER, USE_TMP_FILE false)"
        )
        job.reading.csv = cells
