"""Entries as cards: what a list shows of each, with the data elements that a search matched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from catalogue.models import DataElement, Entry
from catalogue.querysets import EntryQuerySet
from catalogue.segment import fold, runs
from opendata.models import Resource
from portal.language import in_language

MOST_HITS = 3


@dataclass(frozen=True, slots=True)
class Card:
    """One entry in a list, as `components/entry_card.html` draws it."""

    url: str
    title: str
    abstract: str
    provider: str
    open_class: str
    domain: str
    update_frequency: str
    updated_on: dt.date | None
    formats: list[str]
    hit: SafeString | str
    suspended: bool


def with_data(entries: EntryQuerySet) -> EntryQuerySet:
    """Marks each entry with `attached`: whether a resource with data hangs on it (Art. 10)."""
    data = Resource.objects.filter(entry=OuterRef("pk"), current__isnull=False)
    return entries.annotate(attached=Exists(data))


def for_lists(entries: EntryQuerySet) -> EntryQuerySet:
    """Loads what cards show, in a number of queries that does not grow with the list."""
    return with_data(entries).for_cards()


def for_search(entries: EntryQuerySet) -> EntryQuerySet:
    """Loads what cards show, and the data elements in which a hit can be shown."""
    return for_lists(entries).prefetch_related(Prefetch("published__elements", queryset=DataElement.objects.all()))


def cards(entries: Iterable[Entry], words: str = "") -> list[Card]:
    """Returns the cards of published entries; `words` are what was searched."""
    terms = [run for _han, run in runs(fold(words))] if words else []
    return [_card(entry, terms) for entry in entries]


def _card(entry: Entry, terms: Sequence[str]) -> Card:
    version = entry.published
    assert version is not None
    published = version.published_at
    suspended = entry.availability == "suspended"
    return Card(
        url=reverse("catalogue:detail", args=[entry.code]),
        title=str(version),
        abstract=in_language(version.abstract, version.abstract_en),
        provider=str(entry.provider),
        open_class=version.open_class,
        domain=version.domain,
        update_frequency=version.update_frequency,
        updated_on=localtime(published).date() if published else None,
        formats=_formats(version.data_form, attached=getattr(entry, "attached", False)) if not suspended else [],
        hit=_hits(version.elements.all(), terms) if terms else "",
        suspended=suspended,
    )


def _formats(data_form: str, *, attached: bool) -> list[str]:
    """Says how the data is given out, or that there is none yet (Art. 10)."""
    if not attached:
        return [_("no data attached yet")]
    return {"api": [_("API")], "download": [_("Download")], "both": [_("Download"), _("API")]}.get(data_form, [])


def _hits(elements: Iterable[DataElement], terms: Sequence[str]) -> SafeString | str:
    """Names the data elements in which a searched word stands, so that a reader sees why this entry was found."""
    found = [one for one in elements if any(term in fold(f"{one.name} {one.meaning}") for term in terms)]
    if not found:
        return ""
    named = format_html_join(
        _(", "),
        "<mark>{}</mark>{}",
        (
            (one.name, _(" (%(meaning)s)") % {"meaning": one.meaning} if one.meaning else "")
            for one in found[:MOST_HITS]
        ),
    )
    return format_html("{}{}", _("Matching data elements: "), named)
