"""The one exception for a rule of the Measures that was not kept."""

from portal.law.terms import Text


class RuleBroken(Exception):
    """A rule was not kept; says which one, in the reader's language, so that a refusal can be understood.

    `message` is a plain string (already in the reader's language) or a bilingual Text; `article` is the article's
    number; `field` names the form field at fault.
    """

    def __init__(self, message: str | Text, article: int | None = None, field: str | None = None) -> None:
        super().__init__(message, article, field)
        self.message = message
        self.article = article
        self.field = field

    def __str__(self) -> str:
        return str(self.message)

    def say(self, language: str | None) -> str:
        """Give the message in a language; a plain string is given as it is."""
        return self.message.say(language) if isinstance(self.message, Text) else self.message
