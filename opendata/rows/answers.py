"""A page of rows in the formats of the API, and the answers that are kept for versions that never change."""

import io
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import StrEnum

import pyarrow as pa
import pyarrow.parquet as pq

from opendata.rows.csvtext import csv_header, csv_rows
from opendata.rows.engine import Page
from opendata.rows.present import dumps, ndjson, records
from opendata.rows.schema import Column, ColumnType
from opendata.rows.tree import Count


class RowFormat(StrEnum):
    """The formats of an answer, under the names that ``format=`` takes; the first is what nobody has to ask for."""

    JSON = "json"
    CSV = "csv"
    NDJSON = "ndjson"
    PARQUET = "parquet"
    ARROW = "arrow"


MEDIA_TYPES = {
    RowFormat.JSON: "application/json",
    RowFormat.CSV: "text/csv",
    RowFormat.NDJSON: "application/x-ndjson",
    RowFormat.PARQUET: "application/vnd.apache.parquet",
    RowFormat.ARROW: "application/vnd.apache.arrow.stream",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A rendered page. ``body`` is the whole content, of JSON the array of rows, which stands within an envelope."""

    body: bytes
    columns: tuple[Column, ...]
    rows: int
    next_cursor: str | None
    total: int | None
    total_is: Count


def render(page: Page, fmt: RowFormat) -> Answer:
    """Write a page in a format."""
    return Answer(_body(page, fmt), page.columns, len(page.rows), page.next_cursor, page.total, page.total_is)


def _body(page: Page, fmt: RowFormat) -> bytes:
    match fmt:
        case RowFormat.JSON:
            return dumps(list(records(page.columns, page.rows)))
        case RowFormat.NDJSON:
            return b"".join(ndjson(page.columns, page.rows))
        case RowFormat.CSV:
            return csv_header(page.columns) + (csv_rows(page.columns, arrays(page)) if page.rows else b"")
    table = pa.Table.from_arrays(arrays(page), names=[column.name for column in page.columns])
    sink = io.BytesIO()
    if fmt is RowFormat.PARQUET:
        pq.write_table(table, sink, compression="zstd")
    else:
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    return sink.getvalue()


def arrays(page: Page) -> list[pa.Array]:
    """Return the columns of a page in the types in which they are stored; lists and the like as text."""
    made = []
    for at, (column, kind) in enumerate(zip(page.columns, page.kinds, strict=True)):
        shown = pa.string() if column.type is ColumnType.OTHER or pa.types.is_null(kind) else kind
        made.append(pa.array([row[at] for row in page.rows], type=shown))
    return made


@dataclass(slots=True)
class Kept:
    """Answers by what they depend on, the longest unused dropped first, at most ``most`` bytes of them."""

    most: int
    widest: int
    size: int = 0
    _answers: OrderedDict[Hashable, Answer] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Hashable) -> Answer | None:
        """Return the answer kept under a key."""
        with self._lock:
            found = self._answers.get(key)
            if found is not None:
                self._answers.move_to_end(key)
            return found

    def put(self, key: Hashable, answer: Answer) -> None:
        """Keep an answer, unless it is too large to be worth it."""
        if len(answer.body) > self.widest:
            return
        with self._lock:
            if key not in self._answers:
                self._answers[key] = answer
                self.size += _size(answer)
            while self.size > self.most:
                _key, dropped = self._answers.popitem(last=False)
                self.size -= _size(dropped)


def _size(answer: Answer) -> int:
    """Say about how many bytes an answer takes: its content, and what Python adds to it."""
    return len(answer.body) + 1_000


KEPT = Kept(32 * 1024 * 1024, 1024 * 1024)
