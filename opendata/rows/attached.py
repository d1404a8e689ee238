"""Keeps serving files attached to a process's engine: read-only, few at a time, and never taken from under a query."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from opendata.rows.source import Source

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Attached:
    """One attached file: its name inside the engine, the heads it holds, and how many queries use it now."""

    alias: str
    heads: frozenset[str]
    users: int = 0


@dataclass(slots=True)
class Attachments:
    """The files of one database, the least recently asked for first; more than ``most`` stay only while in use.

    ``own`` is a cursor for attaching and detaching alone, which no query's deadline interrupts.
    """

    own: duckdb.DuckDBPyConnection
    most: int
    _files: OrderedDict[str, Attached] = field(default_factory=OrderedDict)
    _refused: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _made: int = 0

    def __len__(self) -> int:
        """How many files are attached now."""
        return len(self._files)

    @contextmanager
    def use(self, source: Source) -> Iterator[Attached | None]:
        """Hold a source's serving file while a query runs; None where it has none that can be used.

        A file that cannot be attached, or does not hold what the Parquet holds, is reported once and left alone: the
        Parquet answers the same, only slower.
        """
        found = self._take(source) if source.serving else None
        try:
            yield found
        finally:
            if found is not None:
                self._give_back(found)

    def _take(self, source: Source) -> Attached | None:
        with self._lock:
            if source.serving in self._refused:
                return None
            found = self._files.get(source.serving)
            if found is None:
                found = self._attach(source)
                if found is None:
                    self._refused[source.serving] = None
                    while len(self._refused) > self.most:
                        self._refused.popitem(last=False)
                    return None
                self._files[source.serving] = found
            self._files.move_to_end(source.serving)
            found.users += 1
            self._shrink()
            return found

    def _give_back(self, found: Attached) -> None:
        with self._lock:
            found.users -= 1
            self._shrink()

    def _attach(self, source: Source) -> Attached | None:
        self._made += 1
        alias, path = f"serving_{self._made}", source.serving.replace("'", "''")
        try:
            self.own.execute(f"ATTACH '{path}' AS {alias} (TYPE DUCKDB, READ_ONLY)")
        except duckdb.Error:
            logger.exception("The serving file %s cannot be attached", source.serving)
            return None
        told = self.own.execute(
            "SELECT table_name, column_count, estimated_size FROM duckdb_tables() WHERE database_name = ?", [alias]
        ).fetchall()
        sizes = {name: (columns, rows) for name, columns, rows in told}
        if sizes.pop("rows", None) != (len(source.names), source.rows):
            logger.error("The serving file %s does not hold the rows of %s", source.serving, source.path)
            self.own.execute(f"DETACH {alias}")
            return None
        return Attached(alias, frozenset(sizes))

    def _shrink(self) -> None:
        """Detach what is too much and not in use. The caller holds the lock, so nobody can begin to use it now."""
        idle = [path for path, one in self._files.items() if not one.users]
        for path in idle[: max(0, len(self._files) - self.most)]:
            self.own.execute(f"DETACH {self._files.pop(path).alias}")
