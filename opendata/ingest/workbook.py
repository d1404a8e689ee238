"""Reads one sheet of an XLSX, XLS or ODS workbook; the others are named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import python_calamine as calamine

from . import xlsxguard
from .body import Record, pour
from .layout import Layout, filled
from .notes import Refused
from .reading import Sheet
from .table import Cells, Job

ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
HEADER_ROWS = 12
EXACT_WHOLE = 10**15


def read(job: Job) -> None:
    """Read the first visible sheet, or the one asked for, into the job's reading."""
    job.stage("workbook")
    if job.reading.format == "xlsx" and _is_encrypted(job):
        raise Refused("encrypted_file")
    if job.reading.format in {"xlsx", "ods"}:
        xlsxguard.check_archive(job.path, job.limits)
    try:
        with calamine.load_workbook(str(job.path)) as book:
            name = _choose(job, book)
            bounds = xlsxguard.check_sheet(job.path, name, job.limits) if job.reading.format == "xlsx" else None
            if bounds is not None:
                _report(job, bounds)
            sheet = book.get_sheet_by_name(name)
    except calamine.PasswordError as error:
        raise Refused("encrypted_file") from error
    except calamine.CalamineError as error:
        raise Refused("damaged_file", found=error) from error
    job.stage("records")
    _SheetReader(job, sheet).pour()


def _is_encrypted(job: Job) -> bool:
    with job.path.open("rb") as file:
        if file.read(4) == b"PK\x03\x04":
            return False
        file.seek(0)
        if ENCRYPTED in file.read(1024 * 1024):
            return True
    raise Refused("not_what_the_name_says", found="xls", expected="xlsx")


def _choose(job: Job, book: calamine.CalamineWorkbook) -> str:
    known = [
        Sheet(meta.name, hidden=meta.visible != calamine.SheetVisibleEnum.Visible)
        for meta in book.sheets_metadata
        if meta.typ == calamine.SheetTypeEnum.WorkSheet
    ]
    if not known:
        raise Refused("no_data")
    asked = str(job.overrides.get("sheet") or "")
    chosen = next((sheet for sheet in known if sheet.name == asked), None) if asked else None
    if asked and chosen is None:
        raise Refused("unknown_sheet", found=asked, expected=", ".join(sheet.name for sheet in known))
    chosen = chosen or next((sheet for sheet in known if not sheet.hidden), known[0])
    chosen.read = True
    job.reading.sheets = known
    others = [sheet.name for sheet in known if not sheet.read and not sheet.hidden]
    hidden = [sheet.name for sheet in known if sheet.hidden]
    if others:
        job.notes.info("other_sheets", found=chosen.name, count=len(others), names=others[:20])
    if hidden:
        job.notes.warning("hidden_sheets", count=len(hidden), names=hidden[:20])
    return chosen.name


def _report(job: Job, bounds: xlsxguard.Bounds) -> None:
    if bounds.claimed_rows > bounds.rows + 1000 or bounds.claimed_columns > bounds.columns + 50:
        job.notes.info(
            "sheet_claims_more",
            found=f"{bounds.claimed_rows} × {bounds.claimed_columns}",
            expected=f"{bounds.rows} × {bounds.columns}",
        )
    if bounds.errors:
        job.notes.warning("error_cells", count=bounds.errors)


class _SheetReader:
    """Turns the rows of a sheet into records of text, and remembers which columns hold only text."""

    def __init__(self, job: Job, sheet: calamine.CalamineSheet) -> None:
        self.job, self.sheet = job, sheet
        self.numbers: set[int] = set()
        self.counting_from = 0
        self.merged: dict[int, list[tuple[int, int, int]]] = {}
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
            self.merged.setdefault(top + 1, []).append((bottom + 1, left, right))

    def pour(self) -> None:
        """Read all rows."""
        pour(self.job, self._records(), depth=self._depth, aside=self._is_group, complete=self._complete)

    def _records(self) -> Iterator[Record]:
        for number, row in enumerate(self.sheet.iter_rows(), 1):
            cells = []
            for at, value in enumerate(row):
                if not isinstance(value, str):
                    self.numbers.add(at)
                    cells.append(as_text(value))
                else:
                    cells.append(value.replace("\0", "") if "\0" in value else value)
            yield number, cells

    def _depth(self, line: int) -> int:
        """The height of a header that begins on `line`, told by cells merged downwards from there."""
        bottoms = [bottom for bottom, _, _ in self.merged.get(line, []) if bottom - line < HEADER_ROWS]
        wide = [right for bottom, left, right in self.merged.get(line, []) if bottom == line and right > left]
        height = max(bottoms, default=line) - line + 1
        return height if height > 1 else (2 if wide and self._text_below(line) else 1)

    def _text_below(self, line: int) -> bool:
        """Whether the row below a merged header cell is text all through: the second row of the header."""
        rows = self.sheet.iter_rows()
        for number, row in enumerate(rows, 1):
            if number == line + 1:
                return all(isinstance(value, str) for value in row) and filled([str(value) for value in row]) > 1
        return False

    def _is_group(self, line: int, cells: list[str]) -> bool:
        """Whether a row is a heading between rows: one cell, merged over half of the table or more."""
        if filled(cells) != 1:
            return False
        start = self.sheet.start[1] if self.sheet.start else 0
        spans = [
            right - left + 1 for bottom, left, right in self.merged.get(line, []) if bottom == line and left <= start
        ]
        return any(span * 2 >= len(cells) for span in spans)

    def _complete(self, cells: Cells, plan: Layout) -> None:
        merged = [line for line in self.merged if plan.preamble < line <= plan.preamble + plan.header_rows]
        if merged and plan.header_rows > 1:
            self.job.notes.info("merged_header", line=min(merged), count=sum(len(self.merged[line]) for line in merged))
        cells.written_as_text = frozenset(range(plan.width)) - self.numbers


def as_text(value: object) -> str:
    """The spelling of a cell that is no text: whole numbers without point, exact decimals, ISO dates."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < EXACT_WHOLE:
            return str(int(value))
        return format(Decimal(repr(value)), "f")
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)
