"""Keyset cursors: where a page ended, sealed for one query against one version.

A cursor is ``base64url(seal + payload)``. The payload holds the sort values of the last row and its number; the seal is
an HMAC-SHA256 over the version, the query's hash (which covers the asker's scope) and the payload. So a cursor cannot
be made up, altered, or carried to another query, version or grant, and it needs no state on the server. Long sort
values are left out and read again from the row's number, which an immutable version allows.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal

from django.utils.translation import gettext as _

from opendata.rows.cells import Parameter, Position
from opendata.rows.errors import CursorError
from opendata.rows.schema import Column, ColumnType

_SEAL = 16
_MOST_CARRIED = 1_500
_UNPACK: dict[ColumnType, Callable[[str], Parameter]] = {
    ColumnType.INTEGER: int,
    ColumnType.DECIMAL: Decimal,
    ColumnType.FLOAT: float,
    ColumnType.BOOLEAN: lambda raw: raw == "True",
    ColumnType.DATE: date.fromisoformat,
    ColumnType.TIME: time.fromisoformat,
    ColumnType.TIMESTAMP: datetime.fromisoformat,
    ColumnType.TEXT: str,
}


def _pack(value: Parameter) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _seal(key: bytes, version: str, query_hash: str, payload: bytes) -> bytes:
    message = b"\0".join([b"rows-cursor-1", version.encode(), query_hash.encode(), payload])
    return hmac.new(key, message, hashlib.sha256).digest()[:_SEAL]


def write_cursor(key: bytes, version: str, query_hash: str, position: Position) -> str:
    """Seal a position. The caller passes the same version and query hash to ``read_cursor``."""
    payload = json.dumps([position.row, [_pack(value) for value in position.values or ()]], ensure_ascii=False).encode()
    if len(payload) > _MOST_CARRIED:
        payload = json.dumps([position.row, None]).encode()
    return base64.urlsafe_b64encode(_seal(key, version, query_hash, payload) + payload).decode().rstrip("=")


def read_cursor(
    key: bytes, version: str, query_hash: str, columns: Sequence[Column], cursor: str
) -> tuple[int, tuple[Parameter, ...] | None]:
    """Open a cursor: the row's number, and the values of the sort columns (None where they were too long to carry).

    Raises CursorError for anything but a cursor that ``write_cursor`` made for the same version and query.
    """
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise _refused() from error
    seal, payload = raw[:_SEAL], raw[_SEAL:]
    if not hmac.compare_digest(seal, _seal(key, version, query_hash, payload)):
        raise _refused()
    row, values = json.loads(payload)
    if values is None:
        return row, None
    return row, tuple(
        None if value is None else _UNPACK[column.type](value) for column, value in zip(columns, values, strict=True)
    )


def _refused() -> CursorError:
    return CursorError(
        _("This cursor does not belong to this query: it was changed, or the query, the data or your access changed."),
        "cursor",
        _("Leave the cursor out to start again from the first row."),
    )
