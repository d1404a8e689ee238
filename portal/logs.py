"""Log lines: one event, one line of JSON, whatever a visitor put into it."""

from __future__ import annotations

import json
import logging
import re
from datetime import datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
KEY = re.compile(r"xjod_[0-9A-Za-z]+")
# JSON leaves these in plain sight, and some readers of logs end a line at them.
LINE_ENDS = {0x7F: "\\u007f", 0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


class OneLine(logging.Formatter):
    """Writes a record as one JSON line; an API key in it is masked, a line break cannot forge a second line."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line."""
        line = {
            "at": datetime.fromtimestamp(record.created, SHANGHAI).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        text = KEY.sub("xjod_***", json.dumps(line, ensure_ascii=False))
        return text.translate(LINE_ENDS)
