"""Pages of lists: cursors, so that what is added or removed meanwhile neither repeats nor hides a row."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.core import signing
from django.db.models import Q
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination as DRFCursorPagination
from rest_framework.utils.urls import replace_query_param


class Position(NamedTuple):
    """Where a page begins: after this row in the order, or before it when one leafs back."""

    back: bool
    values: list[Any]


class CursorPagination(DRFCursorPagination):
    """Pages by `cursor`, with `limit` rows each (at most 100); a list that has an order of its own sets `ordering`.

    A position names every column of the order, the key last, so rows that are equal in the first columns stay apart
    (DRF's own counts through them). A cursor is signed for its order: one that was changed, or made for another
    order, is 404 and never reaches the database. The columns of an order hold no nulls.
    """

    ordering: Any = "pk"
    page_size_query_param: str | None = "limit"
    max_page_size = 100

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any]:
        """Returns the rows of the page that the request asks for."""
        self.request = request
        self.page_size = size = int(self.get_page_size(request) or 20)
        self.base_url = request.build_absolute_uri()
        self.ordering = self._whole(self.get_ordering(request, queryset, view))
        position = self._position(request)
        back = position is not None and position.back
        order = [_turned(name) for name in self.ordering] if back else list(self.ordering)
        rows = queryset.order_by(*order)
        if position is not None:
            rows = rows.filter(_after(order, position.values))
        found = list(rows[: size + 1])
        self.page, more = found[:size], len(found) > size
        if back:
            self.page.reverse()
        self.has_next = more if not back else True
        self.has_previous = position is not None if not back else more
        return self.page

    def get_next_link(self) -> str | None:
        """Returns the address of the page after this one, or None."""
        return self._link(back=False, row=self.page[-1]) if self.has_next and self.page else None

    def get_previous_link(self) -> str | None:
        """Returns the address of the page before this one, or None."""
        return self._link(back=True, row=self.page[0]) if self.has_previous and self.page else None

    @staticmethod
    def _whole(ordering: tuple[str, ...]) -> tuple[str, ...]:
        return ordering if ordering[-1].lstrip("-") in ("pk", "id", "code") else (*ordering, "pk")

    def _signer(self) -> signing.Signer:
        return signing.Signer(salt=f"cursor:{','.join(self.ordering)}")

    def _position(self, request: Any) -> Position | None:
        sent = request.query_params.get(self.cursor_query_param)
        if not sent:
            return None
        try:
            return Position(*self._signer().unsign_object(sent))
        except signing.BadSignature as error:
            raise NotFound(_("This cursor is not one of this list. Please begin again without it.")) from error

    def _link(self, *, back: bool, row: Any) -> str:
        values = [_plain(getattr(row, name.lstrip("-"))) for name in self.ordering]
        signed = self._signer().sign_object([back, values])
        return str(replace_query_param(str(self.base_url), self.cursor_query_param, signed))


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _plain(value: Any) -> Any:
    """Returns the value as JSON carries it; the column reads it back."""
    return value if isinstance(value, int) else str(value)


def _after(order: list[str], values: list[Any]) -> Q:
    """Returns the condition of standing after these values in the order, compared column by column."""
    found, equal = Q(), Q()
    for name, value in zip(order, values, strict=True):
        column, sign = name.lstrip("-"), "lt" if name.startswith("-") else "gt"
        found |= equal & Q(**{f"{column}__{sign}": value})
        equal &= Q(**{column: value})
    return found
