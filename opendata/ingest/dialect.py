"""Judges how a delimited file is written: line ends, delimiter, quote and escape.

Each candidate parses the head of the file under RFC 4180. The one wins whose records agree most in width and whose
cells look most like single values; the whole file is then read with it, so a wrong judgement shows as ragged rows, not
as data.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

from .encoding import Text
from .split import SPACES, Dialect, walk

HEAD_CHARS = 262_144
HEAD_RECORDS = 1_000
# How believable each mark is as a delimiter before the file is seen. Marks that stand in plain text are believed less.
DELIMITERS = {
    ",": 1.0, "\t": 1.0, ";": 0.99, "|": 0.98, "\x01": 0.98, "\x1f": 0.98, "\x02": 0.98, "\x1e": 0.98, "~": 0.9,
    "^": 0.9, "¦": 0.9, "§": 0.9, "，": 0.7, "；": 0.7, "、": 0.6, "#": 0.6, "&": 0.6, "*": 0.6, "@": 0.55, "!": 0.55,
    "=": 0.55, ":": 0.55, " ": 0.5, "/": 0.5,
}  # fmt: skip
IN_PLAIN_TEXT = frozenset(":，；、#&*@!=/ ")
QUOTES = "'`~|^$%*@«"
ONE_COLUMN = 0.18

_NUMBER = re.compile(r"\s*[+-]?[\d０-９]+([.,]\d+)*([eE][+-]?\d+)?\s*%?\s*")
_MOMENT = re.compile(
    r"\s*\d{1,4}[-/.年]\d{1,2}([-/.月]\d{1,4}日?)?([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?\s*"
)
_TIME = re.compile(r"\s*\d{1,2}:\d{2}(:\d{2})?\s*")


def head_of(path: Path, text: Text) -> str:
    """The first quarter of a million characters, whole lines only where there are any."""
    with path.open("rb") as raw:
        raw.seek(text.mark)
        piece = raw.read(HEAD_CHARS * 4 if text.codec.startswith("utf-32") else HEAD_CHARS * 2)
        complete = not raw.read(1)
    head = piece.decode(text.codec, "replace").replace("\0", "")
    if not complete or len(head) > HEAD_CHARS:
        cut = max(head.rfind("\n", 0, HEAD_CHARS), head.rfind("\r", 0, HEAD_CHARS))
        head = head[: cut + 1] if cut > 0 else head[:HEAD_CHARS]
    return head


def detect(head: str, forced: str = "") -> Dialect:
    """Judge the dialect of a file by its head; `forced` settles the delimiter."""
    newline, ending = line_ends(head)
    skip = 0
    if told := re.match(r"sep=(.)\r?\n", head):
        forced, skip = forced or told[1], 1
        head = head[told.end() :]
    lines = [line.rstrip("\r\n") for line in _split(head, newline)]
    best = (ONE_COLUMN, forced or ",", '"', "", 1)
    for delimiter, prior in _candidates(head, lines, forced):
        for quote, escape, weight in _quotes(head, delimiter):
            agreed, width = _score(lines, delimiter, quote, escape)
            mark = prior * weight * agreed
            if mark > best[0] + 1e-9:
                best = (mark, delimiter, quote, escape, width)
    if forced and best[0] == ONE_COLUMN:
        quote, escape, _ = max(_quotes(head, forced), key=lambda way: _score(lines, forced, way[0], way[1])[0] * way[2])
        best = (1.0, forced, quote, escape, 0)
    return Dialect(best[1], best[2], best[3], newline, ending, skip, best[4])


def _candidates(head: str, lines: list[str], forced: str) -> list[tuple[str, float]]:
    """The delimiters to try: the marks that occur, and their doubles and pairs with a space where those occur as often.

    A longer delimiter is the finer reading of the same cells, so it wins over the mark alone by a little.
    """
    if forced:
        return [(forced, 1.0)]
    found = []
    for mark, prior in DELIMITERS.items():
        if mark not in head:
            continue
        found.append((mark, prior))
        if mark == " ":
            found += [(SPACES, 0.8)] if SPACES in head else []
            continue
        alone = head.count(mark)
        for longer, times in ((mark * 2, 2), (mark + " ", 1), (f" {mark} ", 1), (f"{mark}~{mark}", 2)):
            if head.count(longer) * times >= alone * 0.9 and len(lines) > 1:
                found.append((longer, prior * 1.06))
    return found


def line_ends(head: str) -> tuple[str, str]:
    """What ends a record, and the name of it: LF, CRLF, CR, or mixed."""
    both = head.count("\r\n")
    line_feeds, returns = head.count("\n") - both, head.count("\r") - both
    if returns and not line_feeds and not both:
        return "\r", "CR"
    if both and not line_feeds and not returns:
        return "\n", "CRLF"
    if both and (line_feeds or returns) and min(both, line_feeds + returns) * 20 > both:
        return ("" if returns > max(2, both) else "\n"), "mixed"
    if returns > max(2, line_feeds // 10) and not both:
        return "", "mixed"
    return "\n", "CRLF" if both > line_feeds else "LF"


def _split(head: str, newline: str) -> list[str]:
    return head.split(newline) if newline else re.split(r"\r\n|\r|\n", head)


def _quotes(head: str, delimiter: str) -> list[tuple[str, str, float]]:
    """The ways of quoting to try, with how believable each is beforehand."""
    ways = [('"', "", 1.0)]
    if '\\"' in head:
        ways.append(('"', "\\", 1.001 if _escapes(head, delimiter) else 0.999))
    edge = r"[ ]{2,}" if delimiter == SPACES else re.escape(delimiter)
    double = _enclosed(head, edge, '"')
    for quote in QUOTES:
        if quote in delimiter or quote not in head:
            continue
        single = _enclosed(head, edge, quote)
        if single > 3 * double and single * 3 > head.count(quote) // 2:
            ways.append((quote, "", 1.01))
            if f"\\{quote}" in head:
                ways.append((quote, "\\", 1.011))
    return ways


def _escapes(head: str, delimiter: str) -> bool:
    """Whether a backslash stands before quotes that close nothing, while no quote is doubled: an escape mark then."""
    edge = re.escape(delimiter)
    inside = re.search(rf'\\"(?!{edge}|\r?$|")|\\""(?={edge}|\r?$)', head, re.MULTILINE)
    return inside is not None and not re.search(rf'[^\\\s"{edge[-1:]}]""(?!")', head)


def _enclosed(head: str, edge: str, quote: str) -> int:
    mark = re.escape(quote)
    return len(re.findall(rf"(?:^|{edge}){mark}[^{mark}\n]*{mark}(?={edge}|\r?$)", head, re.MULTILINE))


def _parse(lines: list[str], delimiter: str, quote: str, escape: str) -> list[list[str]]:
    if len(delimiter) > 1 or escape:
        dialect = Dialect(delimiter, quote, escape)
        return [walk(line, dialect).cells for line in lines[:HEAD_RECORDS] if line]
    reader = csv.reader((line.replace("\r", " ") + "\n" for line in lines), delimiter=delimiter, quotechar=quote)
    records = []
    for record in reader:
        records.append(record)
        if len(records) >= HEAD_RECORDS:
            break
    return records


def _score(lines: list[str], delimiter: str, quote: str, escape: str) -> tuple[float, int]:
    """How well the records agree in width, times how much their cells look like single values (0 to 1); the width."""
    records = [record for record in _parse(lines, delimiter, quote, escape) if any(cell.strip() for cell in record)]
    widths = Counter(len(record) for record in records)
    if not records or max(widths) < 2:
        return 0.0, 1
    width, count = max(((w, n) for w, n in widths.items() if w > 1), key=lambda pair: pair[1] * (1 - 0.5 / pair[0]))
    agree = count / len(records)
    if delimiter in IN_PLAIN_TEXT and (agree < (0.95 if len(records) > 3 else 1.0) or (delimiter != ":" and width < 3)):
        return 0.0, 1  # such marks are common inside plain text and times
    if count == 1 and len(records) > 2:
        agree /= 2
    cells = [cell for record in records if len(record) == width for cell in record][:20_000]
    if delimiter in IN_PLAIN_TEXT and sum(map(bool, cells)) * 2 < len(cells):
        return 0.0, 1
    tidy = sum(_tidy(cell, delimiter, quote) for cell in cells) / len(cells)
    return agree * (1 - 0.5 / width) * tidy**1.5, width


def _tidy(cell: str, delimiter: str, quote: str) -> float:
    """1 for what looks like one value, less for what looks like several glued together or torn apart."""
    if not cell or _NUMBER.fullmatch(cell) or _MOMENT.fullmatch(cell) or _TIME.fullmatch(cell):
        return 1.0
    if len(cell) > 4096 or "\n" in cell:
        return 0.7
    stray = cell.count(quote) + (cell.count('"') if quote != '"' else 0)
    if stray and (cell[0] in "\"'" or cell[-1] in "\"'" or stray % 2):
        return 0.3
    others = sum(cell.count(mark) for mark in "\t|;\x01\x1f" if mark not in delimiter)
    if "," not in delimiter and re.search(r"\S,\S", cell):
        others += 1
    return 1.0 if not others else 0.5
