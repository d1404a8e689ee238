"""Makes the table of a plan from a version's Parquet and measures it before and after; bounded memory, any size.

The source is our own canonical file, so no child process is needed; DuckDB is locked to the two folders all the same.
"""

# ruff: noqa: S608 — the SQL is made of our own column numbers

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from opendata.privacy import measure, second, treat
from opendata.privacy.plan import Plan

BATCH = 50_000
COUNT_COLUMN = "row_count"


class CannotBeMade(Exception):
    """The table could not be made; `code` says why, in words that the record's page translates."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use: memory of DuckDB, threads, seconds; and where the second library's packages lie."""

    memory: str = "512MB"
    threads: int = 2
    seconds: float = 1800.0
    packages: Path | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """The table that was made, with what was measured before and after."""

    path: Path
    rows: int
    columns: tuple[str, ...]
    before: dict[str, Any]
    after: dict[str, Any]


def make(source: Path, plan: Plan, folder: Path, *, limits: Limits) -> Made:
    """Makes the table of a plan in a folder of its own and measures it.

    Raises CannotBeMade where nothing is left, time or memory runs out, or the two measurements disagree.
    """
    out = folder / "deidentified.parquet"
    with _database(source, folder, limits) as connection:
        connection.execute("SET VARIABLE key = ?", [secrets.token_hex(32)])
        raw = f"(SELECT * FROM read_parquet('{_quoted(source)}') AS t({_positions(plan)}))"
        connection.execute(f"CREATE TABLE treated AS SELECT {treat.treated(plan)} FROM {raw}")
        before = _measured(connection, plan, raw, "c", plan.places, "classes_before", folder, limits)
        after = _measured(connection, plan, "treated", "t", plan.staying_places, "classes_after", folder, limits)
        emptied, suppressed = _emptied(connection, plan, raw), 0
        if plan.suppress:
            suppressed = _suppress(connection, plan)
            after = _measured(connection, plan, "treated", "t", plan.staying_places, "classes_after", folder, limits)
        after |= {"suppressed": suppressed, "emptied": emptied}
        if not after["rows"]:
            raise CannotBeMade("nothing_left")
        rows, columns = _write(connection, plan, out)
    return Made(out, rows, columns, before, after | {"rows_out": rows})


def _measured(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    source: str,
    prefix: str,
    places: Any,
    name: str,
    folder: Path,
    limits: Limits,
) -> dict[str, Any]:
    """Measures a table by SQL over all rows, and again by the library over the classes that decide."""
    quasi = [f"{prefix}{place}" for place in places(plan.quasi)]
    sensitive = [f"{prefix}{place}" for place in places(plan.sensitive)]
    measure.classes(connection, source, name, quasi, sensitive)
    found = measure.summary(connection, name, k=plan.k, l=plan.l)
    again = second.measured_again(connection, source, name, quasi, sensitive, folder=folder, packages=limits.packages)
    if again is not None and (again["k"], again["l"]) != (found["k"], found["l"]):
        raise CannotBeMade("measurements_disagree")
    return found | {"second": again}


def _suppress(connection: duckdb.DuckDBPyConnection, plan: Plan) -> int:
    """Leaves out the rows of the classes that miss a threshold; returns how many. Other classes stay as they are."""
    keys = [f"t{place}" for place in plan.staying_places(plan.quasi)]
    alike = " AND ".join(f"treated.{key} IS NOT DISTINCT FROM small.q{at}" for at, key in enumerate(keys)) or "true"
    found = connection.execute(
        "SELECT coalesce(sum(n), 0) FROM classes_after WHERE n < ? OR d < ?", [plan.k, plan.l]
    ).fetchone()
    assert found is not None
    connection.execute(
        f"CREATE TABLE enough AS SELECT treated.* FROM treated ANTI JOIN "
        f"(SELECT * FROM classes_after WHERE n < {plan.k} OR d < {plan.l}) AS small ON {alike}"
    )
    connection.execute("DROP TABLE treated")
    connection.execute("ALTER TABLE enough RENAME TO treated")
    return int(found[0])


def _emptied(connection: duckdb.DuckDBPyConnection, plan: Plan, raw: str) -> dict[str, int]:
    """Counts per column the values that a treatment could not read and left out."""
    changed = [one for one in plan.staying if one.deed not in ("keep", "sum", "avg")]
    if not changed:
        return {}
    before = connection.execute(f"SELECT {', '.join(f'count(c{one.place})' for one in changed)} FROM {raw}").fetchone()
    after = connection.execute(f"SELECT {', '.join(f'count(t{one.place})' for one in changed)} FROM treated").fetchone()
    assert before is not None
    assert after is not None
    counts = zip(changed, before, after, strict=True)
    return {one.column: had - has for one, had, has in counts if had != has}


def _write(connection: duckdb.DuckDBPyConnection, plan: Plan, out: Path) -> tuple[int, tuple[str, ...]]:
    """Writes the table, its rows in the order of their values, so that their order tells nothing of the source."""
    names = [one.column for one in plan.staying]
    if plan.group:
        shown, group = treat.grouped(plan)
        names.append(_free(COUNT_COLUMN, names))
        query = f"SELECT {shown} FROM treated {group} ORDER BY ALL"
    else:
        query = f"SELECT {', '.join(f't{one.place}' for one in plan.staying)} FROM treated ORDER BY ALL"
    reader = connection.execute(query).to_arrow_reader(BATCH)
    schema = pa.schema([field.with_name(name) for field, name in zip(reader.schema, names, strict=True)])
    rows = 0
    with pq.ParquetWriter(out, schema, compression="zstd", write_page_checksum=True) as writer:
        for batch in reader:
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
            rows += batch.num_rows
    return rows, tuple(names)


def _free(name: str, taken: list[str]) -> str:
    """Returns the name, or the name with a number where a column has it."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def _positions(plan: Plan) -> str:
    """Returns the columns' names by position; covering columns behind them keep their own."""
    return ", ".join(f"c{place}" for place in range(len(plan.treatments)))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


@contextmanager
def _database(source: Path, folder: Path, limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens a database on disk in the folder, locked, which is interrupted when its time is over."""
    connection = duckdb.connect(
        str(folder / "work.duckdb"),
        config={
            "memory_limit": limits.memory,
            "threads": limits.threads,
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        },
    )
    rang = threading.Event()

    def ring() -> None:
        """Interrupts again and again: an interruption between two statements is forgotten."""
        rang.set()
        while not over.wait(0.2):
            connection.interrupt()

    over = threading.Event()
    alarm = threading.Timer(limits.seconds, ring)
    alarm.daemon = True
    try:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET TimeZone = 'Asia/Shanghai'")
        connection.execute("SET allowed_directories = ?", [[str(source.parent), str(folder)]])
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        alarm.start()
        yield connection
    except duckdb.OutOfMemoryException as error:
        raise CannotBeMade("out_of_memory") from error
    except (duckdb.InterruptException, pa.ArrowException, OSError) as error:
        if rang.is_set():
            raise CannotBeMade("out_of_time") from error
        raise
    finally:
        over.set()
        alarm.cancel()
        if alarm.is_alive():
            alarm.join()
        connection.close()
