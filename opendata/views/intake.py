"""The officials' pages of files coming in: attach a resource, upload to it, follow the reading."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalogue.models import Entry
from opendata.changes import difference, holds
from opendata.duties import is_attacher, require_attacher
from opendata.forms import ResourceForm, UploadForm
from opendata.models import IngestJob, Resource, ResourceVersion, Upload
from opendata.permits import is_own
from opendata.services import resource_create, upload_receive
from opendata.showing import type_label
from opendata.uploads import KEPT, Busy, WrongOffset, upload_drop
from opendata.views.versions import grouped
from portal.accounts.actors import actor_of
from portal.law import RuleBroken
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
    if "cancel" in request.POST:
        return _cancel(request, resource)
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
    context = {
        "form": form,
        "resource": resource,
        "entry": resource.entry,
        "jobs": resource.jobs.select_related("version")[:10],
        "coming": Upload.objects.all()
        .visible_to(actor)
        .select_related("resource")
        .filter(job=None, expires_at__gt=timezone.now()),
        "most_at_once": settings.UPLOAD_FORM_BYTES,
        "most_in_pieces": settings.UPLOAD_MAX_BYTES,
        "kept_days": KEPT.days,
    }
    return render(request, "opendata/upload.html", context, status=422 if form.errors else 200)


def _cancel(request: HttpRequest, resource: Resource) -> HttpResponse:
    """Ends an upload in pieces that its sender gave up, and comes back to the page."""
    try:
        wanted = UUID(request.POST["cancel"])
    except ValueError as error:
        raise Http404 from error
    found = get_object_or_404(Upload.objects.all().visible_to(actor_of(request)), pk=wanted)
    try:
        upload_drop(found, now=timezone.now())
    except (Busy, WrongOffset):
        messages.error(request, _("This upload is being written to or is whole already; it was not cancelled."))
    else:
        messages.success(request, _("The upload is cancelled; nothing of it was kept."))
    return redirect("opendata:upload", resource.pk)


@login_required
def job(request: HttpRequest, pk: Any) -> HttpResponse:
    """Shows an upload on its way: stage and progress, then the version, what it waits for, or every finding."""
    actor = actor_of(request)
    found = IngestJob.objects.all().visible_to(actor).select_related("resource__entry__provider", "created_by")
    shown = get_object_or_404(found, pk=pk)
    version = ResourceVersion.objects.filter(job=shown).select_related("resource__entry__provider").first()
    inside = is_own(actor, shown.resource)
    context = {
        "job": shown,
        "version": version,
        "columns": [one | {"type_label": type_label(one["type"])} for one in (version.columns if version else [])],
        "entry": shown.resource.entry,
        "findings": grouped(shown.findings),
        "same": same_version(shown),
        "done": shown.state in {"succeeded", "failed"},
        "discarded": version is not None and version.state == "discarded",
        "holds": holds(version) if version is not None and version.state == "awaiting" else [],
        "difference": difference(version, inside=inside) if version is not None else None,
        "decides": is_attacher(actor, shown.resource.entry),
        "inside": inside,
    }
    template = "opendata/_job_progress.html" if request.headers.get("HX-Request") else "opendata/job.html"
    return render(request, template, context)


def same_version(shown: IngestJob) -> ResourceVersion | None:
    """Returns the version whose bytes were uploaded once more, where that is how the job ended."""
    told = next((finding for finding in shown.findings if finding["code"] == "same_bytes"), None)
    return ResourceVersion.objects.filter(pk=told["params"]["version"]).first() if told else None


urlpatterns = [
    path("desk/entries/<uuid:pk>/resources/new/", resource_new, name="resource_new"),
    path("desk/resources/<uuid:pk>/upload/", upload, name="upload"),
    path("desk/jobs/<uuid:pk>/", job, name="job"),
]
