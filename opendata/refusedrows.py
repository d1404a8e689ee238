"""Sends the rows of a file that could not be read, as CSV with line and reason, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from django.http import StreamingHttpResponse

from opendata import storage
from opendata.models import ResourceVersion

FORMULA = re.compile(r"^[=+\-@\t\r\n]")
LONGEST_CELL = 16 * 1024 * 1024


def refused_lines(version: ResourceVersion) -> Iterator[bytes]:
    """Yields the lines of the refused rows; a cell that a spreadsheet would run gets an apostrophe (CWE-1236)."""
    if version.refused is None:
        return
    csv.field_size_limit(LONGEST_CELL)
    with storage.blob_open(version.refused) as stored:
        for row in csv.reader(io.TextIOWrapper(stored, encoding="utf-8", newline="")):
            out = io.StringIO()
            cells = [f"'{cell}" if FORMULA.match(cell) else cell for cell in row]
            csv.writer(out, lineterminator="\n").writerow(cells)
            yield out.getvalue().encode()


def refused_response(version: ResourceVersion) -> StreamingHttpResponse:
    """Returns the file; it is nobody's to keep but its department's."""
    response = StreamingHttpResponse(refused_lines(version), content_type="text/csv; charset=utf-8")
    name = f"refused-v{version.number}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
