"""Looks into a zipped workbook before a reader opens it: sizes, ratios, and the cells that are really there.

Workbook readers ask for memory by the corners of the used area, so two cells in opposite corners cost 550 GB. Here the
XML is unpacked piece by piece, never held, and only its cell addresses are read.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .notes import Refused
from .reading import Limits

CHUNK = 1024 * 1024
SMALL_XML = 8 * 1024 * 1024
ENTRIES = 20_000
RATIO, RATIO_FROM = 120, 32 * 1024 * 1024

_CELL = re.compile(rb'<(?:[A-Za-z]+:)?c\s[^>]*?\br\s*=\s*["\']([A-Z]{1,4})([0-9]{1,8})["\']')
_ERROR = re.compile(rb'<(?:[A-Za-z]+:)?c\s[^>]*?\bt\s*=\s*["\']e["\']')
_CLAIM = re.compile(rb'<(?:[A-Za-z]+:)?dimension\s[^>]*?ref\s*=\s*["\'](?:[A-Z]+[0-9]+:)?([A-Z]+)([0-9]+)["\']')
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a sheet really holds: its last row and column with a cell, its cells, its errors; and what it claims."""

    rows: int
    columns: int
    cells: int
    errors: int
    claimed_rows: int
    claimed_columns: int


def check_archive(path: Path, limits: Limits) -> None:
    """Refuse an archive that unpacks to too much, by what it says of itself; the reading below counts for real."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Refused("damaged_file", found=error) from error
    if len(entries) > ENTRIES:
        raise Refused("too_many_parts", found=len(entries), expected=ENTRIES)
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refused("encrypted_file")
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if unpacked > 2 * limits.sheet_xml or (unpacked > RATIO_FROM and unpacked > RATIO * packed):
        raise Refused("unpacks_to_too_much", found=unpacked, expected=2 * limits.sheet_xml, packed=packed)
    if any(entry.file_size > limits.sheet_xml for entry in entries):
        raise Refused("unpacks_to_too_much", found=unpacked, expected=limits.sheet_xml, packed=packed)


def check_sheet(path: Path, sheet: str, limits: Limits) -> Bounds | None:
    """Measure the sheet by its cells and refuse what a reader could not hold; None where the part is not found."""
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part_of(archive, sheet)
            if part is None:
                return None
            bounds = _measure(_pieces(archive, part, limits.sheet_xml))
    except (zipfile.BadZipFile, EOFError, OSError, ET.ParseError, zipfile.LargeZipFile) as error:
        raise Refused("damaged_file", found=error) from error
    area = bounds.rows * bounds.columns
    if bounds.columns > limits.columns:
        raise Refused("too_many_columns", found=bounds.columns, expected=limits.columns)
    if area > limits.sheet_cells:
        corner = f"{_letters(bounds.columns)}{bounds.rows}"
        if bounds.cells * 50 < area:
            raise Refused("cells_far_apart", found=corner, expected=limits.sheet_cells, cells=bounds.cells)
        raise Refused("sheet_too_large", found=bounds.cells, expected=limits.sheet_cells)
    return bounds


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    workbook = _small_xml(archive, "xl/workbook.xml")
    relations = _small_xml(archive, "xl/_rels/workbook.xml.rels")
    if workbook is None or relations is None:
        return None
    wanted = next(
        (node.get(_REL) for node in workbook.iter() if node.tag.endswith("}sheet") and node.get("name") == sheet), None
    )
    target = next((node.get("Target", "") for node in relations if node.get("Id") == wanted), "")
    if not wanted or not target:
        return None
    name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return name if name in archive.namelist() else None


def _small_xml(archive: zipfile.ZipFile, name: str) -> ET.Element | None:
    if name not in archive.namelist():
        return None
    text = b"".join(_pieces(archive, name, SMALL_XML))
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise Refused("damaged_file", found="DOCTYPE")
    return ET.fromstring(text)  # noqa: S314 — without a document type there is nothing to expand


def _pieces(archive: zipfile.ZipFile, name: str, most: int) -> Iterator[bytes]:
    """The unpacked bytes, counted as they come, whatever the archive says of their number."""
    total = 0
    with archive.open(name) as stream:
        while piece := stream.read(CHUNK):
            total += len(piece)
            if total > most:
                raise Refused("unpacks_to_too_much", found=total, expected=most, packed=0)
            yield piece


def _measure(pieces: Iterator[bytes]) -> Bounds:
    cells = errors = last_row = claimed_rows = claimed_columns = 0
    letters: set[bytes] = set()
    kept, first = b"", True
    for piece in pieces:
        text = kept + piece
        cut = text.rfind(b"<")
        text, kept = (text[:cut], text[cut:]) if cut > 0 else (text, b"")
        if first:
            first = False
            if claim := _CLAIM.search(text):
                claimed_rows, claimed_columns = int(claim[2]), _number(claim[1])
        found = _CELL.findall(text)
        cells += len(found)
        letters.update(letter for letter, _ in found)
        last_row = max(last_row, max((int(row) for _, row in found), default=0))
        errors += len(_ERROR.findall(text))
    columns = max((_number(letter) for letter in letters), default=0)
    return Bounds(last_row, columns, cells, errors, claimed_rows, claimed_columns)


def _number(letters: bytes) -> int:
    value = 0
    for letter in letters:
        value = value * 26 + letter - 64
    return value


def _letters(number: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text
