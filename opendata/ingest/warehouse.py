"""The locked DuckDB of the child: loads cells as text, tells their shapes, writes typed Parquet, profiles it."""

# ruff: noqa: S608 — names in the SQL are our own or quoted, values pass `literal`

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from . import kinds
from .canonical import EMPTY, Guess, fits
from .dialect import Dialect
from .quoting import literal

COLUMNS_PER_PART = 200
MANY_COLUMNS = 40
EXACT_DISTINCT_ROWS = 1_000_000
GROUP_ROWS = 100_000
FEW_VALUES = 20_000
COLUMNS_PER_PASS = 8


@dataclass(slots=True)
class Part:
    """A file of delimited text that holds some of the columns, all of the rows."""

    path: Path
    columns: int
    dialect: Dialect = field(default_factory=Dialect)
    skip: int = 0


def connect(work: Path, readable: Sequence[Path], *, memory: int, on_disk: bool) -> duckdb.DuckDBPyConnection:
    """Open a database that can read the given files, write beneath `work`, and change none of that any more."""
    share = memory * 55 // 100 // (1024 * 1024)
    connection = duckdb.connect(
        str(work / "work.duckdb") if on_disk else ":memory:",
        config={
            "memory_limit": f"{share}MB",
            "threads": "2",
            "temp_directory": str(work),
            "preserve_insertion_order": "true",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET TimeZone = 'Asia/Shanghai'")
    paths = ", ".join(literal(str(path)) for path in readable)
    connection.execute(f"SET allowed_paths = [{paths}]")
    connection.execute(f"SET allowed_directories = [{literal(str(work) + '/')}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def load(connection: duckdb.DuckDBPyConnection, table: str, part: Part) -> int:
    """Load a part as text under strict rules; returns its rows. Raises duckdb.Error where the text breaks them."""
    connection.execute(f"CREATE TABLE {table} AS {_scan(part)}")
    return count(connection, f"SELECT count(*) FROM {table}")


def stream(connection: duckdb.DuckDBPyConnection, table: str, part: Part) -> None:
    """Make a part readable as `table` without loading it: each query reads the file again, in little memory."""
    connection.execute(f"CREATE VIEW {table} AS {_scan(part)}")


def _scan(part: Part) -> str:
    columns = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(part.columns))
    # Told apart here, because a return inside the first quoted cell misleads the reader's own judgement.
    newline = "new_line = '\\n', " if part.dialect.line_ending == "LF" else ""
    return f"""SELECT * FROM read_csv({literal(str(part.path))}, auto_detect = false,
        header = false, skip = {part.skip}, delim = {literal(part.dialect.delimiter)},
        quote = {literal(part.dialect.quote)}, escape = {literal(part.dialect.quote)}, columns = {{{columns}}},
        nullstr = '', {newline}strict_mode = true, null_padding = false, max_line_size = 8388608,
        buffer_size = 16777216, compression = 'none')"""


def count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The single number that a query answers."""
    row = connection.execute(query).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def shapes_of(connection: duckdb.DuckDBPyConnection, table: str, columns: int) -> list[dict[str, kinds.Shape]]:
    """The shapes of every cell, counted per column; `first_row` counts from 0. Equal cells are judged once."""
    result: list[dict[str, kinds.Shape]] = [{} for _ in range(columns)]
    queries: list[tuple[int | None, str]]
    if columns > MANY_COLUMNS:
        source = f"UNPIVOT (SELECT rowid AS r, * FROM {table}) ON COLUMNS(* EXCLUDE r) INTO NAME col VALUE c"
        queries = [(None, f"SELECT r, 1 AS n, col, c FROM ({source})")]
    else:
        few = _few_values(connection, table, columns)
        queries = [
            (
                at,
                f"SELECT min(rowid) AS r, count(*) AS n, '' AS col, c{at} AS c FROM {table} "
                f"WHERE c{at} IS NOT NULL GROUP BY c{at}",
            )
            if at in few
            else (at, f"SELECT rowid AS r, 1 AS n, '' AS col, c{at} AS c FROM {table} WHERE c{at} IS NOT NULL")
            for at in range(columns)
        ]
    for at, cells in queries:
        rows = connection.execute(
            f"SELECT col, k, sum(n), min(r), {kinds.measures('c', 'k', 'n')} "
            f"FROM (SELECT *, {kinds.shape('c')} AS k FROM ({cells})) GROUP BY col, k"
        ).fetchall()
        for col, kind, *measures in rows:
            place = at if at is not None else int(col[1:])
            result[place][kind] = kinds.Shape(*(int(measure or 0) for measure in measures))
    return result


def _few_values(connection: duckdb.DuckDBPyConnection, table: str, columns: int) -> set[int]:
    wanted = ", ".join(f"approx_count_distinct(c{at})" for at in range(columns))
    row = connection.execute(f"SELECT {wanted} FROM {table}").fetchone()
    return {at for at, distinct in enumerate(row or ()) if int(distinct) < FEW_VALUES}


@dataclass(slots=True)
class Survey:
    """What one pass over a streamed file tells."""

    rows: int
    blank_rows: int
    longest_cell: int
    shapes: list[dict[str, kinds.Shape]]


def survey(connection: duckdb.DuckDBPyConnection, table: str, guesses: Sequence[Guess | None]) -> Survey:
    """Tell the shapes of every cell, eight columns a pass; `first_row` is not known here (-1).

    Rows are grouped by the shapes of their cells together: files have few kinds of rows, so this table is small. A
    right guess makes a column cheap, a wrong one changes nothing.
    """
    columns = len(guesses)
    blank = ", ".join(f"c{at}" for at in range(columns))
    result = Survey(0, 0, 0, [{} for _ in range(columns)])
    for first in range(0, columns, COLUMNS_PER_PASS):
        some = range(first, min(first + COLUMNS_PER_PASS, columns))
        shapes = ", ".join(f"{_shape(guesses[at], f'c{at}')} AS k{at}" for at in some)
        wanted = ", ".join(f"k{at}, {kinds.measures(f'c{at}', f'k{at}', '1')}" for at in some)
        rows = connection.execute(
            f"SELECT count(*), count(*) FILTER (WHERE coalesce({blank}) IS NULL), {wanted} "
            f"FROM (SELECT *, {shapes} FROM {table}) GROUP BY {', '.join(f'k{at}' for at in some)}"
        ).fetchall()
        result.rows, result.blank_rows = sum(row[0] for row in rows), sum(row[1] for row in rows)
        for row in rows:
            for number, at in enumerate(some):
                kind, digits, fraction, longest, phones = row[2 + 5 * number : 7 + 5 * number]
                if kind is None:
                    continue
                before = result.shapes[at].get(kind, kinds.Shape(0, -1))
                result.shapes[at][kind] = kinds.Shape(
                    before.count + row[0],
                    -1,
                    max(before.whole_digits, digits or 0),
                    max(before.fraction_digits, fraction or 0),
                    max(before.longest, longest or 0),
                    before.phones + (phones or 0),
                )
                result.longest_cell = max(result.longest_cell, longest or 0)
    return result


def _shape(what: Guess | None, c: str) -> str:
    plain = f"WHEN {fits(what, c)} THEN '{what.shape}' " if what is not None and what is not EMPTY else ""
    return f"CASE WHEN {c} IS NULL THEN NULL {plain}ELSE {kinds.shape(c)} END"


def numbered(table: str) -> str:
    """SQL: a streamed table with the number of each row, from 0."""
    return f"(SELECT row_number() OVER () - 1 AS rowid, * FROM {table})"


def counts_up(connection: duckdb.DuckDBPyConnection, table: str, at: int) -> bool:
    """Whether the numbers of a column are a plain counter: no repeats, hardly a gap; to some percent in long tables."""
    numbers = f"(SELECT TRY_CAST(c{at} AS BIGINT) AS n FROM {table})"
    row = connection.execute(f"SELECT count(n), max(n) - min(n) FROM {numbers}").fetchone()
    if not row or row[0] < 2 or row[1] >= 2 * row[0]:
        return False
    if row[0] > EXACT_DISTINCT_ROWS:
        return count(connection, f"SELECT approx_count_distinct(n) FROM {numbers}") > 0.9 * row[0]
    return count(connection, f"SELECT count(DISTINCT n) FROM {numbers}") == row[0]


def odd_cells(
    connection: duckdb.DuckDBPyConnection, table: str, at: int, odd: Sequence[str], limit: int = 5
) -> tuple[int, list[tuple[int, str]]]:
    """How many cells of a column have one of the odd shapes, and the first of them as (row from 0, cell)."""
    wanted = ", ".join(literal(kind) for kind in odd)
    cells = f"SELECT rowid AS r, c{at} AS c FROM {table} WHERE c{at} IS NOT NULL"
    found = f"FROM (SELECT *, {kinds.shape('c')} AS k FROM ({cells})) WHERE k IN ({wanted})"
    rows = connection.execute(f"SELECT r, c {found} ORDER BY r LIMIT {limit}").fetchall()
    return count(connection, f"SELECT count(*) {found}"), [(int(row), str(cell)) for row, cell in rows]


def digits(connection: duckdb.DuckDBPyConnection, table: str, value: str) -> tuple[int, int]:
    """The most digits before and after the point among the cells that are numbers, thousands separators or not."""
    row = connection.execute(
        f"SELECT max(length(regexp_extract(n, '([0-9]+)', 1))), max(length(regexp_extract(n, '[.]([0-9]*)', 1))) "
        f"FROM (SELECT {kinds.strict_number(value)} AS n FROM {table})"
    ).fetchone()
    whole, fraction = row or (None, None)
    return int(whole or 0), int(fraction or 0)


def unfit_cells(
    connection: duckdb.DuckDBPyConnection, table: str, at: int, expression: str, limit: int = 5
) -> tuple[int, list[tuple[int, str]]]:
    """How many cells are not blank, not NaN, and yet null in the type wanted; and the first of them."""
    value = kinds.trimmed(f"c{at}")
    found = f"FROM {table} WHERE c{at} IS NOT NULL AND lower({value}) NOT IN ('', 'nan') AND ({expression}) IS NULL"
    rows = connection.execute(f"SELECT rowid, c{at} {found} ORDER BY rowid LIMIT {limit}").fetchall()
    return count(connection, f"SELECT count(*) {found}"), [(int(row), str(cell)) for row, cell in rows]


def write_parquet(connection: duckdb.DuckDBPyConnection, table: str, select: str, columns: int, target: Path) -> None:
    """Write typed columns in the order of the file, zstd, some 100,000 rows a group, fewer where columns are many."""
    group = max(2048, min(GROUP_ROWS, 8_000_000 // max(1, columns)))
    connection.execute(
        f"COPY (SELECT {select} FROM {table}) TO {literal(str(target))} "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {group}, USE_TMP_FILE false)"
    )


def join_side_by_side(pieces: Sequence[Path], rows: int, columns: int, target: Path) -> None:
    """Join Parquet files that hold the same rows and different columns; a few rows at a time."""
    step = max(1, 1_000_000 // columns)
    with ExitStack() as stack:
        streams = [
            stack.enter_context(pq.ParquetFile(piece)).iter_batches(batch_size=step, use_threads=False)
            for piece in pieces
        ]
        writer: pq.ParquetWriter | None = None
        done = 0
        while done < rows or writer is None:
            batches = [_next_rows(stream, min(step, rows - done)) for stream in streams]
            whole = pa.Table.from_arrays(
                [array for batch in batches for array in batch.columns],
                names=[name for batch in batches for name in batch.schema.names],
            )
            if writer is None:
                writer = stack.enter_context(
                    pq.ParquetWriter(target, whole.schema, compression="zstd", use_dictionary=False)
                )
            writer.write_table(whole)
            done += max(1, whole.num_rows)


def _next_rows(stream: Iterator[pa.RecordBatch], wanted: int) -> pa.RecordBatch:
    batch = next(stream)
    if batch.num_rows != wanted:
        raise ValueError(f"{batch.num_rows} rows where {wanted} were due")
    return batch


def row_writer(file: TextIO) -> Callable[[Sequence[str]], None]:
    """A writer of comma-separated rows that end in a line feed; cells with a return in them are quoted too."""
    plain = csv.writer(file, lineterminator="\n").writerow
    quoted = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow

    def write(cells: Sequence[str]) -> None:
        (quoted if "\r" in "".join(cells) else plain)(cells)

    return write


def write_csv(names: Sequence[str], keep: Callable[[int], bool], parts: Sequence[Part], target: Path) -> None:
    """Write all cells as they were spelled, comma-separated UTF-8, under the header that was found."""
    with target.open("w", encoding="utf-8", newline="") as file:
        write = row_writer(file)
        kept = [at for at in range(len(names)) if keep(at)]
        write([names[at] for at in kept])
        whole = len(kept) == len(names)
        for row in _rows(parts):
            write(row if whole else [row[at] for at in kept])


def _rows(parts: Sequence[Part]) -> Iterator[list[str]]:
    files = [part.path.open(encoding="utf-8", newline="") for part in parts]
    try:
        readers = [
            csv.reader(file, delimiter=p.dialect.delimiter, quotechar=p.dialect.quote)
            for file, p in zip(files, parts, strict=True)
        ]
        for part, reader in zip(parts, readers, strict=True):
            for _ in range(part.skip):
                next(reader, None)
        for pieces in zip(*readers, strict=True):
            yield [cell for piece in pieces for cell in piece]
    finally:
        for file in files:
            file.close()
