"""Questions to whole stored tables, asked by the worker: a DuckDB with bounded memory that is stopped at a deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from opendata.ingest.quoting import literal as quoted

MEMORY = "512MB"


class TookTooLong(Exception):
    """The answer could not be had within the seconds or the memory given; nothing of it is known."""


class Measuring:
    """A database that reads the given Parquet files and nothing else, until its time is over."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, ends: float) -> None:
        self._connection, self._ends = connection, ends

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Returns all rows of an answer. Raises TookTooLong at the deadline, or where the memory is not enough."""
        if time.monotonic() >= self._ends:
            raise TookTooLong
        over = threading.Event()
        watch = threading.Thread(target=self._watch, args=(over,), daemon=True)
        watch.start()
        try:
            return self._connection.execute(query).fetchall()
        except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
            raise TookTooLong from error
        finally:
            over.set()
            watch.join()

    def row(self, query: str) -> tuple[Any, ...]:
        """Returns the only row of an answer."""
        return self.rows(query)[0]

    def _watch(self, over: threading.Event) -> None:
        """Interrupts at the deadline, again and again: one that falls between two steps is forgotten."""
        while not over.wait(max(0.01, self._ends - time.monotonic())):
            self._connection.interrupt()


def table(path: Path, alias: str = "t") -> str:
    """Returns the SQL of a stored table whose columns are called c0, c1 … and whose row numbers, from 0, `r`.

    Names from the file never reach SQL, so that nothing in them can be taken for it.
    """
    width = len(pq.read_schema(path).names)
    names = ", ".join([*(f"c{at}" for at in range(width)), "r"])
    return f"read_parquet({quoted(str(path))}, file_row_number = true) AS {alias}({names})"


@contextmanager
def measuring(*files: Path, scratch: Path, seconds: float) -> Iterator[Measuring]:
    """Opens the database for some files; what does not fit into memory goes to `scratch`."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY,
            "threads": "2",
            "temp_directory": str(scratch),
            "preserve_insertion_order": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )
    try:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET TimeZone = 'Asia/Shanghai'")
        connection.execute(f"SET allowed_paths = [{', '.join(quoted(str(path)) for path in files)}]")
        connection.execute(f"SET allowed_directories = [{quoted(f'{scratch}/')}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield Measuring(connection, time.monotonic() + seconds)
    finally:
        connection.close()
