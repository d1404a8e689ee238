"""Excel workbooks, written row by row.

Text is written as text: nothing becomes a formula, a link or a number, so codes keep their zeros. A number with more
than 15 significant digits is written as text too, because Excel keeps no more. Dates before 1900 and parts of a
millisecond do not exist in Excel; such cells are ISO text. A sheet holds 1,048,575 rows under its header; the rest goes
to further sheets, each with the header, in the order of the rows. A table that a workbook cannot hold at all is
refused, never cut.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from opendata.exports.errors import ExportRefused
from opendata.rows.present import finite
from opendata.rows.schema import Column, shorten

SHEET_ROWS = 1_048_575
MAX_COLUMNS = 16_384
MAX_CELL = 32_767
_EXACT_DIGITS = 15


class _Sheets:
    """A workbook that opens its next sheet when one is full."""

    def __init__(self, book: xlsxwriter.Workbook, columns: Sequence[Column], per_sheet: int) -> None:
        self._book, self._columns, self._per_sheet = book, columns, per_sheet
        self._bold = book.add_format({"bold": True})
        self._formats = {
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            time: book.add_format({"num_format": "hh:mm:ss"}),
        }
        self._sheet: Worksheet | None = None
        self.rows = 0
        self.sheets = 0

    def open(self) -> Worksheet:
        """Open the next sheet with its header."""
        self.sheets += 1
        self._sheet = self._book.add_worksheet(f"Data {self.sheets}")
        self._sheet.freeze_panes(1, 0)
        for place, column in enumerate(self._columns):
            _text(self._sheet, 0, place, column.name, self._bold, 0)
        return self._sheet

    def write(self, row: Sequence[Any]) -> None:
        """Write one row below the last."""
        sheet, line = self._sheet, self.rows % self._per_sheet
        if sheet is None or (line == 0 and self.rows):
            sheet = self.open()
        self.rows += 1
        for place, value in enumerate(row):
            if value is not None:
                self._cell(sheet, line + 1, place, value)

    def _cell(self, sheet: Worksheet, line: int, place: int, value: Any) -> None:
        if isinstance(value, bool):
            sheet.write_boolean(line, place, value)
        elif isinstance(value, int | Decimal | float):
            if _fits_excel(value):
                sheet.write_number(line, place, value)
            else:
                sheet.write_string(
                    line, place, format(value, "f") if isinstance(value, Decimal) else str(finite(value))
                )
        elif isinstance(value, time | date):
            if _in_excels_calendar(value):
                sheet.write_datetime(line, place, value, self._formats[type(value)])
            else:
                sheet.write_string(line, place, value.isoformat())
        else:
            _text(sheet, line, place, str(value), None, self.rows)


def _fits_excel(value: Decimal | float) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    digits = Decimal(value).as_tuple().digits
    while len(digits) > 1 and digits[-1] == 0:
        digits = digits[:-1]
    return len(digits) <= _EXACT_DIGITS


def _in_excels_calendar(value: time | date) -> bool:
    whole = getattr(value, "microsecond", 0) % 1000 == 0
    return whole and (isinstance(value, time) or value.year >= 1900)


def _text(sheet: Worksheet, line: int, place: int, value: str, style: Format | None, row: int) -> None:
    # Excel counts in UTF-16 units, and XlsxWriter leaves a cell that is too long out.
    if len(value) > MAX_CELL // 2 and len(value.encode("utf-16-le")) // 2 > MAX_CELL:
        raise ExportRefused(
            _("Excel cannot hold the text “%(found)s” in row %(row)s: it has more than %(n)s characters. Choose CSV.")
            % {"row": row, "n": MAX_CELL, "found": shorten(value)}
        )
    sheet.write_string(line, place, value, style)


def write_xlsx(
    batches: Iterable[pa.RecordBatch],
    columns: Sequence[Column],
    path: Path,
    *,
    per_sheet: int = SHEET_ROWS,
) -> tuple[int, int]:
    """Write a workbook; returns the numbers of rows and of sheets. Raises ExportRefused."""
    if len(columns) > MAX_COLUMNS:
        raise ExportRefused(_("Excel holds at most %(n)s columns. Choose CSV.") % {"n": MAX_COLUMNS})
    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        sheets = _Sheets(book, columns, per_sheet)
        sheets.open()
        for batch in batches:
            for row in zip(*(array.to_pylist() for array in batch.columns), strict=True):
                sheets.write(row)
    return sheets.rows, sheets.sheets
