"""Reads CSV, TSV and other delimited text: the quick way for large clean files, the careful way for all others.

The quick way (quick.py) proves that nothing was lost or bent; whatever is in doubt goes the careful way, where each
record has its line.
"""

from __future__ import annotations

from . import dialect as dialects
from . import encoding, records
from .body import pour
from .dialect import Dialect
from .encoding import Text
from .notes import Refused
from .quick import quickly
from .table import Job


def read(job: Job) -> None:
    """Read a delimited file into the job's reading."""
    reading = job.reading
    job.stage("encoding")
    text = encoding.detect(job.path, job.notes, str(job.overrides.get("encoding") or ""), rows_may_go=True)
    reading.encoding = text.name
    job.stage("dialect")
    head = dialects.head_of(job.path, text)
    if not head.strip("\ufeff \t\r\n"):
        raise Refused("no_data")
    dialect = dialects.detect(head, str(job.overrides.get("delimiter") or ""))
    reading.delimiter, reading.quotechar, reading.line_ending = dialect.delimiter, dialect.quote, dialect.line_ending
    reading.format = "tsv" if dialect.delimiter == "\t" else "csv"
    if dialect.line_ending == "mixed":
        job.notes.info("mixed_line_ends")
    if dialect.delimiter != "," and dialect.delimiter != "\t":
        job.notes.info("delimiter_judged", found=dialect.delimiter)
    if not (dialect.plain and not job.overrides.get("table") and quickly(job, text, dialect)):
        reading.path_taken = "careful"
        _carefully(job, text, dialect)


def _carefully(job: Job, text: Text, dialect: Dialect) -> None:
    job.stage("records")
    source = records.scan(job.path, text, dialect, job.notes)
    pour(job, records.marked(source) if text.broken else source, several=True)
