"""Errors that a caller of the rows engine must be ready for."""


class QueryError(ValueError):
    """A query that the grammar or the table refuses; shown to the person who wrote it (HTTP 422).

    ``message`` is a finished sentence in the language of the request, ``parameter`` names the query parameter or the
    path in the JSON body that is wrong, ``hint`` says what to write instead ("" where there is nothing to add).
    """

    code = "bad_query"

    def __init__(self, message: str, parameter: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.parameter = parameter
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class CursorError(QueryError):
    """A cursor that was changed, or made for another query, another version or other limits."""

    code = "bad_cursor"


class QueryTooHeavy(QueryError):
    """A query that would need more memory than one query may have (HTTP 422)."""

    code = "too_heavy"


class DeadlineExceeded(Exception):
    """A query that was interrupted because its time was over (HTTP 503 or 422, as the view decides)."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.message = message
        self.seconds = seconds


class EngineBusy(Exception):
    """All places of the engine stayed taken until the deadline (HTTP 503 with Retry-After)."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class TableError(Exception):
    """A stored table that cannot be read, or lacks a column that its resource promises: a fault of ours (HTTP 500)."""
