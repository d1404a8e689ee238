"""The public pages of a resource: what it holds, how to draw it, and the file itself."""

from __future__ import annotations

import math
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from opendata import showing
from opendata.draw import OverQuota
from opendata.exports import ExportRefused
from opendata.models import Resource
from opendata.rows import DeadlineExceeded, EngineBusy, QueryError
from opendata.sending import download_response
from portal.accounts.actors import Actor, actor_of
from portal.problems import refusal

BUSY_SECONDS = 2


def _visible(actor: Actor, pk: Any) -> Resource:
    found = Resource.objects.all().visible_to(actor)
    related = found.select_related("entry__provider__jurisdiction", "entry__published__region")
    return get_object_or_404(showing.for_showing(related), pk=pk)


@require_safe
def resource(request: HttpRequest, pk: Any) -> HttpResponse:
    """Shows a resource: columns, preview where it is permitted, files, API by example, versions."""
    actor = actor_of(request)
    found = _visible(actor, pk)
    standing = found.entry.published
    shown = showing.show(
        found,
        actor=actor,
        now=timezone.now(),
        site=request.build_absolute_uri("/").rstrip("/"),
        meanings={row.name: row.meaning for row in standing.elements.all()} if standing else {},
        preview_asked="preview" in request.GET,
    )
    context = {
        "shown": shown,
        "entry": found.entry,
        "standing": standing,
        "is_public": standing is not None and found.entry.availability in {"live", "suspended"},
    }
    return render(request, "opendata/resource.html", context)


@require_safe
def download(request: HttpRequest, pk: Any) -> HttpResponseBase:
    """Sends the data as a file; a refusal is a page that says why, by which article, and what to do."""
    actor = actor_of(request)
    found = _visible(actor, pk)
    try:
        return download_response(request, found, actor=actor, now=timezone.now())
    except (QueryError, ExportRefused, DeadlineExceeded) as refused:
        return refusal(request, 422, str(refused))
    except OverQuota as refused:
        return _wait(refusal(request, 429, str(refused), article=45), refused.seconds)
    except EngineBusy as refused:
        return _wait(refusal(request, 503, str(refused)), BUSY_SECONDS)


def _wait(response: HttpResponse, seconds: float) -> HttpResponse:
    response["Retry-After"] = str(math.ceil(seconds))
    return response


urlpatterns = [
    path("resources/<uuid:pk>/", resource, name="resource"),
    path("resources/<uuid:pk>/download/", download, name="download"),
]
