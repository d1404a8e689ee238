"""Collects findings while a file is read, without letting a broken file fill the memory with them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .reading import ERROR, INFO, WARNING, Finding

EACH = 10
SHOWN = 200


def shown(value: object, limit: int = SHOWN) -> str:
    """Cut a value to what a sentence can hold, with control characters made visible."""
    text = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in str(value)[:limit])
    return text + ("…" if len(str(value)) > limit else "")


class Refused(Exception):
    """The file cannot be read at all: carries the one finding that says why."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.finding = finding(ERROR, code, **details)


def finding(
    level: str,
    code: str,
    *,
    line: int | None = None,
    column: int | None = None,
    name: str = "",
    found: object = "",
    expected: object = "",
    **params: Any,
) -> Finding:
    """Build a finding; found and expected are cut to what a sentence can hold."""
    return Finding(level, code, line, column, shown(name), shown(found), shown(expected), params)


class Notes:
    """The findings of one reading: the first ten of each kind in full, the rest counted."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.counts: Counter[tuple[str, str]] = Counter()

    def error(self, code: str, **details: Any) -> None:
        """Note something that forbids publishing."""
        self._add(ERROR, code, details)

    def warning(self, code: str, **details: Any) -> None:
        """Note something a person should look at."""
        self._add(WARNING, code, details)

    def info(self, code: str, **details: Any) -> None:
        """Note how the file was understood."""
        self._add(INFO, code, details)

    def take(self, one: Finding) -> None:
        """Note a finding that was made elsewhere."""
        self.counts[one.level, one.code] += 1
        self.findings.append(one)

    def _add(self, level: str, code: str, details: dict[str, Any]) -> None:
        self.counts[level, code] += 1
        if self.counts[level, code] <= EACH:
            self.findings.append(finding(level, code, **details))

    def all(self) -> list[Finding]:
        """Every finding, errors first and by line; each kind cut short ends with how many more there are."""
        more = [
            finding(level, "more_of_same", of=code, count=count - EACH)
            for (level, code), count in self.counts.items()
            if count > EACH
        ]
        order = {ERROR: 0, WARNING: 1, INFO: 2}
        return sorted(
            [*self.findings, *more], key=lambda one: (order[one.level], one.code == "more_of_same", one.line or 0)
        )
