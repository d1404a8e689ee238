"""Finds the encoding of a text file by decoding all of it strictly, never by a sample alone.

Order: byte-order mark, UTF-8, UTF-16 without mark (zero bytes on one side), GB 18030 and Big5 by evidence, Windows.
A file that is nearly one encoding but broken somewhere is an error that names the line and the bytes: guessing on would
turn names of people and places into other characters.
"""

from __future__ import annotations

import codecs
import re
import struct
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from .notes import Notes, Refused
from .reading import WARNING

CHUNK = 1024 * 1024
SAMPLE = 4 * 1024 * 1024
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
MAGIC = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"PAR1", "parquet"),
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"\x7fELF", "ELF"),
    (b"MZ\x90", "EXE"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"{\\rtf", "RTF"),
)
ZONES = {"gb2312": range(0xB0, 0xD8), "big5": range(0xA4, 0xC7)}


@dataclass(frozen=True, slots=True)
class Text:
    """How to decode the file: Python's codec, the name people know, and the bytes of the mark to skip."""

    codec: str
    name: str
    mark: int = 0
    broken: bool = False
    zero_bytes: bool = False


def kind_by_magic(head: bytes) -> str:
    """The kind of a binary file by its first bytes, or an empty string."""
    return next((name for magic, name in MAGIC if head.startswith(magic)), "")


def detect(path: Path, notes: Notes, forced: str = "", *, rows_may_go: bool = False) -> Text:
    """Say how to decode the whole file, and note the line that cannot be decoded.

    That is an error, or a warning where the rows concerned can be set aside (`rows_may_go`).
    """
    quiet = Notes() if rows_may_go else notes
    text = _detect(path, quiet, forced)
    if rows_may_go:
        for one in quiet.findings:
            notes.take(replace(one, level=WARNING) if one.code == "cannot_decode" else one)
    return text


def _detect(path: Path, notes: Notes, forced: str) -> Text:
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if not head:
        raise Refused("empty_file")
    if forced:
        return _forced(path, notes, forced, head)
    for mark, name in MARKS:
        if head.startswith(mark):
            codec = "utf-8" if name == "utf-8-sig" else name
            text = Text(codec, name, 0 if name == "utf-32" else len(mark))
            return _must_decode(path, text, notes)
    zeros = head.count(0)
    if zeros and (wide := _wide_without_mark(head)) and _first_error(path, wide, 0) is None:
        notes.warning("utf16_without_mark", found=wide)
        return Text(wide, wide)
    _refuse_binary(head, zeros)
    bad = None if _sound_utf8(path) else _first_error(path, "utf-8", 0)
    return _unmarked(path, head, notes, bad, bool(zeros))


def _refuse_binary(head: bytes, zeros: int) -> None:
    if zeros > max(8, len(head) // 200):
        raise Refused("binary_file", found="NUL", expected="csv", count=zeros)
    start = head[:65536]
    control = [start.count(byte) for byte in range(1, 9)]
    # One such mark many times on every line is a delimiter: some programs choose the byte 01 for it.
    lines = start.count(b"\n") + start.count(b"\r")
    regular = max(control[:2]) if lines and max(control[:2]) >= lines else 0
    if sum(control) - regular > max(8, len(start) // 50):
        raise Refused("binary_file", found=head[:16].hex(" "), expected="csv")


def _unmarked(path: Path, head: bytes, notes: Notes, bad: int | None, zeros: bool) -> Text:
    if bad is None:
        return Text("utf-8", "ascii" if _is_ascii(path) else "utf-8", zero_bytes=zeros)
    if head.isascii():
        with path.open("rb") as file:
            file.seek(max(0, bad - 4096))
            head = file.read(SAMPLE).partition(b"\n")[2]
    return _not_utf8(path, head, notes, bad, zeros)


def _not_utf8(path: Path, head: bytes, notes: Notes, bad: int, zeros: bool) -> Text:
    if _nearly_utf8(head):
        return _report_broken(path, Text("utf-8", "utf-8", broken=True, zero_bytes=zeros), bad, notes)
    chinese, big5 = _chinese(head), _big5_share(head)
    if big5 > 0.9 and big5 > chinese.everyday + 0.05 and _first_error(path, "big5", 0) is None:
        notes.warning("encoding_judged", found="big5")
        return Text("big5", "big5", zero_bytes=zeros)
    if chinese.everyday >= 0.7 or (chinese.everyday >= 0.3 and chinese.in_runs >= 0.7):
        error = _first_error(path, "gb18030", 0)
        if error is None:
            name = next((codec for codec in ("gb2312", "gbk") if _first_error(path, codec, 0) is None), "gb18030")
            return Text("gb18030", name, zero_bytes=zeros)
        if chinese.everyday >= 0.7 and chinese.broken <= 0.25:
            return _report_broken(path, Text("gb18030", "gb18030", broken=True, zero_bytes=zeros), error, notes)
    codec = "cp1252" if _first_error(path, "cp1252", 0) is None else "latin-1"
    notes.warning("encoding_judged", found=codec)
    return Text(codec, codec, zero_bytes=zeros)


def _forced(path: Path, notes: Notes, forced: str, head: bytes) -> Text:
    try:
        name = codecs.lookup(forced).name
    except LookupError as error:
        raise Refused("unknown_encoding", found=forced) from error
    codec, mark = name, 0
    if name in {"utf-8", "utf-8-sig"}:
        mark = 3 if head.startswith(codecs.BOM_UTF8) else 0
        codec, name = "utf-8", "utf-8-sig" if mark else "utf-8"
    if name.startswith("utf-16"):
        big = head.startswith(codecs.BOM_UTF16_BE) or name.endswith("be")
        mark = 2 if head[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else 0
        codec = name = "utf-16-be" if big else "utf-16-le"
    if name in {"gb2312", "gbk"}:
        codec = "gb18030"
    return _must_decode(path, Text(codec, name, mark, zero_bytes=b"\0" in head), notes)


def _must_decode(path: Path, text: Text, notes: Notes) -> Text:
    if text.codec == "utf-8" and _sound_utf8(path):
        return text
    error = _first_error(path, text.codec, text.mark)
    if error is None:
        return text
    return _report_broken(path, Text(text.codec, text.name, text.mark, broken=True), error, notes)


def _report_broken(path: Path, text: Text, offset: int, notes: Notes) -> Text:
    line, before = 1, b""
    newline = "\n".encode(text.codec) if text.codec.startswith(("utf-16", "utf-32")) else b"\n"
    with path.open("rb") as file:
        left = offset
        while left > 0 and (piece := file.read(min(CHUNK, left))):
            line += piece.count(newline)
            before = (before + piece)[-4096:]
            left -= len(piece)
        bad = file.read(4)
    within = before.rsplit(newline, 1)[-1].decode(text.codec, "replace")
    notes.error("cannot_decode", line=line, found=bad.hex(" ").upper(), expected=text.name, after=within[-20:])
    return text


def _first_error(path: Path, codec: str, mark: int) -> int | None:
    """The offset of the first bytes that the codec refuses, None when the whole file decodes."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    done, carried = mark, b""
    with path.open("rb") as file:
        file.seek(mark)
        while True:
            piece = file.read(CHUNK)
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                return done - len(carried) + error.start
            if not piece:
                return None
            done += len(piece)
            state = decoder.getstate()[0]
            carried = state if isinstance(state, bytes) else b""


def _sound_utf8(path: Path) -> bool:
    """Whether the whole file is UTF-8, by Arrow's check, which runs at the speed of the disk and builds no strings."""
    carried = b""
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(4 * CHUNK), b""):
            whole = carried + piece
            cut = len(whole)
            while cut and len(whole) - cut < 4 and 0x80 <= whole[cut - 1] < 0xC0:
                cut -= 1
            if cut and whole[cut - 1] >= 0xC0:
                cut -= 1
            carried = whole[cut:]
            offsets = pa.py_buffer(struct.pack("=ii", 0, cut))
            try:
                pa.Array.from_buffers(pa.utf8(), 1, [None, offsets, pa.py_buffer(whole)]).validate(full=True)
            except pa.ArrowInvalid:
                return False
    return not carried or _decodes(carried)


def _decodes(piece: bytes) -> bool:
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_ascii(path: Path) -> bool:
    with path.open("rb") as file:
        return all(piece.isascii() for piece in iter(lambda: file.read(CHUNK), b""))


def _wide_without_mark(head: bytes) -> str:
    sample = head[:4096]
    half = max(1, len(sample) // 2)
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.05 else ""


def _nearly_utf8(head: bytes) -> bool:
    """Whether the sample is UTF-8 but for a few bytes: three-byte characters do not come about by chance."""
    sample = head[:262144]
    decoded = sample.decode("utf-8", "surrogateescape")
    broken = sum("\udc80" <= char <= "\udcff" for char in decoded)
    sound = sum(not char.isascii() for char in decoded) - broken
    long_ones = sum(char >= "\u0800" for char in decoded) - broken
    return (long_ones >= 3 and long_ones > 2 * broken) or (sound > 3 and sound > 20 * broken)


@dataclass(frozen=True, slots=True)
class _Chinese:
    """Shares of the characters outside ASCII, read as GB 18030: common ones, ones in runs, broken ones."""

    everyday: float
    in_runs: float
    broken: float


def _chinese(head: bytes) -> _Chinese:
    """Weigh the sample as Chinese. Western text read so gives rare characters standing alone between Latin letters."""
    decoded = head[:1048576].decode("gb18030", "replace")
    total = sound = broken = 0.0
    for char, count in Counter(decoded).items():
        if char.isascii():
            continue
        if char == "\ufffd":
            broken += count
            continue
        total += count
        raw = char.encode("gb18030")
        common = len(raw) == 2 and (raw[0] in ZONES["gb2312"] or 0xA1 <= raw[0] <= 0xA9) and raw[1] >= 0xA1
        if common or (len(raw) == 4 and char.isalnum()):
            sound += count
    if not total:
        return _Chinese(0.0, 0.0, 1.0)
    runs = sum(len(run) for run in re.findall(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef\u0600-\u06ff]{2,}", decoded))
    return _Chinese(sound / total, runs / total, broken / (total + broken))


def _big5_share(head: bytes) -> float:
    decoded = Counter(head[:1048576].decode("big5", "replace"))
    total = sound = 0
    for char, count in decoded.items():
        if char.isascii():
            continue
        total += count
        raw = char.encode("big5", "replace")
        if char != "\ufffd" and len(raw) == 2 and (raw[0] in ZONES["big5"] or raw[0] in (0xA1, 0xA2)):
            sound += count
    return sound / total if total else 0.0
