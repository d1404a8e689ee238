"""Why an export cannot be made."""


class ExportRefused(ValueError):
    """A table that a format cannot hold without loss; ``message`` is a sentence for the person who asked."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
