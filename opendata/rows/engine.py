"""Runs compiled queries in a locked, in-process DuckDB.

One in-memory database per process, opened at first use, then closed to the world: it may touch only files below one
folder, load no extension, and its settings are locked. A request takes one of a bounded number of places, gets its own
cursor, and is interrupted when its time is over.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from django.utils.translation import gettext as _

from opendata.rows.alarm import Alarm, Watch
from opendata.rows.attached import Attachments
from opendata.rows.cells import Position, Statement, Table
from opendata.rows.compile import (
    Origin,
    compile_groups,
    compile_keys,
    compile_rows,
    compile_sample,
    compile_total,
    groups_of,
    head_of,
    parquet,
    sort_cells,
    stored,
)
from opendata.rows.cursors import read_cursor, write_cursor
from opendata.rows.errors import DeadlineExceeded, EngineBusy, QueryError, QueryTooHeavy, TableError
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


def _remember_what_is_missing() -> None:
    """Let DuckDB learn at once that pandas is not there.

    It tries to import it twice for every bound value, and Python searches its whole path at each failed import, which
    takes longer than many a query. None in ``sys.modules`` is the documented way to say that a module is absent. Arrow
    takes that None for a module when it first meets a moment, so it is let to look for itself before.
    """
    if "pandas" not in sys.modules and find_spec("pandas") is None:
        pa.scalar(0, pa.timestamp("ns")).as_py()
        sys.modules["pandas"] = None  # type: ignore[assignment]  # see the import system's reference, "The module cache"


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """What one process gives its engine: the folder it may read, its memory, its threads, its places."""

    root: str
    memory_limit: str = "512MB"
    threads: int = 2
    places: int = 8
    files: int = 64

    @classmethod
    def of(cls, root: str | Path, **more: Any) -> "EngineConfig":
        """Make a configuration with the folder's real path."""
        return cls(os.path.realpath(root), **more)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its columns, its rows in their order, the cursor of the next page and the count, if asked for.

    ``total_is`` says whether the count is exact or estimated; ``kinds`` are the Arrow types of the columns.
    """

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    next_cursor: str | None
    total: int | None
    seconds: float
    total_is: Count = Count.NONE
    kinds: tuple[pa.DataType, ...] = ()


@dataclass(frozen=True, slots=True)
class Seal:
    """What cursors are tied to: the site's key and the id of the version that is read."""

    key: bytes = field(repr=False)
    version: str


class Engine:
    """A locked DuckDB and its places. Safe to use from many threads; not to be carried over a fork (see ``shared``)."""

    def __init__(self, config: EngineConfig) -> None:
        self.config = config
        self._places = threading.BoundedSemaphore(config.places)
        self._lock = threading.Lock()
        self._database: _Database | None = None

    @property
    def files(self) -> int:
        """How many serving files are attached now."""
        return len(self._database.files) if self._database else 0

    def _open(self) -> "_Database":
        with self._lock:
            if self._database is None:
                self._database = _Database.locked(self.config)
            return self._database

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
    def _session(self, table: Table, seconds: float | None) -> Iterator["_Session"]:
        ends = None if seconds is None else time.monotonic() + seconds
        if not self._places.acquire(timeout=seconds):
            raise EngineBusy(_("Too many queries are running. Please try again in a moment."))
        try:
            database = self._open()
            cursor = database.take()
            try:
                with (
                    database.watch.until(ends, cursor.interrupt) as alarm,
                    self._told(alarm, seconds or 0.0),
                    database.files.use(table.source) as file,
                ):
                    origin = stored(file.alias) if file else parquet(table.source)
                    yield _Session(cursor, alarm, seconds or 0.0, origin, file.heads if file else frozenset())
            except BaseException:
                # Only a cursor whose work ended well is used again.
                cursor.close()
                raise
            database.give_back(cursor)
        finally:
            self._places.release()

    @contextmanager
    def _told(self, alarm: Alarm, seconds: float) -> Iterator[None]:
        """Turn what DuckDB raises into what a caller must be ready for."""
        try:
            yield
        except duckdb.InterruptException as error:
            # Only our alarm makes a deadline; an interruption from elsewhere must not pass for one.
            if not alarm.rang:
                raise TableError("DuckDB was interrupted before the deadline") from error
            raise _over(seconds) from error
        except duckdb.OutOfMemoryException as error:
            raise QueryTooHeavy(
                _("This query needs more memory than one query may have."),
                hint=_("Select fewer columns, ask for fewer rows or groups, or download the whole file."),
            ) from error
        except (duckdb.FatalException, duckdb.InternalException) as error:
            self._forget()
            raise TableError(f"DuckDB gave up: {error}") from error
        except duckdb.Error as error:
            raise TableError(f"DuckDB refused a compiled query: {error}") from error
        except (pa.ArrowException, OSError) as error:
            # An interruption in the midst of a stream reaches us through Arrow.
            if alarm.rang:
                raise _over(seconds) from error
            raise

    def rows(self, table: Table, query: Query, seal: Seal, *, seconds: float = 5.0) -> Page:
        """Answer a query with one page.

        ``seconds`` bounds waiting and work together. Raises CursorError, QueryTooHeavy, DeadlineExceeded, EngineBusy,
        and TableError for a damaged file.
        """
        began = time.perf_counter()
        with self._session(table, seconds) as session:
            page = groups_page(session, table, query, seal) if query.grouped else rows_page(session, table, query, seal)
            total, total_is = session.total(table, query)
        return replace(page, total=total, total_is=total_is, seconds=time.perf_counter() - began)

    @contextmanager
    def batches(
        self, table: Table, query: Query, *, seconds: float | None = None, size: int = 10_000
    ) -> Iterator[pa.RecordBatchReader]:
        """Give every row of a query as a stream of Arrow batches, in order; limit, cursor and count are not looked at.

        Columns carry no names (``c0`` …): pair them with ``table.chosen(query)`` by position.
        """
        with self._session(table, seconds) as session:
            reader = session.stream(compile_rows(table, query, session.origin, keys=False), size)
            try:
                yield reader
            finally:
                # A stream left in the middle still reads the file; a new statement on its cursor ends it.
                session.cursor.execute("SELECT 1").fetchall()


def rows_page(session: "_Session", table: Table, query: Query, seal: Seal) -> Page:
    """Read one page of rows, from the head of its order where that holds it."""
    columns, asked = table.chosen(query), query_hash(query, table.scope)
    sorting = [cell.column for cell, _down in sort_cells(table, query.sort)]
    position = None
    if query.cursor:
        row, values = read_cursor(seal.key, seal.version, asked, sorting, query.cursor)
        if values is None:
            values = session.fetch(compile_keys(table, query, row, session.origin))[0]
        position = Position(values, row)
    found = session.head(table, query, position)
    if found is None:
        found = session.fetch(compile_rows(table, query, session.origin, position=position, limit=query.limit + 1))
    rows, width, cursor = found[: query.limit], len(columns), None
    if rows and len(found) > query.limit:
        last = rows[-1]
        cursor = write_cursor(seal.key, seal.version, asked, Position(last[width:-1], last[-1]))
    kinds = tuple(table.cell(column.name).kind for column in columns)
    return Page(columns, [one[:width] for one in rows], cursor, None, 0.0, kinds=kinds)


def groups_page(session: "_Session", table: Table, query: Query, seal: Seal) -> Page:
    """Read one page of groups."""
    groups, asked = groups_of(table, query, session.origin), query_hash(query, table.scope)
    sorting = [cell.column for cell, _down in groups.ordering(query)]
    position, before = None, query.offset
    if query.cursor:
        before, values = read_cursor(seal.key, seal.version, asked, sorting, query.cursor)
        position = Position(values, before)
    found = session.figures(compile_groups(groups, query, position=position, limit=query.limit + 1))
    columns = tuple(cell.column for cell in groups.cells)
    rows, width, cursor = found[: query.limit], len(columns), None
    if rows and len(found) > query.limit:
        cursor = write_cursor(seal.key, seal.version, asked, Position(rows[-1][width:], before + len(rows)))
    kinds = tuple(cell.kind for cell in groups.cells)
    return Page(columns, [one[:width] for one in rows], cursor, None, 0.0, kinds=kinds)


@dataclass(slots=True)
class _Database:
    """The in-memory database of a process, its idle cursors, its attached files and its watch."""

    root: duckdb.DuckDBPyConnection
    files: Attachments
    watch: Watch
    idle: list[duckdb.DuckDBPyConnection] = field(default_factory=list)
    most_idle: int = 8

    @classmethod
    def locked(cls, config: EngineConfig) -> "_Database":
        """Open a database and close it to the world."""
        _remember_what_is_missing()
        root = duckdb.connect(
            ":memory:", config={**_LOCKED, "memory_limit": config.memory_limit, "threads": config.threads}
        )
        root.execute("SET TimeZone = 'Asia/Shanghai'")
        root.execute("SET enable_progress_bar = false")
        root.execute("SET preserve_insertion_order = true")
        root.execute("SET allowed_directories = ?", [[config.root]])
        root.execute("SET enable_external_access = false")
        root.execute("SET lock_configuration = true")
        return cls(root, Attachments(root.cursor(), config.files), Watch(), most_idle=config.places)

    def take(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor that nobody uses. ``list.pop`` and ``append`` are atomic, so no lock is needed."""
        try:
            return self.idle.pop()
        except IndexError:
            return self.root.cursor()

    def give_back(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Keep a cursor for the next query."""
        if len(self.idle) < self.most_idle:
            self.idle.append(cursor)

    def close(self) -> None:
        """Close every cursor and the database with them."""
        while self.idle:
            self.idle.pop().close()
        self.watch.close()
        self.files.own.close()
        self.root.close()


@dataclass(slots=True)
class _Session:
    """One cursor with its alarm, and where it reads the table."""

    cursor: duckdb.DuckDBPyConnection
    alarm: Alarm
    seconds: float
    origin: Origin
    heads: frozenset[str]

    def _run(self, statement: Statement) -> duckdb.DuckDBPyConnection:
        if self.alarm.rang:
            raise _over(self.seconds)
        return self.cursor.execute(statement.sql, list(statement.parameters))

    def fetch(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Run a statement and return all its rows."""
        return self._run(statement).fetchall()

    def figures(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Run a statement whose sums may be too large for 38 digits."""
        try:
            return self.fetch(statement)
        except (duckdb.OutOfRangeException, duckdb.ConversionException, duckdb.InvalidInputException) as error:
            raise QueryError(
                _("A sum or mean is too large to be given exactly."),
                "aggregates",
                _("Narrow the rows with filters, or group by one more column."),
            ) from error

    def head(self, table: Table, query: Query, position: Position | None) -> list[tuple[Any, ...]] | None:
        """Return the page from the head of its order, or None where there is no head or it ends too early."""
        name = head_of(table, query)
        if name not in self.heads:
            return None
        origin = stored(self.origin.sql.removeprefix("FROM ").split(".")[0], name)
        found = self.fetch(compile_rows(table, query, origin, position=position, limit=query.limit + 1))
        return found if len(found) > query.limit else None

    def total(self, table: Table, query: Query) -> tuple[int | None, Count]:
        """Return the count that was asked for, and what it is."""
        if query.count is Count.NONE:
            return None, Count.NONE
        sample = compile_sample(table, query, self.origin) if query.count is Count.ESTIMATED else None
        if sample is not None:
            statement, looked_at = sample
            return round(self.fetch(statement)[0][0] * table.source.rows / looked_at), Count.ESTIMATED
        exact = compile_total(table, query, self.origin)
        return (table.source.rows if exact is None else int(self.figures(exact)[0][0])), Count.EXACT

    def stream(self, statement: Statement, size: int) -> pa.RecordBatchReader:
        """Run a statement and give its rows in batches."""
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
