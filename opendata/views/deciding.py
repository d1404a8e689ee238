"""What the publisher decides about a version that waits: confirm, discard, look at the rows that could not be read."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from opendata.models import ResourceVersion
from opendata.permits import is_own
from opendata.refusedrows import refused_response
from opendata.versions import CONFIRMED_BY_PUBLISHER, hold_lift, version_discard
from portal.accounts.actors import actor_of


def version_of(request: HttpRequest, pk: Any) -> ResourceVersion:
    """Returns a version that the actor sees; 404 for any other."""
    found = ResourceVersion.objects.all().visible_to(actor_of(request))
    return get_object_or_404(found.select_related("resource__entry__provider", "job", "refused"), pk=pk)


@login_required
@require_POST
def version_confirm(request: HttpRequest, pk: Any) -> HttpResponse:
    """Confirms one thing that a version waits for, then shows what became of it."""
    version = version_of(request, pk)
    reason = request.POST.get("reason", "")
    if reason not in CONFIRMED_BY_PUBLISHER:
        raise Http404
    note = request.POST.get("note", "")
    hold_lift(version, reason, actor=actor_of(request), now=timezone.now(), note=note)
    return redirect("opendata:job", version.job_id)


@login_required
@require_POST
def version_give_up(request: HttpRequest, pk: Any) -> HttpResponse:
    """Discards a version that waits; what readers see stays as it is."""
    version = version_of(request, pk)
    version_discard(version, actor=actor_of(request), now=timezone.now(), note=request.POST.get("note", ""))
    return redirect("opendata:job", version.job_id)


@login_required
@require_safe
def version_refused(request: HttpRequest, pk: Any) -> HttpResponseBase:
    """Sends the rows that could not be read, to the people of the data's own department alone."""
    version = version_of(request, pk)
    if version.refused is None or not is_own(actor_of(request), version.resource):
        raise Http404
    return refused_response(version)


urlpatterns = [
    path("desk/versions/<uuid:pk>/confirm/", version_confirm, name="version_confirm"),
    path("desk/versions/<uuid:pk>/discard/", version_give_up, name="version_discard"),
    path("desk/versions/<uuid:pk>/refused/", version_refused, name="version_refused"),
]
