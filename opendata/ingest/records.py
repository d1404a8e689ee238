"""The careful way through a delimited file: one record at a time, each with its line, nothing lost on a bad quote.

RFC 4180 with the repairs that real files need: a quote in the middle of a bare cell is text, a quoted cell with stray
quotes is kept with a finding, a quote that is never closed costs its own line and not the rest of the file.
"""

from __future__ import annotations

import csv
import io
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path

from .dialect import FIELD_LIMIT, Dialect
from .encoding import Text
from .notes import Notes

LINES_IN_ONE_CELL = 2_000
CHARS_IN_ONE_RECORD = 4 * 1024 * 1024


class Lines:
    """Remembers on which line each record began, at the cost of one entry per jump."""

    def __init__(self) -> None:
        self._records = array("q", [0])
        self._offsets = array("q", [1])

    def note(self, record: int, line: int) -> None:
        """Record number `record` (from 0) began on `line` (from 1); to be called in order."""
        if line - record != self._offsets[-1]:
            self._records.append(record)
            self._offsets.append(line - record)

    def of(self, record: int) -> int:
        """The line on which record number `record` (from 0) began."""
        return record + self._offsets[bisect_right(self._records, record) - 1]


def open_text(path: Path, text: Text, newline: str) -> io.TextIOWrapper:
    """Open the file decoded, split at the line ends that the dialect names and left as written."""
    raw = path.open("rb", buffering=1024 * 1024)
    raw.seek(text.mark)
    return io.TextIOWrapper(raw, encoding=text.codec, errors="replace" if text.broken else "strict", newline=newline)


def scan(path: Path, text: Text, dialect: Dialect, notes: Notes) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells) for each physical record; a blank line is a record without cells."""
    with open_text(path, text, dialect.newline) as lines:
        yield from parse(lines, dialect, notes)


def parse(lines: Iterable[str], dialect: Dialect, notes: Notes) -> Iterator[tuple[int, list[str]]]:
    """The same over lines already decoded."""
    csv.field_size_limit(FIELD_LIMIT)
    quote, delimiter = dialect.quote, dialect.delimiter
    line = 0
    feed = iter(lines)
    waiting: list[str] = []
    while True:
        piece = waiting.pop() if waiting else next(feed, None)
        if piece is None:
            return
        line += 1
        if line <= dialect.lines_to_skip:
            continue
        if len(piece) > CHARS_IN_ONE_RECORD:
            notes.error("record_too_long", line=line, found=len(piece), expected=CHARS_IN_ONE_RECORD)
            piece = piece[:CHARS_IN_ONE_RECORD]
        if "\0" in piece:
            notes.error("nul_byte", line=line, column=piece.split("\0", 1)[0].count(delimiter) + 1)
            piece = piece.replace("\0", "")
        bare = piece.rstrip("\r\n")
        if quote not in bare:
            yield line, bare.split(delimiter) if bare else []
            continue
        cells = _strict(bare, dialect)
        if cells is not None:
            yield line, cells
            continue
        if not _open_at_end(bare, dialect) or bare.count(quote) % 2 == 0:
            yield line, _lenient(bare, dialect, line, notes)
            continue
        record, lines_taken = _gather(piece, feed, waiting, dialect)
        if record is None:
            notes.error("unclosed_quote", line=line, column=_column_of_open(bare, dialect), found=bare, expected=quote)
            yield line, _lenient(bare, dialect, line, notes=None)
            continue
        yield line, _strict(record, dialect) or _lenient(record, dialect, line, notes)
        line += lines_taken - 1


def _gather(first: str, feed: Iterator[str], waiting: list[str], dialect: Dialect) -> tuple[str | None, int]:
    """Join lines until the open quote closes, and count them; None, with the lines put back, when it does not."""
    parts, size, quotes = [first], len(first), first.count(dialect.quote)
    while True:
        piece = waiting.pop() if waiting else next(feed, None)
        if piece is not None:
            parts.append(piece)
            size += len(piece)
        if piece is None or len(parts) > LINES_IN_ONE_CELL or size > CHARS_IN_ONE_RECORD:
            waiting.extend(reversed(parts[1:]))
            return None, 1
        quotes += piece.count(dialect.quote)
        if dialect.quote in piece and quotes % 2 == 0:
            joined = "".join(parts)
            bare = joined.rstrip("\r\n").replace("\0", "")
            if not _open_at_end(bare, dialect):
                if _strict(bare, dialect) is None and len(parts) > 2 and _lines_stand_alone(parts[1:], dialect):
                    waiting.extend(reversed(parts[1:]))
                    return None, 1
                return bare, len(parts)


def _lines_stand_alone(parts: list[str], dialect: Dialect) -> bool:
    """Whether the lines swallowed by an open quote parse well one by one: then the first quote was the mistake."""
    alone = [_strict(part.rstrip("\r\n"), dialect) for part in parts]
    widths = {len(cells) for cells in alone if cells}
    return all(cells is not None for cells in alone[:-1]) and len(widths) == 1 and widths != {1}


def _strict(text: str, dialect: Dialect) -> list[str] | None:
    try:
        reader = csv.reader(
            [text],
            delimiter=dialect.delimiter,
            quotechar=dialect.quote,
            escapechar=dialect.escape or None,
            strict=True,
        )
        return next(reader, [])
    except csv.Error:
        return None


def _open_at_end(text: str, dialect: Dialect) -> bool:
    """Whether a quoted cell is still open at the end of the text."""
    return _walk(text, dialect)[1]


def _column_of_open(text: str, dialect: Dialect) -> int:
    return len(_walk(text, dialect)[0])


def _walk(text: str, dialect: Dialect) -> tuple[list[str], bool, int]:
    """Split leniently: (cells, still open at the end, column of the first stray quote or 0)."""
    quote, delimiter, escape = dialect.quote, dialect.delimiter, dialect.escape
    cells: list[str] = []
    at, end, stray = 0, len(text), 0
    while True:
        if text[at : at + 1] == quote:
            value: list[str] = []
            at += 1
            while True:
                close = text.find(quote, at)
                if close < 0:
                    cells.append("".join(value) + text[at:])
                    return cells, True, stray
                if escape and text[close - 1 : close] == escape and close > at:
                    value.append(text[at : close - 1] + quote)
                    at = close + 1
                    continue
                value.append(text[at:close])
                after = text[close + 1 : close + 2]
                if after == quote:
                    value.append(quote)
                    at = close + 2
                elif after in ("", delimiter):
                    at = close + 1
                    break
                elif text[close + 1 :].lstrip(" ")[:1] in ("", delimiter) and delimiter != " ":
                    at = end - len(text[close + 1 :].lstrip(" "))
                    break
                else:
                    stray = stray or len(cells) + 1
                    value.append(quote)
                    at = close + 1
            cells.append("".join(value))
        else:
            stop = text.find(delimiter, at)
            stop = end if stop < 0 else stop
            cells.append(text[at:stop])
            at = stop
        if at >= end:
            return cells, False, stray
        at += 1


def _lenient(text: str, dialect: Dialect, line: int, notes: Notes | None) -> list[str]:
    """Split what breaks the rules: by the quotes where they pair, else by the delimiters alone."""
    cells, still_open, stray = _walk(text, dialect)
    if still_open:
        cells = [part.strip(dialect.quote) if dialect.quote in part else part for part in text.split(dialect.delimiter)]
        stray = next((at for at, part in enumerate(text.split(dialect.delimiter), 1) if dialect.quote in part), 0)
    if stray and notes is not None:
        notes.warning("stray_quote", line=line, column=stray, found=cells[stray - 1], expected=dialect.quote * 2)
    return cells
