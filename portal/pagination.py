"""Pages of lists: cursors, so that what is added or removed meanwhile neither repeats nor hides a row."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor
from rest_framework.pagination import CursorPagination as DRFCursorPagination
from rest_framework.utils.urls import replace_query_param


class CursorPagination(DRFCursorPagination):
    """Pages by `cursor`, with `limit` rows each (at most 100); a list that has an order of its own sets `ordering`.

    A cursor is signed for its order: one that was changed, or made for another order, is 404 and never reaches the
    database.
    """

    ordering = "pk"
    page_size_query_param = "limit"
    max_page_size = 100

    def _signer(self) -> signing.Signer:
        return signing.Signer(salt=f"cursor:{','.join(self.ordering)}")

    def decode_cursor(self, request: Any) -> Cursor | None:
        """Returns the cursor that this list made earlier; raises NotFound for any other."""
        sent = request.query_params.get(self.cursor_query_param)
        if not sent:
            return None
        try:
            offset, reverse, position = self._signer().unsign_object(sent)
        except (signing.BadSignature, ValueError) as error:
            raise NotFound(_("This cursor is not one of this list. Please begin again without it.")) from error
        return Cursor(offset, reverse, position)

    def encode_cursor(self, cursor: Cursor) -> str:
        """Returns this page's address with the cursor."""
        signed = self._signer().sign_object([cursor.offset, cursor.reverse, cursor.position])
        return str(replace_query_param(str(self.base_url), self.cursor_query_param, signed))
