"""The officials' pages of open data: attach, upload, follow a job, watch over grants."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from catalogue.models import Entry
from catalogue.querysets import PROVIDER_ROLES
from opendata.forms import NoteForm, ResourceForm, UploadForm
from opendata.grants import grant_command
from opendata.ingest.messages import describe
from opendata.ingest.reading import Finding
from opendata.models import Grant, IngestJob, Resource
from opendata.services import require_attacher, resource_create, upload_receive
from opendata.showing import type_label
from portal.accounts import access
from portal.accounts.actors import actor_of
from portal.law import RULES, Role, RuleBroken
from portal.problems import say_refusal


@login_required
@require_http_methods(["GET", "POST"])
def resource_new(request: HttpRequest, pk: Any) -> HttpResponse:
    """Attaches a resource to an entry, then goes on to its upload."""
    actor = actor_of(request)
    entry = get_object_or_404(Entry.objects.all().visible_to(actor), pk=pk)
    require_attacher(actor, entry)
    form = ResourceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            resource = resource_create(entry=entry, actor=actor, now=timezone.now(), **form.cleaned_data)
        except RuleBroken as broken:
            form.add_error(None, say_refusal(broken))
        except ValidationError as invalid:
            form.add_error(None, invalid)
        else:
            return redirect("opendata:upload", resource.pk)
    return render(
        request, "opendata/resource_new.html", {"form": form, "entry": entry}, status=422 if form.errors else 200
    )


@login_required
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, pk: Any) -> HttpResponse:
    """Takes a file for a resource and goes on to the page that shows its reading."""
    actor = actor_of(request)
    resource = get_object_or_404(Resource.objects.all().visible_to(actor), pk=pk)
    require_attacher(actor, resource.entry)
    form = UploadForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            job = upload_receive(
                resource=resource, actor=actor, filename=file.name, chunks=file.chunks(), now=timezone.now()
            )
        except RuleBroken as broken:
            form.add_error("file", say_refusal(broken))
        else:
            return redirect("opendata:job", job.pk)
    context = {"form": form, "resource": resource, "entry": resource.entry, "jobs": resource.jobs.all()[:10]}
    return render(request, "opendata/upload.html", context, status=422 if form.errors else 200)


@login_required
def job(request: HttpRequest, pk: Any) -> HttpResponse:
    """Shows an upload on its way: stage and progress, then the version or every finding with its line."""
    found = IngestJob.objects.all().visible_to(actor_of(request)).select_related("resource__entry", "created_by")
    shown = get_object_or_404(found, pk=pk)
    findings = [(row["level"], describe(Finding(**row))) for row in shown.findings]
    columns = shown.version.columns if shown.state == "succeeded" else []
    context = {
        "job": shown,
        "columns": [column | {"type_label": type_label(column["type"])} for column in columns],
        "entry": shown.resource.entry,
        "findings": findings,
        "errors": [text for level, text in findings if level == "error"],
        "done": shown.state in {"succeeded", "failed"},
    }
    template = "opendata/_job_progress.html" if request.headers.get("HX-Request") else "opendata/job.html"
    return render(request, template, context)


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
    path("desk/entries/<uuid:pk>/resources/new/", resource_new, name="resource_new"),
    path("desk/resources/<uuid:pk>/upload/", upload, name="upload"),
    path("desk/jobs/<uuid:pk>/", job, name="job"),
    path("desk/grants/", grants, name="grants"),
    path("desk/grants/<uuid:pk>/", grant, name="grant"),
    path("desk/grants/<uuid:pk>/<slug:command>/", grant_command_page, name="grant_command"),
]
