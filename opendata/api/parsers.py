"""Hands the bytes of a JSON query to the row grammar, which reads them strictly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

LONGEST = 256 * 1024


class RawJSONParser(BaseParser):
    """Gives the view the body as it came, at most 256 KiB of it."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Mapping[str, bytes]:
        """Returns the bytes under “body”; a longer body is refused unread."""
        body = stream.read(LONGEST + 1)
        if len(body) > LONGEST:
            raise ParseError("The query is longer than 256 KiB.")
        return {"body": bytes(body)}
