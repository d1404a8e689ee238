"""The catalogue's list: words, filters and order in the address, so that every view of it can be sent as a link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from catalogue.filters import EntryFilter, Facet, facets
from catalogue.models import Entry
from catalogue.querysets import EntryQuerySet
from portal.pagination import CursorPagination
from portal.site.cards import Card, cards, for_lists, for_search
from portal.site.near import near

NEAR_SHOWN = 5
BEST, NEWEST = "best", "newest"
SORTS: dict[str, tuple[str, tuple[str, ...]]] = {
    NEWEST: (gettext_noop("Newest"), ("-first_published_at", "code")),
    "updated": (gettext_noop("Last updated"), ("-updated", "code")),
    "downloads": (gettext_noop("Most downloaded"), ("-downloads", "code")),
    "title": (gettext_noop("Title"), ("title", "code")),
}


@dataclass(frozen=True, slots=True)
class Sort:
    """A way to order the list."""

    name: str
    label: str
    current: bool


@dataclass(frozen=True, slots=True)
class Applied:
    """A filter in force and the address without it."""

    label: str
    url: str


class ListPages(CursorPagination):
    """Pages of the list; the number of rows is not the reader's choice here."""

    page_size_query_param = None


@require_safe
def entry_list(request: HttpRequest) -> HttpResponse:
    """Shows the entries that match, with facet counts under the other filters, and near matches where none does."""
    public = Entry.objects.all().open_to_public()
    found = EntryFilter(request.GET, queryset=public)
    words = request.GET.get("q", "").strip()
    chosen = _sort_of(request, words)
    ordered, ordering = _ordered(found, chosen)
    pages = ListPages()
    pages.ordering = ordering
    try:
        shown = pages.paginate_queryset(for_search(ordered), Request(request)) or []
    except NotFound as refused:
        raise Http404(str(refused.detail)) from refused
    panel = facets(public, request.GET)
    total = found.qs.order_by().count()
    context: dict[str, Any] = {
        "words": words,
        "entries": cards(shown, words),
        "total": total,
        "facets": panel,
        "applied": _applied(request.GET, panel),
        "sorts": _sorts(words, chosen),
        "sort": chosen,
        "keep": [(name, request.GET[name]) for name in ("q", "sort") if request.GET.get(name)],
        "reset_url": _address(_only(request.GET, "q")),
        "problems": [f"{message} ({name})" for name, messages in found.problems().items() for message in messages],
        "next_url": _relative(pages.get_next_link()),
        "previous_url": _relative(pages.get_previous_link()),
        "oob": ",".join(["#result-count", *(f"#facet-{facet.name}" for facet in panel)]),
    }
    if not total:
        context |= _nothing_found(public, words, request)
    return render(request, "site/catalogue_list.html", context)


def _sort_of(request: HttpRequest, words: str) -> str:
    asked = request.GET.get("sort", "")
    if asked in SORTS:
        return asked
    return BEST if words else NEWEST


def _ordered(found: EntryFilter, chosen: str) -> tuple[EntryQuerySet, tuple[str, ...]]:
    entries: EntryQuerySet = found.qs
    if chosen == BEST:
        return entries, found.ordering
    ordering = SORTS[chosen][1]
    marked = entries.annotate(updated=F("published__published_at"), title=F("published__title"))
    return marked.order_by(*ordering), ordering


def _sorts(words: str, chosen: str) -> list[Sort]:
    best = [Sort(BEST, _("Best match"), chosen == BEST)] if words else []
    return best + [Sort(name, _(msgid), chosen == name) for name, (msgid, _order) in SORTS.items()]


def _nothing_found(public: EntryQuerySet, words: str, request: HttpRequest) -> dict[str, Any]:
    """Returns what to offer instead: the same words without filters, and entries that hold some of the words."""
    without = _only(request.GET, "q")
    filtered = any(name not in {"q", "sort", "cursor"} for name in request.GET)
    unfiltered = EntryFilter(without, queryset=public).qs.order_by().count() if filtered else 0
    near_cards: list[Card] = cards(near(for_lists(public), words, NEAR_SHOWN)) if words else []
    return {"unfiltered": unfiltered, "unfiltered_url": _address(without), "near": near_cards}


def _applied(data: QueryDict, panel: list[Facet]) -> list[Applied]:
    found = []
    for facet in panel:
        for option in facet.options:
            if option.selected:
                rest = data.copy()
                rest.pop("cursor", None)
                rest.setlist(facet.name, [value for value in data.getlist(facet.name) if value != option.value])
                label = _("%(facet)s: %(value)s") % {"facet": facet.label, "value": option.label}
                found.append(Applied(label, _address(rest)))
    return found


def _only(data: QueryDict, *names: str) -> QueryDict:
    rest = QueryDict(mutable=True)
    for name in names:
        if data.get(name):
            rest.setlist(name, data.getlist(name))
    return rest


def _address(data: QueryDict) -> str:
    base = reverse("catalogue:list")
    return f"{base}?{data.urlencode()}" if data else base


def _relative(link: str | None) -> str:
    """Returns a page's link as a query string, so that it stays on this site whatever its name is."""
    return "?" + link.partition("?")[2] if link else ""
