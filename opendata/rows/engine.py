"""Runs compiled queries in a locked, in-process DuckDB.

One in-memory database per process, opened at first use, then closed to the world: it may touch only files below one
folder, load no extension, and its settings are locked. A request takes one of a bounded number of places, gets its own
cursor, and is interrupted when its time is over.
"""

import math
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa
from django.utils.translation import gettext as _

from opendata.rows.compile import Position, Statement, Table, compile_count, compile_keys, compile_rows, sort_cells
from opendata.rows.cursors import read_cursor, write_cursor
from opendata.rows.errors import DeadlineExceeded, EngineBusy, QueryTooHeavy, TableError
from opendata.rows.schema import Column
from opendata.rows.tree import Count, Query, query_hash

_LOCKED: dict[str, str | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_unsigned_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
    "temp_directory": "",
}


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """What one process gives its engine: the folder it may read, its memory, its threads, its places."""

    root: str
    memory_limit: str = "512MB"
    threads: int = 2
    places: int = 8

    @classmethod
    def of(cls, root: str | Path, **more: Any) -> "EngineConfig":
        """Make a configuration with the folder's real path."""
        return cls(os.path.realpath(root), **more)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its columns, its rows in their order, the cursor of the next page and the count, if asked for."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    next_cursor: str | None
    total: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Seal:
    """What cursors are tied to: the site's key and the id of the version that is read."""

    key: bytes = field(repr=False)
    version: str


class _Alarm:
    """Interrupts a cursor at its deadline, again and again until the work has stopped.

    Once is not enough: an interruption that falls between two statements is forgotten when the second begins.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection, ends: float) -> None:
        self._cursor, self._ends = cursor, ends
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.rang = False

    def _watch(self) -> None:
        if self._stopped.wait(max(0.0, self._ends - time.monotonic())):
            return
        self.rang = True
        while not self._stopped.is_set():
            self._cursor.interrupt()
            self._stopped.wait(0.01)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopped.set()
        self._thread.join()


class _NoAlarm:
    """Stands where work has no deadline."""

    rang = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return None


class Engine:
    """A locked DuckDB and its places. Safe to use from many threads; not to be carried over a fork (see ``shared``)."""

    def __init__(self, config: EngineConfig) -> None:
        self.config = config
        self._places = threading.BoundedSemaphore(config.places)
        self._lock = threading.Lock()
        self._database: duckdb.DuckDBPyConnection | None = None

    def _open(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._database is None:
                config = self.config
                database = duckdb.connect(
                    ":memory:", config={**_LOCKED, "memory_limit": config.memory_limit, "threads": config.threads}
                )
                database.execute("SET TimeZone = 'Asia/Shanghai'")
                database.execute("SET enable_progress_bar = false")
                database.execute("SET allowed_directories = ?", [[config.root]])
                database.execute("SET enable_external_access = false")
                database.execute("SET lock_configuration = true")
                self._database = database
            return self._database.cursor()

    def close(self) -> None:
        """Close the database; the next query opens a new one."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    def _forget(self) -> None:
        """Drop a database that DuckDB has declared unusable; cursors that still run keep it alive till they end."""
        with self._lock:
            self._database = None

    @contextmanager
    def _session(self, seconds: float | None) -> Iterator["_Session"]:
        ends = math.inf if seconds is None else time.monotonic() + seconds
        if not self._places.acquire(timeout=None if seconds is None else seconds):
            raise EngineBusy(_("Too many queries are running. Please try again in a moment."))
        try:
            cursor = self._open()
            try:
                with _NoAlarm() if seconds is None else _Alarm(cursor, ends) as alarm:
                    try:
                        yield _Session(cursor, alarm, seconds or 0.0)
                    except duckdb.InterruptException as error:
                        # Only our alarm makes a deadline; an interruption from elsewhere must not pass for one.
                        if not alarm.rang:
                            raise TableError("DuckDB was interrupted before the deadline") from error
                        raise _over(seconds or 0.0) from error
                    except duckdb.OutOfMemoryException as error:
                        raise QueryTooHeavy(
                            _("This query needs more memory than one query may have."),
                            hint=_("Select fewer columns, ask for fewer rows, or download the whole file."),
                        ) from error
                    except (duckdb.FatalException, duckdb.InternalException) as error:
                        self._forget()
                        raise TableError(f"DuckDB gave up: {error}") from error
                    except duckdb.Error as error:
                        raise TableError(f"DuckDB refused a compiled query: {error}") from error
                    except (pa.ArrowException, OSError) as error:
                        # An interruption in the midst of a stream reaches us through Arrow.
                        if alarm.rang:
                            raise _over(seconds or 0.0) from error
                        raise
            finally:
                cursor.close()
        finally:
            self._places.release()

    def rows(self, table: Table, query: Query, seal: Seal, *, seconds: float = 5.0) -> Page:
        """Answer a query with one page.

        ``seconds`` bounds waiting and work together. Raises CursorError, QueryTooHeavy, DeadlineExceeded, EngineBusy,
        and TableError for a damaged file.
        """
        began = time.perf_counter()
        columns, asked = table.chosen(query), query_hash(query, table.scope)
        sorting = [cell.column for cell, _down in sort_cells(table, query.sort)]
        place = read_cursor(seal.key, seal.version, asked, sorting, query.cursor) if query.cursor else None
        with self._session(seconds) as session:
            position = None
            if place is not None:
                row, values = place
                if values is None:
                    values = session.fetch(compile_keys(table, query, row))[0]
                position = Position(values, row)
            found = session.fetch(compile_rows(table, query, position=position, limit=query.limit + 1))
            total = session.count(table, query) if query.count is Count.EXACT else None
        rows = found[: query.limit]
        width, cursor = len(columns), None
        if rows and len(found) > query.limit:
            last = rows[-1]
            cursor = write_cursor(seal.key, seal.version, asked, Position(last[width:-1], last[-1]))
        return Page(columns, [one[:width] for one in rows], cursor, total, time.perf_counter() - began)

    @contextmanager
    def batches(
        self, table: Table, query: Query, *, seconds: float | None = None, size: int = 10_000
    ) -> Iterator[pa.RecordBatchReader]:
        """Give every row of a query as a stream of Arrow batches, in order; limit, cursor and count are not looked at.

        Columns carry no names (``c0`` …): pair them with ``table.chosen(query)`` by position.
        """
        with self._session(seconds) as session:
            yield session.stream(compile_rows(table, query, keys=False), size)


@dataclass(slots=True)
class _Session:
    """One cursor with its alarm."""

    cursor: duckdb.DuckDBPyConnection
    alarm: "_Alarm | _NoAlarm"
    seconds: float

    def _run(self, statement: Statement) -> duckdb.DuckDBPyConnection:
        if self.alarm.rang:
            raise _over(self.seconds)
        return self.cursor.execute(statement.sql, list(statement.parameters))

    def fetch(self, statement: Statement) -> list[tuple[Any, ...]]:
        return self._run(statement).fetchall()

    def count(self, table: Table, query: Query) -> int:
        statement = compile_count(table, query)
        return table.source.rows if statement is None else int(self.fetch(statement)[0][0])

    def stream(self, statement: Statement, size: int) -> pa.RecordBatchReader:
        return self._run(statement).to_arrow_reader(size)


def _over(seconds: float) -> DeadlineExceeded:
    return DeadlineExceeded(
        _("The query took longer than %(n)s seconds and was stopped. Narrow it with filters or select fewer columns.")
        % {"n": f"{seconds:g}"},
        seconds,
    )


# --- one engine per process ----------------------------------------------------------------------------------------


class _Engines:
    """The engines of this process by their configuration."""

    def __init__(self) -> None:
        self._left_behind: list[Engine] = []
        self._engines: dict[EngineConfig, Engine] = {}
        self._lock = threading.Lock()

    def begin_anew(self) -> None:
        """Start without engines, as a forked child must: DuckDB's threads did not come along.

        The old ones are kept out of the way, since to free one would wait for its threads for ever.
        """
        self._left_behind += self._engines.values()
        self._engines = {}
        self._lock = threading.Lock()

    def engine(self, config: EngineConfig) -> Engine:
        with self._lock:
            if config not in self._engines:
                self._engines[config] = Engine(config)
            return self._engines[config]


_of_this_process = _Engines()
os.register_at_fork(after_in_child=_of_this_process.begin_anew)


def shared(config: EngineConfig) -> Engine:
    """Return this process's engine for a configuration, made at first use; a forked child gets its own."""
    return _of_this_process.engine(config)
