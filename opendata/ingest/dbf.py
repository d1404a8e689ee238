"""Reads the table of a shapefile (dBASE III+) as text: every cell as it is spelled, in the encoding it is in."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .notes import Refused

LANGUAGES = {
    0x03: "cp1252",
    0x4D: "gb18030",
    0x4F: "big5",
    0x57: "cp1252",
    0x58: "cp1252",
    0x59: "cp1252",
    0x7A: "gb18030",
}
PAGES = {"936": "gb18030", "54936": "gb18030", "950": "big5", "1252": "cp1252", "65001": "utf-8", "utf8": "utf-8"}
SAMPLE = 4 * 1024 * 1024
KINDS = frozenset("CNFLDMIBOTY@+")
TEXT_KINDS = frozenset("CM")


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name, its type letter, and where its bytes stand in a record."""

    name: str
    kind: str
    start: int
    length: int


class Table:
    """The header of a dBASE file, and its records one by one."""

    def __init__(self, path: Path, declared: str = "") -> None:
        self.path = path
        with path.open("rb") as file:
            head = file.read(32)
            if len(head) < 32:
                raise Refused("damaged_file", found="dbf")
            self.rows, self.first, self.width = struct.unpack("<IHH", head[4:12])
            rest = file.read(max(0, self.first - 32))
            sample = file.read(SAMPLE)
        self.encoding = _encoding(declared, head[29], rest + sample)
        self.fields = _fields(rest, self.encoding)
        if not self.fields or self.fields[-1].start + self.fields[-1].length > self.width:
            raise Refused("damaged_file", found="dbf")
        there = max(0, path.stat().st_size - self.first) // max(1, self.width)
        if there < self.rows:
            raise Refused("rows_lost", found=there, expected=self.rows)

    def records(self) -> Iterator[tuple[bool, list[str] | None]]:
        """(deleted, cells) for each record; None for cells that are not in the encoding."""
        with self.path.open("rb") as file:
            file.seek(self.first)
            for _ in range(self.rows):
                raw = file.read(self.width)
                yield raw[:1] == b"*", self._cells(raw)

    def _cells(self, raw: bytes) -> list[str] | None:
        try:
            return [_cell(field, raw[field.start : field.start + field.length], self.encoding) for field in self.fields]
        except UnicodeDecodeError:
            return None


def _fields(head: bytes, encoding: str) -> list[Field]:
    found: list[Field] = []
    start = 1
    for at in range(0, len(head) - 31, 32):
        piece = head[at : at + 32]
        if piece[:1] in (b"\r", b"\0"):
            break
        kind, length = chr(piece[11]), piece[16]
        if kind not in KINDS:
            raise Refused("damaged_file", found=f"dbf: {kind!r}")
        name = piece[:11].split(b"\0", 1)[0].decode(encoding, "replace").strip()
        found.append(Field(name, kind, start, length))
        start += length
    return found


def _cell(field: Field, raw: bytes, encoding: str) -> str:
    text = raw.decode(encoding).replace("\0", " ").strip()
    if field.kind == "D" and len(text) == 8 and text.isdigit():
        return f"{text[:4]}-{text[4:6]}-{text[6:]}" if text != "00000000" else ""
    if field.kind == "L":
        return {"t": "true", "y": "true", "f": "false", "n": "false"}.get(text.lower(), "")
    if field.kind in "NF" and text and not text.strip("*"):
        return ""  # a number that did not fit is written as asterisks
    return text


def _encoding(declared: str, language: int, sample: bytes) -> str:
    """The encoding: as the .cpg file says, as the language mark says, else as the bytes can be read."""
    words = declared.strip().lower().replace("-", "").replace("oem", "").replace("ansi", "").replace("cp", "").split()
    word = words[-1] if words else ""
    if word in PAGES:
        return PAGES[word]
    if word.startswith("gb"):
        return "gb18030"
    named = {"88591": "latin-1", "iso88591": "latin-1", "big5": "big5"}.get(word, "")
    if named:
        return named
    for codec in ("utf-8", "gb18030"):
        if LANGUAGES.get(language, codec) in {codec, "cp1252"} and _reads(sample, codec):
            return codec
    return LANGUAGES.get(language, "latin-1")


def _reads(sample: bytes, codec: str) -> bool:
    """Whether the bytes are of this encoding; a character cut in two at the end does not count."""
    try:
        sample.decode(codec)
    except UnicodeDecodeError as error:
        return error.start > len(sample) - 4 and len(sample) >= SAMPLE
    return True
