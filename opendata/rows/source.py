"""One immutable table as the engine sees it: its columns by position, their stored types, its number of rows.

The Parquet file says all of this; the serving file, where there is one, holds the same rows for faster answers.
"""

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from opendata.rows.errors import TableError
from opendata.rows.schema import Column, type_of_arrow

_GLOB_SIGNS = frozenset("*?[]{}")


@dataclass(frozen=True, slots=True)
class Source:
    """What the footer of a Parquet file says; ``kinds`` are the stored types, in the order of ``names``.

    ``serving`` is the path of the table file with the same rows, "" where there is none.
    """

    path: str
    names: tuple[str, ...]
    kinds: tuple[pa.DataType, ...]
    rows: int
    serving: str = ""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns as the file itself describes them, for a table without a profile."""
        return tuple(Column(name, type_of_arrow(kind)) for name, kind in zip(self.names, self.kinds, strict=True))


@lru_cache(maxsize=2048)
def _read_footer(path: str, serving: str, _size: int, _changed: int) -> Source:
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        return Source(path, tuple(schema.names), tuple(schema.types), file.metadata.num_rows, serving)


def open_source(path: str | Path, serving: str | Path | None = None) -> Source:
    """Read a file's footer, once per file and process. Raises TableError where there is no readable Parquet file."""
    real, beside = os.path.realpath(path), "" if serving is None else os.path.realpath(serving)
    if _GLOB_SIGNS.intersection(real):
        raise TableError(f"a path with a wildcard sign cannot be queried: {real}")
    try:
        seen = os.stat(real)  # noqa: PTH116  # asked at every request, and Path takes ten times as long
        return _read_footer(real, beside, seen.st_size, seen.st_mtime_ns)
    except (OSError, pa.ArrowException) as error:
        raise TableError(f"cannot read the table {real}: {error}") from error
