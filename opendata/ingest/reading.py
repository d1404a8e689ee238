"""What a reading of a file says: the words that parent and child share. Standard library only."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ERROR, WARNING, INFO = "error", "warning", "info"
LEVELS = (ERROR, WARNING, INFO)
MIB = 1024 * 1024
MAX_COLUMNS = 16_384
PATHS = ("parquet", "csv", "refused_rows", "serving")  # the files of a reading, by the name of their field


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use. Bytes and seconds; the child dies when it takes more.

    The cells of a worksheet are limited apart from memory, because the spreadsheet reader asks for a dense block of
    them at once and would be killed without a useful word.
    """

    memory: int = 512 * MIB
    cpu: int = 120
    wall: float = 180.0
    output: int = 4096 * MIB
    open_files: int = 128
    columns: int = MAX_COLUMNS
    rows: int = 200_000_000
    sheet_cells: int = 6_000_000
    sheet_xml: int = 256 * MIB
    cell: int = 1_000_000

    @classmethod
    def for_size(cls, size: int) -> Limits:
        """Give a file of `size` bytes the time and the output room it fairly needs; memory never grows."""
        base = cls()
        slack = size // (4 * MIB)
        return cls(cpu=base.cpu + 2 * slack, wall=base.wall + slack, output=max(base.output, 4 * size))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen in the file: where, what was found, what was expected. Language-neutral.

    `line` counts physical lines of a text file, rows of a sheet, records of JSON, from 1. `column` counts from 1.
    """

    level: str
    code: str
    line: int | None = None
    column: int | None = None
    column_name: str = ""
    found: str = ""
    expected: str = ""
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ColumnProfile:
    """What one column holds, over the whole file.

    `type` is integer, decimal, float, boolean, date, time, timestamp, json, geometry or text. `kept_text` names the
    rule that kept a number-like column as text. `distinct` is exact when `distinct_exact` says so, else within a few
    percent. `histogram` holds [low, high, count] of numbers and moments, [value, count] of texts. `personal` holds what
    looks like personal data: {kind, hits, share, first_line, examples}, the examples masked. `offers` names what could
    be applied to the cells and is not: {kind, type}. `checks` holds declared rules that cells break.
    """

    name: str
    original_name: str
    position: int
    type: str = "text"
    sql_type: str = "VARCHAR"
    label: str = ""
    nullable: bool = False
    nulls: int = 0
    distinct: int = 0
    distinct_exact: bool = True
    min: str | None = None
    max: str | None = None
    mean: str | None = None
    unit: str = ""
    histogram: list[list[Any]] = field(default_factory=list)
    personal: list[dict[str, Any]] = field(default_factory=list)
    offers: list[dict[str, Any]] = field(default_factory=list)
    checks: dict[str, Any] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    kept_text: str = ""
    overridden: bool = False


@dataclass(slots=True)
class Sheet:
    """One sheet of a workbook, and whether it was the one read."""

    name: str
    hidden: bool = False
    read: bool = False


@dataclass(slots=True)
class Reading:
    """The whole answer. `ok` is false when any finding is an error: then nothing of it may be published.

    `records` = preamble + header + rows + blank rows + rows set aside + rows refused + footer, always. `tables` names
    the tables of one file that were not read, `members` the data files of a ZIP.
    """

    ok: bool = False
    format: str = ""
    encoding: str = ""
    delimiter: str = ""
    quotechar: str = ""
    line_ending: str = ""
    header_rows: int = 0
    preamble: list[str] = field(default_factory=list)
    preamble_rows: int = 0
    footer: list[str] = field(default_factory=list)
    footer_rows: int = 0
    blank_rows: int = 0
    set_aside: int = 0
    refused: int = 0
    records: int = 0
    rows: int = 0
    columns: list[ColumnProfile] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    parquet: Path | None = None
    csv: Path | None = None
    refused_rows: Path | None = None
    serving: Path | None = None
    sheets: list[Sheet] = field(default_factory=list)
    tables: list[dict[str, int]] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    records_path: str = ""
    path_taken: str = ""
    timings: dict[str, float] = field(default_factory=dict)
    peak_memory: int = 0
    sandbox: dict[str, bool] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The documented JSON of `inspect_file --json`."""
        data = asdict(self)
        for name in PATHS:
            data[name] = str(data[name]) if data[name] else None
        return data

    @classmethod
    def from_json(cls, text: str) -> Reading:
        """Rebuild a reading from the child's answer; unknown or ill-typed fields raise ValueError."""
        data = json.loads(text)
        if not isinstance(data, dict):
            raise ValueError("a reading is an object")  # noqa: TRY004 — one refusal for every nonsense
        try:
            data["columns"] = [ColumnProfile(**column) for column in data.get("columns", [])]
            data["findings"] = [Finding(**finding) for finding in data.get("findings", [])]
            data["sheets"] = [Sheet(**sheet) for sheet in data.get("sheets", [])]
            data |= {name: Path(data[name]) if data.get(name) else None for name in PATHS}
            reading = cls(**data)
        except (TypeError, AttributeError) as error:
            raise ValueError(f"not a reading: {error}") from error
        if any(finding.level not in LEVELS for finding in reading.findings):
            raise ValueError("unknown level of finding")
        return reading
