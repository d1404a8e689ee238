"""Parts of files over HTTP: reads Range and If-Range (RFC 9110, 13.1.5 and 14) and streams a part in pieces.

nginx does the same for files it sends itself; here is what a portal without it needs, and what tells either way whether
a request begins a download or goes on with one.
"""

from __future__ import annotations

import re
from pathlib import Path

from django.http import FileResponse
from django.utils.http import parse_http_date_safe

PIECE = 1024 * 1024
_ONE_RANGE = re.compile(r"bytes=[ \t]*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))[ \t]*", re.ASCII | re.IGNORECASE)


class NotSatisfiable(Exception):
    """The range lies beyond the file; answered 416 with its size."""


def range_asked(header: str, size: int) -> tuple[int, int] | None:
    """Returns first byte and length of the part asked for; None where the whole file is the answer.

    A server may ignore a Range: several parts at once, other units and malformed ones get the whole file
    (RFC 9110, 14.2). Raises NotSatisfiable for a part that begins beyond the end.
    """
    found = _ONE_RANGE.fullmatch(header)
    if found is None:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        length = min(int(suffix), size)
        if not length:
            raise NotSatisfiable
        return size - length, length
    start, end = int(first), int(last) if last else size - 1
    if last and end < start:
        return None
    if start >= size:
        raise NotSatisfiable
    return start, min(end, size - 1) - start + 1


def still_the_same(if_range: str | None, etag: str, modified: int) -> bool:
    """Says whether a part may be sent: the client's validator, if it names one, is this file's, compared strongly."""
    if if_range is None:
        return True
    if if_range.startswith(('"', "W/")):
        return if_range == etag
    return parse_http_date_safe(if_range) == modified


class Part:
    """A part of a file as a stream. It has a file number, so that servers may leave the copying to the kernel."""

    def __init__(self, path: Path, start: int, length: int) -> None:
        self._file = path.open("rb", buffering=0)
        self._file.seek(start)
        self._left = length

    def read(self, size: int = -1) -> bytes:
        """Returns the next bytes of the part, at most `size`; none at its end."""
        wanted = self._left if size < 0 else min(size, self._left)
        piece = self._file.read(wanted) if wanted else b""
        self._left -= len(piece)
        return piece

    def fileno(self) -> int:
        """Returns the number of the open file, which stands at the part's first byte until it is read."""
        return self._file.fileno()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class PartResponse(FileResponse):
    """Streams a part of a file, or all of it, in pieces of 1 MiB, or by sendfile where the server has it."""

    block_size = PIECE
