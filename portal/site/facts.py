"""An entry's attributes in words: the six facts of Art. 27 and every field of the catalogue."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalogue.models import Entry, EntryVersion
from portal.language import label, say
from portal.law import RULES
from portal.law.terms import Field
from portal.site.templatetags.ui import uscc

SEPARATORS = re.compile(r"[\s,，、;；]+")
SIX = ("open_scope", "open_content", "open_class", "open_condition", "data_form", "update_frequency")
ELSEWHERE = {"title", "abstract", "elements"}


@dataclass(frozen=True, slots=True)
class Fact:
    """One attribute: its name, what it says, what it means, and the article that demands it."""

    name: str
    label: str
    value: str | SafeString
    meaning: str
    article: int | None


def words(text: str) -> list[str]:
    """Returns the words of a list that people wrote with spaces or commas of either kind."""
    return [word for word in SEPARATORS.split(text) if word]


def six(entry: Entry, version: EntryVersion) -> list[Fact]:
    """Returns scope, content, class, condition, data form and frequency, always all six (Art. 27)."""
    return [_fact(RULES.field(name), entry, version, article=27) for name in SIX]


def everything(entry: Entry, version: EntryVersion) -> list[Fact]:
    """Returns every field of the catalogue that applies to this entry, in the order of the table."""
    return [
        _fact(field, entry, version, article=field.required_by)
        for field in RULES.fields
        if field.name not in ELSEWHERE and _applies(field, version)
    ]


def _applies(field: Field, version: EntryVersion) -> bool:
    return field.when is None or getattr(version, field.when[0]) in field.when[1]


def _fact(field: Field, entry: Entry, version: EntryVersion, *, article: int | None) -> Fact:
    return Fact(field.name, say(field.label), _value(field, entry, version), say(field.meaning), article)


def _value(field: Field, entry: Entry, version: EntryVersion) -> str | SafeString:
    own: dict[str, Any] = {
        "code": entry.code,
        "provider": str(entry.provider),
        "provider_uscc": uscc(entry.provider.uscc),
        "region": str(version.region),
    }
    if field.name in own:
        return own[field.name]
    value = getattr(version, field.name)
    if field.name == "open_condition" and not value:
        return _("none")
    if field.code_list and value:
        return label(field.code_list, value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if value else ""


def citation(entry: Entry, today: dt.date) -> str:
    """Returns how to cite an entry that has no data yet, with the source and today's date (Art. 32)."""
    return _("%(provider)s: %(title)s (%(code)s). %(site)s, obtained on %(date)s.") % {
        "provider": entry.provider,
        "title": entry.published,
        "code": entry.code,
        "site": settings.SITE_NAME,
        "date": today.isoformat(),
    }
