"""The peers: bare DuckDB on the Parquet and on its own table file, SQLite, and Datasette over SQLite."""

# ruff: noqa: S608 — questions are made by the bench itself

from __future__ import annotations

import csv
import itertools
import os
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from bench.questions import Question
from bench.table import COLUMNS
from bench.web import Client, free_port, wait_for

Ask = Callable[[Question], int]
VENV = Path(__file__).resolve().parents[1] / ".venv-bench"
INDEXED = ("id", "station", "day", "pm25", "flow", "region")
_BATCH = 50_000


class BareDuckDB:
    """DuckDB in this process with as many threads as the portal's engine has; each caller has a cursor of its own."""

    def __init__(self, statement: str, threads: int) -> None:
        self._root = duckdb.connect(config={"threads": threads})
        self._root.execute(statement)
        self._local = threading.local()

    def ask(self, question: Question) -> int:
        """Runs the statements and returns the number of rows that the first gave."""
        cursor = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._local.cursor = self._root.cursor()
        counts = [len(cursor.execute(sql).fetchall()) for sql in question.sql]
        return counts[0]

    def close(self) -> None:
        """Closes the database."""
        self._root.close()


def duckdb_on_parquet(path: Path, threads: int) -> BareDuckDB:
    """Opens bare DuckDB on a Parquet file."""
    return BareDuckDB(f"CREATE VIEW rows AS SELECT * FROM read_parquet('{path}')", threads)


def duckdb_on_table(parquet: Path, target: Path, threads: int) -> BareDuckDB:
    """Writes DuckDB's own table file with the columns under their names, and opens it read-only."""
    if not target.exists():
        with duckdb.connect(str(target)) as made:
            made.execute(f"CREATE TABLE rows AS SELECT * FROM read_parquet('{parquet}')")
    return BareDuckDB(f"ATTACH '{target}' AS file (READ_ONLY); CREATE VIEW rows AS SELECT * FROM file.rows", threads)


def write_sqlite(source: Path, target: Path, *, indexed: bool) -> None:
    """Loads the CSV into SQLite as its own tools do, in one transaction; `indexed` adds an index per column."""
    with closing(sqlite3.connect(target)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(
            "CREATE TABLE rows (id INTEGER, day TEXT, station TEXT, pm25 REAL, flow REAL, region TEXT, note TEXT)"
        )
        marks = ", ".join("?" * len(COLUMNS))
        with source.open(encoding="utf-8", newline="") as file:
            records = csv.reader(file)
            next(records)
            while batch := list(itertools.islice(records, _BATCH)):
                database.executemany(f"INSERT INTO rows VALUES ({marks})", batch)
        database.commit()
        if indexed:
            index(database)


def index(database: sqlite3.Connection) -> None:
    """Makes the indexes that a careful hand would make for these questions."""
    for column in INDEXED:
        database.execute(f"CREATE INDEX rows_{column} ON rows ({column})")
    database.execute("ANALYZE")
    database.commit()


class SQLite:
    """Bare SQLite in this process: what Datasette cannot be faster than."""

    def __init__(self, path: Path) -> None:
        self._path, self._local = path, threading.local()

    def ask(self, question: Question) -> int:
        """Runs the statements and returns the number of rows that the first gave."""
        database = getattr(self._local, "database", None)
        if database is None:
            database = self._local.database = sqlite3.connect(f"file:{self._path}?mode=ro&immutable=1", uri=True)
        counts = [len(database.execute(sql).fetchall()) for sql in question.sql]
        return counts[0]

    def close(self) -> None:
        """Closes this thread's connection; the others end with their threads."""
        if database := getattr(self._local, "database", None):
            database.close()


@contextmanager
def datasette(path: Path, log: Path) -> Iterator[int | None]:
    """Serves a SQLite file by Datasette and yields its port; None where `make bench` has not installed it."""
    program = VENV / "bin" / "datasette"
    if not program.exists():
        yield None
        return
    port = free_port()
    settings = {"sql_time_limit_ms": 20_000, "suggest_facets": "off", "default_page_size": 100, "num_sql_threads": 8}
    options = [word for name, value in settings.items() for word in ("--setting", name, str(value))]
    command = [str(program), "serve", "-i", str(path), "--port", str(port), *options]
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=os.environ.copy())
        try:
            wait_for(process, port, "/-/versions.json")
            yield port
        finally:
            process.terminate()
            process.wait(30)


class HTTP:
    """A server asked over HTTP, one kept-alive connection for each thread."""

    def __init__(self, port: int, path: Callable[[Question], str]) -> None:
        self._port, self._path, self._local = port, path, threading.local()

    def ask(self, question: Question) -> int:
        """Returns the length of the answer; raises RuntimeError for anything but 200."""
        client = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = Client("127.0.0.1", self._port)
        status, body = client.get(self._path(question))
        if status != 200:
            raise RuntimeError(f"{status} {body[:300]!r}")
        return len(body)

    def close(self) -> None:
        """Closes this thread's connection."""
        if client := getattr(self._local, "client", None):
            client.close()
