"""The first page: search, the domains, what is new, and what one can do here."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from catalogue.models import Entry
from portal.law import RULES
from portal.site import facts, figures
from portal.site.cards import cards, for_lists

NEWEST = 5
HINTS = 5
OTHER = "other"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Shows the home page; every figure on it is counted now, from what can really be seen and downloaded."""
    entries = list(for_lists(Entry.objects.all().open_to_public())[: NEWEST * 2])
    catalogue = reverse("catalogue:list")
    counts = figures.by_domain()
    domains = [
        {
            "value": code.value,
            "label": code.label,
            "count": counts.get(code.value, 0),
            "url": f"{catalogue}?{urlencode({'domain': code.value})}",
        }
        for code in RULES.codes("domain").items
        if code.value != OTHER or counts.get(OTHER)
    ]
    words = [word for entry in entries if entry.published for word in facts.words(entry.published.keywords)[:1]]
    hints = [{"label": word, "url": f"{catalogue}?{urlencode({'q': word})}"} for word in dict.fromkeys(words)]
    context = {
        "live": figures.live(),
        "domains": domains,
        "newest": cards(entries[:NEWEST]),
        "hints": hints[:HINTS],
        "classes": figures.by_open_class(),
    }
    return render(request, "site/home.html", context)
