"""The child's side: reads one file, writes data.parquet and result.json, says each stage on standard output.

Started by `sandbox.run` after `jail.close`; never imports Django.
"""

from __future__ import annotations

import csv
import importlib
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb

from . import archive
from .encoding import kind_by_magic
from .notes import Refused, finding
from .reading import ERROR, MIB, Finding, Limits
from .table import Job

EXTENSIONS = {
    "csv": "csv", "tsv": "csv", "txt": "csv", "tab": "csv", "xlsx": "xlsx", "xlsm": "xlsx", "xls": "xls", "ods": "ods",
    "json": "json", "geojson": "geojson", "jsonl": "jsonl", "ndjson": "jsonl", "parquet": "parquet", "zip": "zip",
}  # fmt: skip
# The reader of each kind of file, and its function. A reader is imported when it is needed: none is light.
READERS = {
    "csv": ("delimited", "read"), "xlsx": ("workbook", "read"), "xls": ("workbook", "read"),
    "ods": ("workbook", "read"), "json": ("documents", "read"), "jsonl": ("documents", "read_lines"),
    "geojson": ("geojson", "read"), "parquet": ("columnar", "read"), "shapefile": ("shapefiles", "read"),
}  # fmt: skip
LONGEST_CELL = 64 * MIB
COLLECTION = re.compile(rb'"type"\s*:\s*"FeatureCollection"')


def choose(path: Path, filename: str) -> str:
    """The way to read a file: by its first bytes where they tell, by its name where they do not."""
    with path.open("rb") as file:
        head = file.read(65536)
    if not head:
        raise Refused("empty_file")
    extension = filename.rsplit(".", 1)[-1].lower() if "." in filename else ""
    named = EXTENSIONS.get(extension, "")
    magic = kind_by_magic(head)
    if magic == "parquet" or named == "parquet":
        if magic != named:
            raise Refused("not_what_the_name_says", found=magic or "text", expected=extension or "parquet")
        return "parquet"
    if magic in {"zip", "ole"}:
        fits = {"zip": {"xlsx", "ods", "zip"}, "ole": {"xls", "xlsx"}}[magic]
        if named not in fits:
            raise Refused("binary_file", found="ZIP" if magic == "zip" else "OLE", expected=extension or "csv")
        return named
    if magic:
        raise Refused("binary_file", found=magic, expected=extension or "csv")
    if named in {"xlsx", "xls", "ods", "zip"}:
        raise Refused("not_what_the_name_says", found="text", expected=extension)
    if not named:
        stripped = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        named = "json" if stripped[:1] in (b"{", b"[") else "csv"
    return "geojson" if named == "json" and COLLECTION.search(head) else named


def work(job: Job) -> None:
    """Read the file by the reader that fits it; of a ZIP, the one data file in it."""
    kind = choose(job.path, job.filename)
    if kind == "zip":
        extension = archive.unpack(job)
        kind = "shapefile" if extension == "shp" else choose(job.path, f"member.{extension}")
    job.reading.format = kind
    module, function = READERS[kind]
    getattr(importlib.import_module(f"{__package__}.{module}"), function)(job)


def run(task: dict[str, Any]) -> Job:
    """Do one task; whatever the file does wrong becomes a finding."""
    csv.field_size_limit(LONGEST_CELL)
    out = Path(task["out"])
    limits = Limits(**task["limits"])
    scratch = Path(tempfile.mkdtemp(prefix="work-", dir=out))
    job = Job(Path(task["path"]), task["filename"], out, scratch, limits, task["overrides"], task["want_csv"])
    failed: Finding | None = None
    try:
        work(job)
    except Refused as refused:
        failed = refused.finding
        if job.want_csv and failed.code in {"empty_file", "no_data"}:
            job.reading.csv = out / "cells.csv"  # nothing is what was read
            job.reading.csv.touch()
    except (MemoryError, duckdb.OutOfMemoryException):
        failed = finding(ERROR, "too_much_memory", expected=limits.memory)
    except RecursionError:
        failed = finding(ERROR, "nested_too_deep")
    except OSError as error:
        failed = finding(ERROR, "output_too_large" if error.errno in (27, 28) else "cannot_read", found=error.strerror)
    except duckdb.IOException as error:
        failed = finding(ERROR, "output_too_large", found=error)
    except (ValueError, duckdb.Error, RuntimeError) as error:
        failed = finding(ERROR, "reader_failed", found=error)
    job.stage("")
    found = job.notes.all()
    if failed:
        found.insert(0, failed)
        job.reading.parquet = None
    job.reading.findings = found
    job.reading.ok = not any(one.level == ERROR for one in found)
    return job


def main(argument: str, held: dict[str, bool]) -> None:
    """Do the task given as JSON and leave result.json, written whole or not at all."""
    task = json.loads(argument)
    job = run(task)
    job.reading.sandbox = held
    target = job.out / "result.json"
    partial = target.with_suffix(".partial")
    partial.write_text(json.dumps(job.reading.to_json(), ensure_ascii=False), encoding="utf-8", errors="replace")
    partial.replace(target)
    sys.stdout.flush()
