"""The officials' pages of grants: watch over them, and act on one with its reason."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from catalogue.querysets import PROVIDER_ROLES
from opendata.forms import NoteForm
from opendata.grants import grant_command
from opendata.models import Grant
from portal.accounts import access
from portal.accounts.actors import actor_of
from portal.law import RULES, Role, RuleBroken
from portal.problems import say_refusal


@login_required
def grants(request: HttpRequest) -> HttpResponse:
    """Lists the grants on the official's entries."""
    actor = actor_of(request)
    mine = access.departments_with_role(actor.user, *PROVIDER_ROLES, Role.AUTHORITY_OFFICER, Role.AUDITOR)
    if not mine.exists():
        raise Http404
    found = Grant.objects.all().visible_to(actor).select_related("entry__published", "user", "organisation")
    page = Paginator(found, 30).get_page(request.GET.get("page"))
    today = timezone.localdate()
    rows = [(one, one.is_active(today)) for one in page]
    return render(request, "opendata/grants.html", {"rows": rows, "page": page})


@login_required
def grant(request: HttpRequest, pk: Any) -> HttpResponse:
    """Shows one grant: who, what, how long, its use, its keys' last use, and what may be done."""
    actor = actor_of(request)
    shown = _grant_or_404(request, pk)
    commands = access.allowed_commands(actor, "grant", shown)
    today = timezone.localdate()
    context = {
        "grant": shown,
        "active": shown.is_active(today),
        "commands": commands,
        "uses": shown.uses.select_related("resource", "key")[:50],
        "keys": shown.api_keys.all(),
    }
    return render(request, "opendata/grant.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def grant_command_page(request: HttpRequest, pk: Any, command: str) -> HttpResponse:
    """Asks for the reason, then carries the command out."""
    actor = actor_of(request)
    shown = _grant_or_404(request, pk)
    if command not in {row.name for row in RULES.machine("grant").commands}:
        raise Http404
    row = RULES.command("grant", command)
    access.require(actor, "grant", command, shown)
    form = NoteForm(request.POST if request.method == "POST" else None)
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            grant_command(shown, command, actor=actor, now=timezone.now(), note=form.cleaned_data["note"])
        except RuleBroken as broken:
            error = say_refusal(broken)
        else:
            return redirect("opendata:grant", shown.pk)
    context = {"grant": shown, "command": row, "form": form, "error": error}
    return render(request, "opendata/grant_command.html", context, status=409 if error else 200)


def _grant_or_404(request: HttpRequest, pk: Any) -> Grant:
    found = Grant.objects.all().visible_to(actor_of(request))
    return get_object_or_404(found.select_related("entry__published", "entry__provider", "user", "organisation"), pk=pk)


urlpatterns = [
    path("desk/grants/", grants, name="grants"),
    path("desk/grants/<uuid:pk>/", grant, name="grant"),
    path("desk/grants/<uuid:pk>/<slug:command>/", grant_command_page, name="grant_command"),
]
