"""Reads JSON (an array of objects, or an object that holds one) and JSON Lines; numbers keep their spelling."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn, TextIO

from . import encoding
from .encoding import Text
from .names import tidy_names
from .notes import Notes, Refused, shown
from .records import Flawed, Lines, open_text
from .refused import RefusedRows
from .table import Cells, CellWriter, Job, finish

CHUNK = 1024 * 1024
LONGEST_RECORD = 16 * 1024 * 1024
USUAL_NAMES = ("records", "data", "rows", "items", "features", "list", "result", "results")
PATH_DEPTH = 6

Item = tuple[int, Any]


class Number(str):
    """A JSON number, spelled as in the file: 1.50 stays 1.50, and no float comes between."""

    __slots__ = ()


class Broken(str):
    """A line of JSON Lines that is no JSON, as written."""

    __slots__ = ()


class _BadValue(ValueError):
    """What the JSON standard forbids or leaves open: carries the finding's code and what was found."""

    def __init__(self, code: str, found: str) -> None:
        super().__init__(found)
        self.code, self.found = code, found


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise _BadValue("duplicate_key", twice)
    return result


def _constant(word: str) -> NoReturn:
    raise _BadValue("not_a_json_value", word)


DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=Number, parse_int=Number, parse_constant=_constant)


def read(job: Job) -> None:
    """Read a JSON document into the job's reading."""
    text = text_of(job)
    with open_text(job.path, text, "") as stream:
        start = _first_character(stream)
    if start == "[":
        job.reading.records_path = "$"
        _fill(job, lambda: _array_items(job, text))
        return
    if start != "{":
        raise Refused("not_json", line=1, found=start, expected="[ {")
    if _looks_like_lines(job, text):
        job.reading.format = "jsonl"
        read_lines(job)
        return
    with open_text(job.path, text, "") as stream:
        whole = stream.read()
    try:
        document = DECODER.decode(whole)
    except json.JSONDecodeError as error:
        raise _broken(error, error.lineno) from error
    except _BadValue as error:
        raise Refused(error.code, line=_line_of(whole, error), found=error.found) from error
    path, items, others = _find_records(document)
    job.reading.records_path = path
    job.notes.info("records_found_at", found=path, count=len(items), others=others)
    _fill(job, lambda: enumerate(items, 1))


def read_lines(job: Job) -> None:
    """Read JSON Lines into the job's reading."""
    text = text_of(job)
    _fill(job, lambda: _line_items(job, text))


def text_of(job: Job) -> Text:
    """How to decode the file; JSON that is no Unicode is told."""
    job.stage("encoding")
    if job.reading.encoding:
        return encoding.detect(job.path, Notes(), str(job.overrides.get("encoding") or ""))
    text = encoding.detect(job.path, job.notes, str(job.overrides.get("encoding") or ""))
    job.reading.encoding = text.name
    if text.codec not in {"utf-8", "utf-16-le", "utf-16-be", "utf-32"}:
        job.notes.warning("json_not_utf8", found=text.name, expected="utf-8")
    return text


def _first_character(stream: TextIO) -> str:
    while piece := stream.read(4096):
        if stripped := piece.lstrip("\ufeff \t\r\n"):
            return stripped[0]
    raise Refused("no_data")


def _looks_like_lines(job: Job, text: Text) -> bool:
    """Whether the first two filled lines are each an object."""
    with open_text(job.path, text, "\n") as stream:
        seen = 0
        for _ in range(20):
            line = stream.readline(LONGEST_RECORD)
            if not line.strip():
                continue
            try:
                if not isinstance(json.loads(line.lstrip("\ufeff")), dict):
                    return False
            except ValueError:
                return seen > 0 and line.lstrip().startswith("{")
            seen += 1
            if seen == 2:
                return True
    return False


def _broken(error: json.JSONDecodeError, line: int) -> Refused:
    near = error.doc[max(0, error.pos - 20) : error.pos + 20]
    return Refused("json_broken", line=line, column=error.colno, found=near, expected=error.msg)


def _broken_line(error: json.JSONDecodeError | _BadValue, line: int) -> Refused:
    if isinstance(error, _BadValue):
        return Refused(error.code, line=line, found=error.found)
    return _broken(error, line)


def _line_of(whole: str, error: _BadValue) -> int | None:
    """The line of a forbidden word; a key that occurs twice may be anywhere, so it has none."""
    at = whole.find(error.found) if error.code == "not_a_json_value" else -1
    return whole.count("\n", 0, at) + 1 if at >= 0 else None


def _line_items(job: Job, text: Text) -> Iterator[Item]:
    with open_text(job.path, text, "\n") as stream:
        for number, line in enumerate(stream, 1):
            if len(line) > LONGEST_RECORD:
                raise Refused("record_too_long", line=number, found=len(line), expected=LONGEST_RECORD)
            stripped = line.lstrip("\ufeff").strip()
            if not stripped:
                continue
            try:
                yield number, DECODER.decode(stripped)
            except (json.JSONDecodeError, _BadValue) as error:
                if number == 1:
                    raise _broken_line(error, number) from error
                yield number, Broken(stripped)


def _array_items(job: Job, text: Text) -> Iterator[Item]:
    """The items of an array one by one, so that the array may be larger than the memory."""
    with open_text(job.path, text, "") as stream:
        window = Window(stream)
        window.skip_space()
        yield from items_of(window)
        if rest := window.skip_space():
            raise Refused("json_broken", line=window.line, found=rest, expected="end of file")


def items_of(window: Window) -> Iterator[Item]:
    """The items of the array that begins here, each with its line."""
    window.take("[")
    if window.skip_space() == "]":
        window.take("]")
        return
    while True:
        line = window.line
        yield line, window.value()
        if window.skip_space() == "]":
            window.take("]")
            return
        window.take(",")
        window.skip_space()


def object_members(window: Window) -> Iterator[str]:
    """The keys of the object that is the whole document; the caller takes each value before the next key."""
    window.take("{")
    if window.skip_space() == "}":
        window.take("}")
        return
    seen: set[str] = set()
    while True:
        line = window.line
        key = window.value() if window.skip_space() == '"' else None
        if not isinstance(key, str):
            raise Refused("json_broken", line=line, found=window.skip_space(), expected='"')
        if key in seen:
            raise Refused("duplicate_key", line=line, found=key)
        seen.add(key)
        window.take(":")
        window.skip_space()
        yield key
        if window.skip_space() == "}":
            window.take("}")
            break
        window.take(",")
        window.skip_space()
    if rest := window.skip_space():
        raise Refused("json_broken", line=window.line, found=rest, expected="end of file")


class Window:
    """The part of a text that is being parsed, with the line on which it begins."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.text, self.at, self.line, self.ended = stream, "", 0, 1, False

    def more(self, size: int = CHUNK) -> bool:
        """Read on; what was consumed is forgotten. False at the end of the file."""
        piece = self.stream.read(size)
        self.ended = not piece
        self.text = self.text[self.at :] + piece
        self.at = 0
        return bool(piece)

    def skip_space(self) -> str:
        """Go to the next character that counts and return it; nothing at the end of the file."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in " \t\r\n\ufeff":
                self.line += self.text[self.at] == "\n"
                self.at += 1
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def take(self, mark: str) -> None:
        """Step over a mark that must stand here."""
        found = self.skip_space()
        if found != mark:
            raise Refused("json_broken", line=self.line, found=found or "end of file", expected=mark)
        self.at += 1

    def value(self) -> Any:
        """Parse one value; read on while it is not complete."""
        while True:
            try:
                value, end = DECODER.raw_decode(self.text, self.at)
                if end < len(self.text) or self.ended:
                    self.line += self.text.count("\n", self.at, end)
                    self.at = end
                    return value
            except json.JSONDecodeError as error:
                if self.ended or len(self.text) - error.pos > CHUNK:
                    raise _broken(error, self.line + self.text.count("\n", self.at, error.pos)) from error
            except _BadValue as error:
                raise Refused(error.code, line=self.line, found=error.found) from error
            if len(self.text) - self.at > LONGEST_RECORD:
                raise Refused("record_too_long", line=self.line, found=len(self.text), expected=LONGEST_RECORD)
            self.more(max(CHUNK, len(self.text)))


def _find_records(document: dict[str, Any]) -> tuple[str, list[Any], list[str]]:
    """The list of objects inside an object: its path, itself, and the other lists that might have been meant."""
    found: list[tuple[str, list[Any]]] = []
    level: list[tuple[str, Any]] = [("", document)]
    for _ in range(PATH_DEPTH):
        deeper: list[tuple[str, Any]] = []
        for path, value in level:
            for key, inner in value.items():
                name = f"{path}.{key}" if path else key
                if isinstance(inner, dict):
                    deeper.append((name, inner))
                elif isinstance(inner, list) and inner and all(isinstance(item, dict) for item in inner):
                    found.append((name, inner))
        level = deeper
    if not found:
        raise Refused("no_records", found=", ".join(list(document)[:10]))

    def rank(candidate: tuple[str, list[Any]]) -> tuple[bool, int, int]:
        last = candidate[0].rsplit(".", 1)[-1].lower()
        return last not in USUAL_NAMES, candidate[0].count("."), -len(candidate[1])

    found.sort(key=rank)
    return found[0][0], found[0][1], [path for path, _ in found[1:20]]


@dataclass(slots=True)
class Keys:
    """The columns, in the order in which their names first come, and what their values are."""

    order: dict[str, int] = field(default_factory=dict)
    nested: dict[int, int] = field(default_factory=dict)
    not_text: set[int] = field(default_factory=set)
    items: int = 0

    def learn(self, line: int, item: dict[str, Any] | None) -> None:
        """Take the names and kinds of one item's values."""
        for key, value in (item or {}).items():
            at = self.order.setdefault(key, len(self.order))
            if isinstance(value, dict | list):
                self.nested.setdefault(at, line)
            elif isinstance(value, Number | bool):
                self.not_text.add(at)


def note_nested(job: Job, keys: Keys, names: list[str]) -> None:
    """Tell which columns hold nested values."""
    for at, line in sorted(keys.nested.items()):
        job.notes.info("nested_values", line=line, column=at + 1, name=names[at])


def _fill(job: Job, items: Callable[[], Iterator[Item]]) -> None:
    """Read the items twice: for the names of all columns, then for the cells."""
    job.stage("records")
    keys = _keys(job, items)
    if not keys.items:
        raise Refused("no_data")
    if len(keys.order) > job.limits.columns:
        raise Refused("too_many_columns", found=len(keys.order), expected=job.limits.columns)
    if not keys.order:
        raise Refused("no_records", found="{}")
    lines, refused = Lines(), RefusedRows(job)
    names = list(keys.order)
    with CellWriter(job.work, len(names)) as writer:
        for line, item in items():
            if isinstance(item, dict):
                lines.note(writer.rows, line)
                writer.row(row_of(job, keys, item, line))
            else:
                reason = "json_broken_line" if isinstance(item, Broken) else "not_an_object"
                refused.add(line, reason, Flawed([], dump(item)), found=0, expected=0)
    refused.close()
    job.reading.records = keys.items
    note_nested(job, keys, names)
    cells = Cells(
        tidy_names(names, job.notes, 1),
        writer.parts,
        writer.rows,
        lines.of,
        names,
        written_as_text=frozenset(range(len(names))) - keys.not_text,
        as_json=frozenset(keys.nested),
        size=writer.size(),
    )
    finish(job, cells)


def _keys(job: Job, items: Callable[[], Iterator[Item]]) -> Keys:
    keys = Keys()
    for line, item in items():
        keys.items += 1
        if keys.items > job.limits.rows:
            raise Refused("too_many_rows", line=line, expected=job.limits.rows)
        if not isinstance(item, dict):
            continue
        keys.learn(line, item)
    return keys


def row_of(job: Job, keys: Keys, item: dict[str, Any], line: int) -> list[str]:
    """The cells of one item as text; what no text can hold is an error."""
    cells = [""] * len(keys.order)
    for key, value in item.items():
        at = keys.order[key]
        cell = "" if value is None else (str(value) if isinstance(value, str) else dump(value))
        if "\0" in cell:
            job.notes.error("nul_byte", line=line, column=at + 1, name=key)
            cell = cell.replace("\0", "")
        if not cell.isascii() and any("\ud800" <= char <= "\udfff" for char in cell):
            job.notes.error("half_character", line=line, column=at + 1, name=key, found=shown(ascii(cell)))
            cell = cell.encode("utf-8", "replace").decode()
        if len(cell) > job.limits.cell:
            job.notes.error("cell_too_long", line=line, column=at + 1, found=len(cell), expected=job.limits.cell)
            cell = cell[: job.limits.cell]
        cells[at] = cell
    return cells


def dump(value: Any) -> str:
    """Write a value back as JSON; numbers, and what is no JSON, as they were spelled."""
    if isinstance(value, Number | Broken):
        return str(value)
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {dump(inner)}" for key, inner in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(dump(inner) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=False)
