"""A log line is one line, whatever a visitor writes, and holds no key."""

import json
import logging
import sys

import pytest

from portal.logs import OneLine


def line_of(message: str, *arguments: object, exc_info: object = None) -> str:
    record = logging.LogRecord("portal", logging.WARNING, __file__, 1, message, arguments, exc_info)  # type: ignore[arg-type]
    return OneLine().format(record)


@pytest.mark.parametrize(
    "end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
)
def test_line_break_cannot_forge_a_second_line(end):
    line = line_of("signed in as %s", f"someone{end}ERROR forged")
    assert len(line.splitlines()) == 1
    assert json.loads(line)["message"] == f"signed in as someone{end}ERROR forged"


def test_key_is_masked_in_message_and_traceback():
    key = "xjod_" + "a1B2" * 8
    try:
        raise ValueError(key)
    except ValueError:
        line = line_of("key %s", key, exc_info=sys.exc_info())
    assert key not in line
    assert json.loads(line)["message"] == "key xjod_***"
    assert "ValueError: xjod_***" in json.loads(line)["exception"]


def test_chinese_stays_readable_and_time_is_shanghai():
    line = line_of("已发布")
    assert "已发布" in line
    assert json.loads(line)["at"].endswith("+08:00")
