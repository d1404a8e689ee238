"""`manage.py inspect_file PATH`: reads a file as an upload would be read, says what was understood, stores nothing."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import override

from opendata.ingest.messages import LEVELS, describe, kept_text, type_label
from opendata.ingest.read import read_file
from opendata.ingest.reading import PATHS, Reading

USAGE_ERROR = 2
LONGEST_DELIMITER = 4
SHOWN_COLUMNS = 200


class Command(BaseCommand):
    """Exit status: 0 readable, 1 the file has errors, 2 wrong use. docs/inspect_file.md describes the JSON."""

    help = "Reads a data file in the sandbox and reports encoding, columns, types, rows and findings. Stores nothing."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("path", help="the file to read")
        parser.add_argument("--json", action="store_true", help="print the reading as JSON")
        parser.add_argument("--csv", metavar="OUT", help="write the cells as they were spelled, as UTF-8 CSV")
        parser.add_argument("--encoding", default="", help="read text in this encoding instead of detecting it")
        parser.add_argument("--refused", metavar="OUT", help="write the rows that were set aside, with line and reason")
        parser.add_argument("--delimiter", default="", help="what stands between cells, or “tab”")
        parser.add_argument("--sheet", default="", help="the sheet of a workbook to read")
        parser.add_argument("--table", type=int, default=0, help="which table of a text file to read, from 1")
        parser.add_argument("--member", default="", help="the file in a ZIP to read")
        parser.add_argument("--language", default="", help="language of the report; default: the site's")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the file and report."""
        path = Path(options["path"])
        if not path.is_file():
            raise CommandError(f"no such file: {path}", returncode=USAGE_ERROR)
        delimiter = {"tab": "\t", "\\t": "\t"}.get(options["delimiter"], options["delimiter"])
        if len(delimiter) > LONGEST_DELIMITER:
            raise CommandError("--delimiter takes up to four characters, or “tab”", returncode=USAGE_ERROR)
        target, aside = _target(options["csv"]), _target(options["refused"])
        overrides = {"delimiter": delimiter} | {
            name: options[name] for name in ("encoding", "sheet", "table", "member")
        }
        chosen = {key: value for key, value in overrides.items() if value}
        with tempfile.TemporaryDirectory(prefix="inspect-") as folder:
            reading = read_file(
                path, filename=path.name, out_dir=Path(folder), overrides=chosen, want_csv=target is not None
            )
            if target is not None and reading.csv is not None:
                shutil.copyfile(reading.csv, target)
            if aside is not None and reading.refused_rows is not None:
                shutil.copyfile(reading.refused_rows, aside)
        with override(options["language"] or settings.LANGUAGE_CODE):
            if options["json"]:
                self.stdout.write(json.dumps(as_json(path, reading), ensure_ascii=False, indent=2))
            else:
                self._report(path, reading)
        if not reading.ok:
            sys.exit(1)

    def _report(self, path: Path, reading: Reading) -> None:
        for label, value in _facts(path, reading):
            self.stdout.write(_("%(label)s: %(value)s") % {"label": label, "value": value})
        if reading.columns:
            self.stdout.write("")
            self.stdout.write(_("Columns"))
        for column in reading.columns[:SHOWN_COLUMNS]:
            kind = type_label(column.type)
            if column.kept_text:
                kind = _("%(kind)s (%(reason)s)") % {"kind": kind, "reason": kept_text(column.kept_text)}
            facts = _("empty %(nulls)s, distinct %(distinct)s") % {"nulls": column.nulls, "distinct": column.distinct}
            ends = f"  {column.min} … {column.max}" if column.min is not None else ""
            self.stdout.write(f"{column.position:>5}  {column.name}  ·  {kind}  ·  {facts}{ends}")
        if len(reading.columns) > SHOWN_COLUMNS:
            left = len(reading.columns) - SHOWN_COLUMNS
            self.stdout.write(_("… and %(count)s more columns") % {"count": left})
        if reading.findings:
            self.stdout.write("")
            self.stdout.write(_("Findings"))
        for finding in reading.findings:
            self.stdout.write(f"  [{LEVELS[finding.level]}] {describe(finding)}")
        self.stdout.write("")
        verdict = _("The file can be read.") if reading.ok else _("The file has errors. Correct them before uploading.")
        self.stdout.write(verdict)


def _target(name: str | None) -> Path | None:
    """The file to write; one that cannot be written is a wrong use."""
    target = Path(name) if name else None
    if target is not None and (not target.absolute().parent.is_dir() or target.is_dir()):
        raise CommandError(f"cannot write {target}", returncode=USAGE_ERROR)
    return target


def _facts(path: Path, reading: Reading) -> list[tuple[str, str]]:
    facts = [(_("File"), path.name), (_("Format"), reading.format.upper())]
    if reading.encoding:
        facts.append((_("Encoding"), reading.encoding))
    if reading.delimiter:
        facts.append((_("Delimiter"), {"\t": "tab"}.get(reading.delimiter, reading.delimiter)))
        facts.append((_("Line ends"), reading.line_ending))
    if read := [sheet.name for sheet in reading.sheets if sheet.read]:
        facts.append((_("Sheet"), read[0]))
    if reading.columns:
        facts.append((_("Records in the file"), str(reading.records)))
        facts.append((_("Rows of data"), str(reading.rows)))
    if reading.refused:
        facts.append((_("Rows set aside"), str(reading.refused)))
    if reading.columns:
        facts.append((_("Number of columns"), str(len(reading.columns))))
    return facts


def as_json(path: Path, reading: Reading) -> dict[str, Any]:
    """The JSON of `--json`: the reading, with each finding's sentence, without the paths that are gone by now."""
    data = reading.to_json()
    data["file"] = path.name
    for gone in PATHS:
        data.pop(gone)
    for finding, told in zip(reading.findings, data["findings"], strict=True):
        told["message"] = describe(finding)
    return data
