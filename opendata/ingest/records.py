"""The careful way through a delimited file: one record at a time, each with its line, nothing lost on a bad quote.

RFC 4180 with the repairs that real files need: a quote in the middle of a bare cell is text, a quoted cell with stray
quotes is kept with a finding, a quote that is never closed costs its own line and not the rest of the file. What stays
in doubt is handed on as a Flawed record, with its text as written, for the table to take or refuse.
"""

from __future__ import annotations

import codecs
import io
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path

from .encoding import Text
from .notes import Notes
from .split import Dialect, bare_cells, fit, strict, walk

LINES_IN_ONE_CELL, LINES_AFTER_FAILURES, FAILURES = 2_000, 20, 50
MOST_REPAIRS, MOST_TRIES = 5_000, 100
_BROKEN = re.compile("[\ud800-\udfff]")
CHARS_IN_ONE_RECORD = 4 * 1024 * 1024


def _mark(error: UnicodeError) -> tuple[str, int]:
    """Put a lone surrogate for each byte that cannot be decoded, so that its row can be told from the others."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("opendata.mark", _mark)


class Flawed(list[str]):
    """The cells of a record that does not fit, with its text as written and what is wrong with it (a finding's code).

    Without a flaw the record only has another number of cells than most.
    """

    __slots__ = ("flaw", "text")

    def __init__(self, cells: Iterable[str], text: str, flaw: str = "") -> None:
        super().__init__(cells)
        self.text, self.flaw = text, flaw


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
    return io.TextIOWrapper(
        raw, encoding=text.codec, errors="opendata.mark" if text.broken else "strict", newline=newline
    )


def scan(path: Path, text: Text, dialect: Dialect, notes: Notes) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells) for each physical record; a blank line is a record without cells."""
    with open_text(path, text, dialect.newline) as lines:
        yield from parse(lines, dialect, notes)


def parse(lines: Iterable[str], dialect: Dialect, notes: Notes) -> Iterator[tuple[int, list[str]]]:
    """The same over lines already decoded."""
    yield from _Parser(lines, dialect, notes).records()


def marked(source: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """The same records; those with bytes that could not be decoded are flawed."""
    for line, cells in source:
        if any(not cell.isascii() and _BROKEN.search(cell) for cell in cells):
            text = cells.text if isinstance(cells, Flawed) else ",".join(cells)
            yield line, Flawed(cells, text, "undecodable")
        else:
            yield line, cells


class _Parser:
    """Reads lines one by one, several for a record whose quoted cell holds line ends."""

    def __init__(self, lines: Iterable[str], dialect: Dialect, notes: Notes) -> None:
        self.feed = iter(lines)
        self.waiting: list[str] = []
        self.dialect, self.notes, self.width = dialect, notes, dialect.width
        self.line = 0
        self.failures = self.repairs = 0

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (line, cells) for each record."""
        quote, width = self.dialect.quote, self.width
        for piece in self._pieces():
            self.line += 1
            if self.line <= self.dialect.lines_to_skip:
                continue
            bare = piece.rstrip("\r\n")
            if len(piece) > CHARS_IN_ONE_RECORD:
                yield self.line, Flawed([bare[:200]], bare[:2000], "record_too_long")
            elif "\0" in bare:
                yield self.line, Flawed(bare_cells(bare.replace("\0", ""), self.dialect), bare, "nul_byte")
            elif quote not in bare:
                cells = bare_cells(bare, self.dialect)
                yield self.line, cells if len(cells) == width or not cells else Flawed(cells, bare)
            else:
                began = self.line
                yield began, self._with_quotes(piece, bare)

    def _pieces(self) -> Iterator[str]:
        while True:
            piece = self.waiting.pop() if self.waiting else next(self.feed, None)
            if piece is None:
                return
            yield piece

    def _with_quotes(self, piece: str, bare: str) -> list[str]:
        cells = strict(bare, self.dialect)
        if cells is not None:
            return cells if len(cells) == self.width else Flawed(cells, bare)
        if not walk(bare, self.dialect).open:
            return self._repaired(bare)
        parts = self._gather(piece)
        joined = "".join(parts).rstrip("\r\n")
        whole = strict(joined, self.dialect) if len(parts) > 1 else None
        if whole is not None and (len(whole) == self.width or not self.width):
            return self._took(parts, whole)
        alone = self._fitting(bare)
        if alone is not None:
            self.waiting.extend(reversed(parts[1:]))
            return self._noted(alone, bare)
        if whole is not None and not self._stand_alone(parts[1:]):
            return self._took(parts, Flawed(whole, joined))
        self.waiting.extend(reversed(parts[1:]))
        cells = walk(bare, self.dialect).cells
        return Flawed(cells, bare, "unclosed_quote")

    def _took(self, parts: list[str], cells: list[str]) -> list[str]:
        self.line += len(parts) - 1
        return cells

    def _fitting(self, bare: str) -> list[str] | None:
        self.repairs += 1
        return fit(bare, self.dialect, self.width) if self.repairs <= MOST_REPAIRS else None

    def _repaired(self, bare: str) -> list[str]:
        """The cells of a record with stray quotes that closes all the same."""
        walked = walk(bare, self.dialect)
        if self.width and len(walked.cells) != self.width:
            fitting = self._fitting(bare)
            if fitting is not None:
                return self._noted(fitting, bare)
            return Flawed(walked.cells, bare, "stray_quote")
        return self._noted(walked.cells, bare)

    def _noted(self, cells: list[str], bare: str) -> list[str]:
        quote = self.dialect.quote
        at = next((at for at, cell in enumerate(cells) if quote in cell), 0)
        found = cells[at] if cells else bare
        self.notes.warning("stray_quote", line=self.line, column=at + 1, found=found, expected=quote * 2)
        return cells

    def _gather(self, first: str) -> list[str]:
        """The lines from one with an open quote to the one where it closes; the first alone where it never does."""
        most = LINES_IN_ONE_CELL if self.failures < FAILURES else LINES_AFTER_FAILURES
        quote = self.dialect.quote
        parts, size, quotes, tries = [first], len(first), first.count(quote), 0
        while len(parts) <= most and size <= CHARS_IN_ONE_RECORD and tries < MOST_TRIES:
            piece = self.waiting.pop() if self.waiting else next(self.feed, None)
            if piece is None:
                break
            parts.append(piece)
            size += len(piece)
            if quote in piece:
                quotes += piece.count(quote)
                if quotes % 2 == 0:
                    tries += 1
                    if not walk("".join(parts).rstrip("\r\n"), self.dialect).open:
                        return parts
        self.failures += 1
        self.waiting.extend(reversed(parts[1:]))
        return [first]

    def _stand_alone(self, parts: list[str]) -> bool:
        """Whether the lines swallowed by an open quote parse well one by one: then the first quote was the mistake."""
        alone = [strict(part.rstrip("\r\n"), self.dialect) for part in parts]
        return any(cells is not None and len(cells) == self.width for cells in alone)
