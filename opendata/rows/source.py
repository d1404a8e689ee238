"""One immutable Parquet file as the engine sees it: its columns by position, their stored types, its number of rows."""

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
    """What the footer of a Parquet file says; ``kinds`` are the stored types, in the order of ``names``."""

    path: str
    names: tuple[str, ...]
    kinds: tuple[pa.DataType, ...]
    rows: int

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns as the file itself describes them, for a table without a profile."""
        return tuple(Column(name, type_of_arrow(kind)) for name, kind in zip(self.names, self.kinds, strict=True))


@lru_cache(maxsize=2048)
def _read_footer(path: str, _size: int, _changed: int) -> Source:
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        return Source(path, tuple(schema.names), tuple(schema.types), file.metadata.num_rows)


def open_source(path: str | Path) -> Source:
    """Read a file's footer, once per file and process. Raises TableError where there is no readable Parquet file."""
    real = Path(path).resolve()
    if _GLOB_SIGNS.intersection(str(real)):
        raise TableError(f"a path with a wildcard sign cannot be queried: {real}")
    try:
        seen = real.stat()
        return _read_footer(str(real), seen.st_size, seen.st_mtime_ns)
    except (OSError, pa.ArrowException) as error:
        raise TableError(f"cannot read the table {real}: {error}") from error
