"""Reads a JSON text value by value, so that it may be larger than the memory; numbers keep their spelling."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn, TextIO

from .notes import Refused

CHUNK = 1024 * 1024
LONGEST_RECORD = 16 * 1024 * 1024
Item = tuple[int, Any]


class Number(str):
    """A JSON number, spelled as in the file: 1.50 stays 1.50, and no float comes between."""

    __slots__ = ()


class BadValue(ValueError):
    """What the JSON standard forbids or leaves open: carries the finding's code and what was found."""

    def __init__(self, code: str, found: str) -> None:
        super().__init__(found)
        self.code, self.found = code, found


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise BadValue("duplicate_key", twice)
    return result


def _constant(word: str) -> NoReturn:
    raise BadValue("not_a_json_value", word)


DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=Number, parse_int=Number, parse_constant=_constant)


def broken(error: json.JSONDecodeError, line: int) -> Refused:
    """The refusal of a text that is no JSON, with its line, its column and what stands there."""
    near = error.doc[max(0, error.pos - 20) : error.pos + 20]
    return Refused("json_broken", line=line, column=error.colno, found=near, expected=error.msg)


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
                    raise broken(error, self.line + self.text.count("\n", self.at, error.pos)) from error
            except BadValue as error:
                raise Refused(error.code, line=self.line, found=error.found) from error
            if len(self.text) - self.at > LONGEST_RECORD:
                raise Refused("record_too_long", line=self.line, found=len(self.text), expected=LONGEST_RECORD)
            self.more(max(CHUNK, len(self.text)))
