"""The permanent addresses of a resource's versions: their list, and a page for each (Art. 10, 15, 24)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from opendata import draw
from opendata.changes import difference, holds
from opendata.ingest.messages import describe
from opendata.ingest.reading import Finding
from opendata.models import Resource, ResourceVersion
from opendata.permits import Permit, is_own, permit_for, sees_values, version_visible
from opendata.quality import Dimension, Quality, quality_of
from opendata.showing import files_of, shown_columns
from portal.accounts.actors import Actor, actor_of

PER_PAGE = 50
QualityShown = tuple[Quality, list[tuple[Dimension, list[str]]]]


def resource_visible(actor: Actor, pk: Any) -> Resource:
    """Returns a resource that the actor sees, with what its pages say of it; 404 for any other."""
    found = Resource.objects.all().visible_to(actor)
    related = found.select_related("entry__provider__jurisdiction", "entry__published__region", "current", "successor")
    return get_object_or_404(related, pk=pk)


@require_safe
def versions(request: HttpRequest, pk: Any) -> HttpResponse:
    """Lists the versions, the newest first; officials see those that wait or were discarded as well."""
    actor = actor_of(request)
    resource = resource_visible(actor, pk)
    found = resource.versions.visible_to(actor).select_related("original").defer("columns", "reading", "findings")
    page = Paginator(found.order_by("-number"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "opendata/versions.html", base(resource) | {"page": page})


@require_safe
def version(request: HttpRequest, pk: Any, number: int) -> HttpResponse:
    """Shows one version for good: what it holds, what changed, how it was read, how it is cited and drawn."""
    actor, now = actor_of(request), timezone.now()
    resource = resource_visible(actor, pk)
    found = version_visible(actor, resource, number)
    today = timezone.localdate(now)
    held = resource.entry.availability == "suspended"
    permit = None if held else permit_for(actor, resource, today=today, version=found)
    inside = sees_values(actor, resource, permit) and not held
    context = base(resource) | {
        "version": found,
        "held": held,
        "whole": inside,
        "inside": is_own(actor, resource),
        "columns": shown_columns(found, resource.entry.published, whole=inside),
        "files": files_of(permit, found) if isinstance(permit, Permit) else [],
        "denied": None if permit or permit is None else permit,
        "difference": None if held else difference(found, inside=inside),
        "holds": holds(found) if found.state == "awaiting" else [],
        "findings": findings_of(found) if is_own(actor, resource) else [],
        "quality": quality_shown(resource, found, whole=inside, now=now),
        "citation": draw.citation(resource, obtained_on=today, version=found),
    }
    return render(request, "opendata/version.html", context)


@require_safe
def latest(request: HttpRequest, pk: Any) -> HttpResponse:
    """Leads to the version that stands now."""
    resource = resource_visible(actor_of(request), pk)
    if resource.current is None:
        raise Http404
    return redirect("opendata:version", resource.pk, resource.current.number)


def findings_of(found: ResourceVersion) -> list[tuple[str, list[str]]]:
    """Returns what was found in the file as sentences with their lines, the grave ones first."""
    return grouped(found.findings)


def grouped(findings: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """Returns findings as (level, sentences), from errors to notes; levels without any are left out."""
    told: dict[str, list[str]] = {"error": [], "warning": [], "info": []}
    for row in findings:
        told[row["level"]].append(describe(Finding(**row)))
    return [(level, texts) for level, texts in told.items() if texts]


def quality_shown(resource: Resource, found: ResourceVersion, *, whole: bool, now: dt.datetime) -> QualityShown | None:
    """Returns the quality with the sentences for this reader; nothing while the entry is held."""
    if resource.entry.availability == "suspended" or found.state != "published":
        return None
    quality = quality_of(resource, found, now=now)
    return quality, [(one, one.reasons_for(whole=whole)) for one in quality.dimensions]


def base(resource: Resource) -> dict[str, Any]:
    """Returns what every page of a resource needs."""
    standing = resource.entry.published
    return {
        "resource": resource,
        "entry": resource.entry,
        "standing": standing,
        "is_public": standing is not None and resource.entry.availability in {"live", "suspended"},
    }


urlpatterns = [
    path("resources/<uuid:pk>/versions/", versions, name="versions"),
    path("resources/<uuid:pk>/versions/latest/", latest, name="version_latest"),
    path("resources/<uuid:pk>/versions/<int:number>/", version, name="version"),
]
