"""Takes the data records of a table one by one: the right width goes through, others are mended or set aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from . import records
from .fitting import LEARN_FROM, Fitting
from .layout import Layout, is_blank
from .notes import Refused
from .records import Flawed
from .refused import RefusedRows
from .split import Dialect, otherwise
from .table import CellWriter, Job
from .warehouse import row_writer

REPAIRS_SHOWN = 5


class Rows:
    """The rows of one table. What is certain is mended and told; what is not is refused, with its line.

    Certain is: empty cells beyond the last column; cells missing at the end where many rows lack them; one empty cell
    too many that can be left out in one way only; another delimiter in this row alone that gives the right cells.
    """

    def __init__(
        self,
        job: Job,
        plan: Layout,
        writer: CellWriter,
        lines: records.Lines,
        aside: Callable[[int, list[str]], bool] | None,
        fitting: Fitting,
        short_is_usual: bool,
    ) -> None:
        self.job, self.width, self.writer, self.lines, self.aside = job, plan.width, writer, lines, aside
        self.fitting, self.short_is_usual = fitting, short_is_usual
        self.refused = RefusedRows(job)
        self.put_aside: list[int] = []
        self.headers_again = self.blank = self.first_blank = 0
        self.longest, self.most = job.limits.cell, job.limits.rows
        self.mended: dict[str, list[tuple[int, int]]] = {}
        self.cells: Path | None = None
        self._spelled: Callable[[Sequence[str]], object] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.refused.close()
        if self._spelled is not None:
            self._spelled_file.close()
        for code, rows in self.mended.items():
            note = self.job.notes.info if code == "empty_cells_at_end" else self.job.notes.warning
            lines = [line for line, _ in rows[:REPAIRS_SHOWN]]
            note(code, line=lines[0], count=len(rows), lines=lines, found=rows[0][1], expected=self.width)

    def spell(self, header: Sequence[str]) -> None:
        """Begin the file of cells as they are spelled, if it is wanted: the header that was found, if one was."""
        if not self.job.want_csv:
            return
        self.cells = self.job.out / "cells.csv"
        self._spelled_file = self.cells.open("w", encoding="utf-8", errors="replace", newline="")
        self._spelled = row_writer(self._spelled_file)
        if header:
            self._spelled(header)

    def put_aside_header(self, line: int) -> None:
        """Note that the header stands once more between the rows."""
        self.headers_again += 1
        self.mended.setdefault("header_repeated", []).append((line, self.width))

    def take(self, line: int, cells: list[str]) -> None:
        """Write one record as a row, or note why it is none."""
        if len(cells) != self.width or not cells[0] or isinstance(cells, Flawed):
            if is_blank(cells) and not (isinstance(cells, Flawed) and cells.flaw):
                self.blank += 1
                self.first_blank = self.first_blank or line
                return
            mended = self._mend(line, cells)
            if mended is None:
                if self._spelled is not None:
                    self._spelled(cells)
                return
            cells = mended
        if self.aside is not None and self.aside(line, cells):
            self.put_aside.append(line)
            return
        if self.writer.rows >= self.most:
            raise Refused("too_many_rows", line=line, expected=self.most)
        if max(map(len, cells)) > self.longest:
            at = next(at for at, cell in enumerate(cells) if len(cell) > self.longest)
            self._refuse(line, "cell_too_long", cells, found=len(cells[at]), expected=self.longest, column=at + 1)
            return
        self.lines.note(self.writer.rows, line)
        self.writer.row(cells)
        if self._spelled is not None:
            self._spelled(cells)

    def _refuse(self, line: int, reason: str, cells: list[str], *, found: int, expected: int, column: int = 0) -> None:
        if self.refused.count + self.writer.rows >= self.most:
            raise Refused("too_many_rows", line=line, expected=self.most)
        self.refused.add(line, reason, cells, found=found, expected=expected, column=column)

    def _mend(self, line: int, cells: list[str]) -> list[str] | None:
        """The cells that fit the table, or None where the row was refused."""
        found, width = len(cells), self.width
        flaw = cells.flaw if isinstance(cells, Flawed) else ""
        if not flaw and found == width:
            return cells
        code, mended = ("", None) if flaw else (self._too_long(cells) if found > width else self._too_short(cells))
        if mended is None and isinstance(cells, Flawed) and flaw in {"", "stray_quote"}:
            code, mended = "row_delimited_otherwise", self._delimited_otherwise(cells.text)
        if mended is not None:
            self.mended.setdefault(code, []).append((line, found))
            return mended
        reason = flaw if flaw not in {"", "stray_quote"} else ("row_too_short" if found < width else "row_too_long")
        self._refuse(line, reason, cells, found=found, expected=width, column=self._column(cells, reason))
        return None

    def _column(self, cells: list[str], reason: str) -> int:
        """The column to which a finding points: where cells are missing or begin to be too many, or where a byte is."""
        if isinstance(cells, Flawed) and reason == "nul_byte":
            return cells.text.split("\0", 1)[0].count(self.job.reading.delimiter or ",") + 1
        if reason == "undecodable":
            return next((at for at, cell in enumerate(cells, 1) if not cell.isprintable()), 0)
        return 0 if reason == "record_too_long" else min(len(cells), self.width) + (not reason.startswith("unclosed"))

    def _too_long(self, cells: list[str]) -> tuple[str, list[str] | None]:
        front = list(cells[: self.width])
        if is_blank(cells[self.width :]) and self._ends_where_it_should(front):
            return "empty_cells_at_end", front
        return "extra_delimiter", self.fitting.without_empties(cells)

    def _ends_where_it_should(self, front: Sequence[str]) -> bool:
        """Whether the empty cells at the end are the ones too many, and not one inside that moves all behind it."""
        if self.fitting.open_ended or self.fitting.fits(front):
            return True
        return self.fitting.rows < LEARN_FROM and all(cell.strip() for cell in front)

    def _too_short(self, cells: list[str]) -> tuple[str, list[str] | None]:
        if self.short_is_usual and len(cells) > 1 and self.fitting.fits_so_far(cells):
            return "short_rows_filled", [*cells, *[""] * (self.width - len(cells))]
        return "", None

    def _delimited_otherwise(self, text: str) -> list[str] | None:
        """The cells of a row that is written with another delimiter than the rest, where that makes it fit."""
        dialect = Dialect(self.job.reading.delimiter, self.job.reading.quotechar or '"')
        return next((cells for cells in otherwise(text, dialect, self.width) if self.fitting.fits(cells)), None)
