"""Writes the demonstration's files as departments would send them: CSV in several encodings, XLSX, JSON."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from pathlib import PurePath
from random import Random

import xlsxwriter

from demo.shape import SAMPLE, DataFile, DemoEntry, Row

CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001  # a fixed day, so that the same rows make the same bytes


def file_bytes(entry: DemoEntry, file: DataFile) -> bytes:
    """Returns the bytes of a file of an entry; they depend on the code and the name alone."""
    header = [column.name for column in entry.columns if column.is_open]
    rows = _rows(entry, file, len(header))
    suffix = PurePath(file.filename).suffix
    if suffix == ".csv":
        return _csv(header, rows).encode(file.encoding)
    if suffix == ".xlsx":
        return _xlsx(header, rows)
    if suffix == ".json":
        return _json(header, rows)
    raise ValueError(f"no writer for {file.filename}")


def _rows(entry: DemoEntry, file: DataFile, width: int) -> Iterator[Row]:
    # The seed makes sample data, nothing secret.
    for row in file.rows(Random(f"{entry.code} {file.filename}")):  # noqa: S311
        whole = row if entry.facts else (*row, SAMPLE)
        if len(whole) != width:
            raise ValueError(f"{file.filename}: {len(whole)} cells under {width} names")
        yield whole


def _csv(header: list[str], rows: Iterator[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _xlsx(header: list[str], rows: Iterator[Row]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": SAMPLE, "created": CREATED})
        sheet = book.add_worksheet(SAMPLE)
        for number, row in enumerate([tuple(header), *rows]):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def _json(header: list[str], rows: Iterator[Row]) -> bytes:
    found = [dict(zip(header, row, strict=True)) for row in rows]
    return json.dumps(found, ensure_ascii=False, indent=1, default=str).encode()
