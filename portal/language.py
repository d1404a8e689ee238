"""Says a bilingual word of the law, or a bilingual name, in the reader's language."""

from __future__ import annotations

from django.utils.functional import lazy
from django.utils.translation import get_language

from portal.law import RULES, Text


def say(text: Text) -> str:
    """Returns the text in the language of the current request."""
    return text.say(get_language() or "zh-hans")


def in_language(zh: str, en: str) -> str:
    """Returns the name in the reader's language, and the Chinese one where there is no other."""
    return en if en and (get_language() or "").startswith("en") else zh


say_lazily = lazy(say, str)


def code_choices(name: str, *, without: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Returns a code list of the law as field choices; labels follow the language of each request."""
    return [(code.value, say_lazily(code.label)) for code in RULES.codes(name).items if code.value not in without]


def label(list_name: str, value: str) -> str:
    """Returns the label of a code in the reader's language, or nothing for an empty value."""
    return say(RULES.label(list_name, value)) if value else ""
