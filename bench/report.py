"""What every part of the bench is given and gives back, and how it becomes docs/benchmarks.md.

A part is a module `bench/<name>.py` with `run(context: Context) -> Section`; `bench/__main__.py` names the parts. A
section is a heading, some sentences and tables of text cells; figures are measured in one run and written as they are.
"""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("duckdb", "pyarrow", "django", "gunicorn", "psycopg")
BEGIN, END = "<!-- begin {name} -->", "<!-- end {name} -->"


@dataclass(frozen=True, slots=True)
class Context:
    """What a part works with: the table's size, its CSV, an empty folder of its own, and the portal's `VAR_DIR`.

    `csv()` writes the generated table at its first call and returns its path. The embedded services run and Django is
    set up on them before the first part begins; a part that needs the web server starts it by `bench.web.serving`.
    """

    rows: int
    folder: Path
    var: Path
    csv: Callable[[], Path]
    say: Callable[[str], None]
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the report; the first row of `rows` is its header, the first column is aligned left."""

    rows: Sequence[Sequence[str]]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One part's results: `name` is the module's, `notes` say how it was measured and what misses its target."""

    name: str
    title: str
    tables: Sequence[Table]
    notes: Sequence[str] = ()


def machine() -> str:
    """Returns the machine and the versions in one sentence: CPU model, cores, memory, system, packages, day."""
    cpu = re.findall(r"^model name\s*:\s*(.+)$", _read("/proc/cpuinfo"), re.MULTILINE) or [platform.processor()]
    memory = re.findall(r"^MemTotal:\s*(\d+)", _read("/proc/meminfo"), re.MULTILINE) or ["0"]
    cores = len(os.sched_getaffinity(0))
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{cpu[0]}, {cores} cores, {int(memory[0]) / 1024**2:.0f} GB of memory; {platform.system()} "
        f"{platform.release().split('-')[0]}; Python {sys.version.split()[0]}, {packages}; {dt.date.today()}."  # noqa: DTZ011
    )


def write(sections: Sequence[Section], path: Path) -> None:
    """Writes the sections into the report, each over its own former one; what was not measured now stays."""
    text = path.read_text(encoding="utf-8") if path.exists() else HEAD
    for section in sections:
        begin, end = BEGIN.format(name=section.name), END.format(name=section.name)
        made = f"{begin}\n{_markdown(section)}\n{end}"
        if begin in text:
            text = text[: text.index(begin)] + made + text[text.index(end) + len(end) :]
        else:
            text = f"{text.rstrip()}\n\n{made}\n"
    path.write_text(text, encoding="utf-8")


HEAD = """# Benchmarks

`make bench` measures the portal beside its peers, in one run on one machine, and writes this page; ratios say more than
the figures, which are those of the machine named in each part.
"""


def _markdown(section: Section) -> str:
    parts = [f"## {section.title}", machine(), *section.notes]
    for table in section.tables:
        header, *rows = table.rows
        lines = [f"| {' | '.join(header)} |", f"|---|{'--:|' * (len(header) - 1)}"]
        lines += [f"| {' | '.join(row)} |" for row in rows]
        parts += [*([f"### {table.title}"] if table.title else []), "\n".join(lines)]
    return "\n\n".join(parts)


def _read(path: str) -> str:
    found = Path(path)
    return found.read_text(encoding="utf-8", errors="replace") if found.exists() else ""
