"""Filters and facets of the catalogue: one set for the page and for the API.

Both begin at a queryset that the caller has narrowed to what the actor may see, so that no list, count or facet can
speak of anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import django_filters as filters
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalogue import search
from catalogue.models import Entry
from catalogue.querysets import EntryQuerySet
from portal.accounts.models import Department, Jurisdiction
from portal.language import code_choices, say_lazily
from portal.law import RULES

FIRST_YEAR, LAST_YEAR = 1900, 2100


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a facet: how many entries have it under the other filters, and whether it is chosen."""

    value: str
    label: str | Promise
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One filter with its values, as `components/filter_panel.html` draws it."""

    name: str
    label: str | Promise
    options: tuple[Option, ...]
    single: bool = False

    @property
    def selected(self) -> bool:
        """Says whether a value of it is chosen."""
        return any(option.selected for option in self.options)


def _codes(list_name: str) -> filters.MultipleChoiceFilter:
    """Returns a filter over a code list of the law; several values mean any of them."""
    return filters.MultipleChoiceFilter(
        field_name=f"published__{list_name}",
        choices=code_choices(list_name),
        label=say_lazily(RULES.codes(list_name).label),
        distinct=False,
    )


class EntryFilter(filters.FilterSet):
    """What a reader may ask of the catalogue; a value that is in no list is an error that names its parameter."""

    q = filters.CharFilter(method="search", label=_("Words"))
    domain = _codes("domain")
    open_class = _codes("open_class")
    department = filters.ModelMultipleChoiceFilter(
        field_name="provider__code",
        to_field_name="code",
        queryset=Department.objects.all(),
        label=_("Department"),
        distinct=False,
    )
    region = filters.ModelMultipleChoiceFilter(
        field_name="published__region",
        to_field_name="code",
        queryset=Jurisdiction.objects.all(),
        label=_("Region"),
        distinct=False,
    )
    jurisdiction = filters.ModelMultipleChoiceFilter(
        field_name="provider__jurisdiction",
        to_field_name="code",
        queryset=Jurisdiction.objects.all(),
        label=_("Level of government"),
        distinct=False,
    )
    format = filters.MultipleChoiceFilter(
        field_name="published__format_class",
        choices=code_choices("format_class"),
        label=say_lazily(RULES.codes("format_class").label),
        distinct=False,
    )
    update_frequency = _codes("update_frequency")
    library = _codes("library")
    year = filters.NumberFilter(
        method="covers", min_value=FIRST_YEAR, max_value=LAST_YEAR, decimal_places=0, label=_("Year covered")
    )

    class Meta:
        model = Entry
        fields: list[str] = []

    def search(self, entries: EntryQuerySet, name: str, words: str) -> EntryQuerySet:
        """Finds by words, best first."""
        return search.find(entries, words)

    def covers(self, entries: EntryQuerySet, name: str, year: Any) -> EntryQuerySet:
        """Finds the entries whose data reaches into the year; those that state no dates are left out."""
        first, last = f"{int(year):04d}-01-01", f"{int(year):04d}-12-31"
        begun = Q(published__covers_from__lte=last) | Q(published__covers_from=None, published__covers_to__gte=first)
        return entries.filter(begun, Q(published__covers_to=None) | Q(published__covers_to__gte=first))

    @property
    def ordering(self) -> tuple[str, ...]:
        """Returns the order in which the list is read: best first for words, else newest first; fit for cursors."""
        return search.RANKED if "rank" in self.qs.query.annotations else search.NEWEST

    def problems(self) -> dict[str, list[str]]:
        """Returns what is wrong with the parameters, by parameter."""
        return {name: [str(message) for message in messages] for name, messages in self.errors.items()}


def entries_matching(entries: EntryQuerySet, data: Mapping[str, Any]) -> EntryFilter:
    """Returns the bound filter over these entries; `.qs` are the matches, newest or best first.

    Raises ValidationError naming each parameter whose value is not right.
    """
    found = EntryFilter(data, queryset=entries.order_by(*search.NEWEST))
    if not found.is_valid():
        raise ValidationError(found.problems())
    return found


# name of the filter → path of the value that its options count
FACETS: dict[str, str] = {
    "domain": "published__domain",
    "open_class": "published__open_class",
    "department": "provider__code",
    "region": "published__region_id",
    "format": "published__format_class",
    "update_frequency": "published__update_frequency",
    "library": "published__library",
}


def facets(entries: EntryQuerySet, data: Mapping[str, Any]) -> list[Facet]:
    """Returns the facets of these entries: each value's count under all the other filters.

    A facet ignores its own choice, so that a reader sees what choosing another value would bring. Values that
    nothing has are left out, unless they are chosen. Parameters that are not right filter nothing here.
    """
    return [_facet(entries, data, name, path) for name, path in FACETS.items()]


def _facet(entries: EntryQuerySet, data: Mapping[str, Any], name: str, path: str) -> Facet:
    others = EntryFilter(_without(data, name), queryset=entries)
    counted = others.qs.order_by().values_list(path).annotate(n=Count("pk", distinct=True))
    counts = {str(value): n for value, n in counted.values_list(path, "n")}
    chosen = set(_values(data, name))
    options = tuple(
        Option(value, label, counts.get(value, 0), value in chosen)
        for value, label in _labels(name, counts.keys() | chosen)
        if counts.get(value) or value in chosen
    )
    return Facet(name, EntryFilter.base_filters[name].label, options)


def _labels(name: str, values: set[str]) -> list[tuple[str, str | Promise]]:
    """Returns the values with their labels, in the order of the list or of the table."""
    if name == "department":
        return [(row.code, str(row)) for row in Department.objects.filter(code__in=values)]
    if name == "region":
        return [(row.code, str(row)) for row in Jurisdiction.objects.filter(code__in=values)]
    return [(code, text) for code, text in code_choices("format_class" if name == "format" else name)]


def _values(data: Mapping[str, Any], name: str) -> list[str]:
    """Returns what was chosen in a facet; a NUL, which no text in the database can hold, is no choice."""
    if isinstance(data, QueryDict):
        values = data.getlist(name)
    else:
        value = data.get(name, [])
        values = list(value) if isinstance(value, list | tuple) else [value]
    return [text for text in map(str, values) if "\x00" not in text]


def _without(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    if isinstance(data, QueryDict):
        rest = data.copy()
        rest.pop(name, None)
        return rest
    return {key: value for key, value in data.items() if key != name}
