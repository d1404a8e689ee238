"""Addresses of files made for download."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from opendata.models import Export


def file_url(row: Export, *, name: str = "opendata:download") -> str:
    """Returns the address that sends the export's file: the download of its version in its format."""
    asked: dict[str, str | int] = {"format": row.format, "version": row.version.number}
    if row.options.get("bom"):
        asked["bom"] = 1
    return f"{reverse(name, args=[row.version.resource_id])}?{urlencode(asked)}"
