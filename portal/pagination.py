"""Pages of lists: cursors, so that what is added or removed meanwhile neither repeats nor hides a row."""

from rest_framework.pagination import CursorPagination as Cursor


class CursorPagination(Cursor):
    """Pages by `cursor`, with `limit` rows each (at most 100); a list that has an order of its own sets `ordering`."""

    ordering = "pk"
    page_size_query_param = "limit"
    max_page_size = 100
