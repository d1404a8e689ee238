"""The public pages of a resource: what it holds, how to draw it, and the file itself."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from opendata import mapping, showing
from opendata.draw import OverQuota
from opendata.duties import is_attacher
from opendata.exports import ExportRefused
from opendata.models import Resource
from opendata.rows import DeadlineExceeded, EngineBusy, QueryError
from opendata.sending import download_response
from opendata.views import versions
from opendata.views.exports import to_export
from portal.accounts.access import NotAllowed
from portal.accounts.actors import Actor, actor_of
from portal.problems import refusal

BUSY_SECONDS = 2
APPLY_ARTICLE = 29


def _visible(actor: Actor, pk: Any) -> Resource:
    found = Resource.objects.all().visible_to(actor)
    related = found.select_related("entry__provider__jurisdiction", "entry__published__region", "successor")
    return get_object_or_404(showing.for_showing(related), pk=pk)


@require_safe
def resource(request: HttpRequest, pk: Any) -> HttpResponse:
    """Shows a resource: columns, preview where it is permitted, files, API by example, versions."""
    actor, now = actor_of(request), timezone.now()
    found = _visible(actor, pk)
    standing = found.entry.published
    shown = showing.show(
        found,
        actor=actor,
        now=now,
        site=request.build_absolute_uri("/").rstrip("/"),
        meanings={row.name: row.meaning for row in standing.elements.all()} if standing else {},
        preview_asked="preview" in request.GET,
    )
    context = {
        "shown": shown,
        "map": mapping.map_of(shown.permit, []) if shown.permit else None,
        "entry": found.entry,
        "standing": standing,
        "is_public": standing is not None and found.entry.availability in {"live", "suspended"},
        "quality": _quality(found, shown, now=now),
        "manages": is_attacher(actor, found.entry),
    }
    return render(request, "opendata/resource.html", context)


def _quality(found: Resource, shown: showing.Shown, *, now: dt.datetime) -> versions.QualityShown | None:
    """Returns the quality of what stands now, with the figures of single columns for who may draw the data."""
    if shown.version is None:
        return None
    whole = shown.permit is not None and shown.permit.grant is None
    return versions.quality_shown(found, shown.version, whole=whole, now=now)


@require_safe
def download(request: HttpRequest, pk: Any) -> HttpResponseBase:
    """Sends the data as a file; a refusal is a page that says why, by which article, and what to do."""
    actor = actor_of(request)
    found = _visible(actor, pk)
    try:
        return download_response(request, found, actor=actor, now=timezone.now(), later=to_export)
    except NotAllowed as refused:
        return _not_given(request, found, refused)
    except (QueryError, ExportRefused, DeadlineExceeded) as refused:
        return refusal(request, 422, str(refused))
    except OverQuota as refused:
        return _wait(refusal(request, 429, str(refused), article=45), refused.seconds)
    except EngineBusy as refused:
        return _wait(refusal(request, 503, str(refused)), BUSY_SECONDS)


def _not_given(request: HttpRequest, found: Resource, refused: NotAllowed) -> HttpResponse:
    """Says why the file is not given, and what leads to it: the application, or the entry's page (Art. 29, 30)."""
    standing = found.entry.published
    context = {
        "detail": str(refused.reason),
        "article": refused.article,
        "resource": found,
        "code": found.entry.code if standing is not None else "",
        "apply": refused.article == APPLY_ARTICLE,
    }
    return render(request, "opendata/refused.html", context, status=403)


def _wait(response: HttpResponse, seconds: float) -> HttpResponse:
    response["Retry-After"] = str(math.ceil(seconds))
    return response


urlpatterns = [
    path("resources/<uuid:pk>/", resource, name="resource"),
    path("resources/<uuid:pk>/download/", download, name="download"),
]
