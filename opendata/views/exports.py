"""The page of a file being made for download: how far it is, and the link when it is ready."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from opendata.fileexports import export_shown, is_there, problem_of
from opendata.linking import file_url
from opendata.models import Export
from portal.accounts.actors import actor_of


@require_safe
def export(request: HttpRequest, pk: Any) -> HttpResponse:
    """Shows how far a file is; the permit is asked again each time."""
    row, _permit = export_shown(actor_of(request), pk, today=timezone.localdate())
    context = {
        "export": row,
        "resource": row.version.resource,
        "ready": is_there(row),
        "over": row.state in {"ready", "failed"},
        "problem": problem_of(row),
        "label": row.format.upper(),
        "file_url": file_url(row),
    }
    template = "opendata/_export_progress.html" if request.headers.get("HX-Request") else "opendata/export.html"
    response = render(request, template, context)
    response["Cache-Control"] = "private, no-store"
    return response


def to_export(row: Export) -> HttpResponseBase:
    """Leads a browser that asked for a large file to the page that shows its making."""
    response = redirect("opendata:export", row.pk)
    response.status_code = 303
    return response


urlpatterns = [path("exports/<uuid:pk>/", export, name="export")]
