"""An entry's page: what it is, may I have it, how; then the data itself, its facts and its history (Art. 27–30, 32)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalogue.models import Entry, EntryVersion
from catalogue.querysets import EntryQuerySet
from opendata import showing
from opendata.models import Grant, Resource
from portal.accounts.actors import Actor, actor_of
from portal.language import in_language
from portal.law import RULES
from portal.site import facts
from requests_app.models import Application

RELATED = 3
CLOCKS = ("conformity_check", "provider_review", "authority_review", "signing")


def public_entries() -> EntryQuerySet:
    """Returns the entries that have a page: published and not withdrawn (Art. 27)."""
    return Entry.objects.all().open_to_public()


@require_safe
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """Shows a published entry; what is withdrawn or was never published answers 404."""
    related = public_entries().select_related(
        "provider__jurisdiction", "published__region", "published__lead_department"
    )
    entry = get_object_or_404(related, code=code)
    version = entry.published
    assert version is not None  # open_to_public promises it
    actor, now = actor_of(request), timezone.now()
    today = timezone.localdate(now)
    elements = list(version.elements.all())
    visible = Resource.objects.all().visible_to(Actor.visitor()).filter(entry=entry)
    resources = list(showing.for_showing(visible))
    for resource in resources:
        resource.entry = entry
    shown = [
        showing.show(
            resource,
            actor=actor,
            now=now,
            site=request.build_absolute_uri("/").rstrip("/"),
            meanings={element.name: element.meaning for element in elements},
        )
        for resource in resources
    ]
    hold = entry.suspensions.filter(lifted_at=None).first() if entry.availability == "suspended" else None
    context: dict[str, Any] = {
        "entry": entry,
        "version": version,
        "title": str(version),
        "abstract": in_language(version.abstract, version.abstract_en),
        "hold": hold,
        "suspended": entry.availability == "suspended",
        "elements": elements,
        "shown": shown,
        "several": len(shown) > 1,
        "first_file": next((one.files[0] for one in shown if one.files and one.downloadable), None),
        "package": _package(shown),
        "grant": _own_grant(actor, entry, today),
        "own_application": _own_application(actor, entry),
        "clocks": {name: RULES.clock(name) for name in CLOCKS},
        "six_facts": facts.six(entry, version),
        "all_facts": facts.everything(entry, version),
        "history": _history(entry, resources),
        "citation": shown[0].citation if shown else facts.citation(entry, today),
        "keywords": facts.words(version.keywords),
    }
    return render(request, "site/entry.html", context)


def _package(shown: list[showing.Shown]) -> dict[str, int] | None:
    """Returns how many tables the reader would get as one ZIP, and the size of the files they were read from."""
    drawn = [one for one in shown if one.permit and one.downloadable and one.resource.retired_at is None]
    standing = [one.version for one in drawn if one.version]
    return {"tables": len(standing), "size": sum(one.original.size for one in standing)} if standing else None


def _own_grant(actor: Actor, entry: Entry, today: dt.date) -> Grant | None:
    """Returns the reader's grant on the entry that is good today."""
    if actor.kind != "user":
        return None
    return Grant.objects.all().held_by(actor).active(today).filter(entry=entry).order_by("-ends_on").first()


def _own_application(actor: Actor, entry: Entry) -> Application | None:
    """Returns the reader's own application for the entry that is still on its way."""
    if actor.kind != "user":
        return None
    open_states = RULES.machine("application").open_states
    own = Application.objects.filter(applicant=actor.user, lines__entry=entry, state__in=open_states)
    return own.order_by("-created_at").first()


def _history(entry: Entry, resources: list[Resource]) -> list[dict[str, Any]]:
    """Returns what changed, newest first: versions of the entry, versions of its data, holds (Art. 27)."""
    events: list[dict[str, Any]] = []
    standing = EntryVersion.objects.all().visible_to(Actor.visitor()).filter(entry=entry, published_at__isnull=False)
    for version in standing.only("number", "published_at", "change_note", "entry"):
        title = _("Version %(number)s of the entry was published") % {"number": version.number}
        events.append({"title": title, "at": version.published_at, "note": version.change_note, "article": 27})
    for resource in resources:
        for data in resource.lately:  # type: ignore[attr-defined]  # prefetched by showing.for_showing
            title = _("“%(resource)s”: version %(number)s of the data, %(rows)s rows") % {
                "resource": resource,
                "number": data.number,
                "rows": data.rows,
            }
            events.append({"title": title, "at": data.created_at, "tone": "good"})
    for hold in entry.suspensions.all():
        events.append(
            {"title": _("The data was held"), "at": hold.at, "note": hold.reason, "article": 30, "tone": "bad"}
        )
        if hold.lifted_at:
            events.append(
                {"title": _("The data was opened again"), "at": hold.lifted_at, "article": 30, "tone": "good"}
            )
    return sorted(events, key=lambda event: event["at"], reverse=True)
