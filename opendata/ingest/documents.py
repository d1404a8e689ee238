"""Reads JSON (an array of objects, or an object that holds one) and JSON Lines; numbers keep their spelling."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

from . import encoding
from .encoding import Text
from .jsonwindow import DECODER, LONGEST_RECORD, BadValue, Item, Number, Window, broken, items_of
from .names import tidy_names
from .notes import Notes, Refused, shown
from .records import Flawed, Lines, open_text
from .refused import RefusedRows
from .table import Cells, CellWriter, Job, finish

USUAL_NAMES = ("records", "data", "rows", "items", "features", "list", "result", "results")
PATH_DEPTH = 6


class Broken(str):
    """A line of JSON Lines that is no JSON, as written."""

    __slots__ = ()


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
        raise broken(error, error.lineno) from error
    except BadValue as error:
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


def _broken_line(error: json.JSONDecodeError | BadValue, line: int) -> Refused:
    if isinstance(error, BadValue):
        return Refused(error.code, line=line, found=error.found)
    return broken(error, line)


def _line_of(whole: str, error: BadValue) -> int | None:
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
            except (json.JSONDecodeError, BadValue) as error:
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
