"""Pages of applicants: apply, correct, attach. They work without JavaScript; what was typed is never lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalogue.models import Entry
from opendata.storage import blob_open
from portal.accounts.actors import Actor, actor_of
from portal.accounts.models import Identity
from portal.law import RULES, RuleBroken
from requests_app import casefile
from requests_app.forms.applications import ApplicationForm, AttachmentForm, first_term
from requests_app.forms.refusals import refusal_show
from requests_app.models import Application, Attachment
from requests_app.services.applications import (
    EDITABLE_STATES,
    application_create,
    application_update,
    entry_require_applicable,
    require_editable,
)
from requests_app.services.attachments import attachment_add, attachment_remove
from requests_app.services.commands import Given, application_command
from requests_app.services.steps import MACHINE

WAY = ("conformity_check", "provider_review", "signing")


def application_seen(request: HttpRequest, receipt: str) -> tuple[Application, Actor]:
    """Returns an application that the reader may see, and the reader; 404 for any other."""
    actor = actor_of(request)
    visible = Application.objects.all().visible_to(actor)
    related = visible.select_related("applicant", "organisation__authorised_person", "authority__jurisdiction")
    return get_object_or_404(related, receipt=receipt), actor


@never_cache
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest, code: str) -> HttpResponse:
    """Explains how this data is applied for, and takes the application; reading needs no account."""
    actor = actor_of(request)
    entry = get_object_or_404(Entry.objects.all().visible_to(actor).for_cards(), code=code)
    entry_require_applicable(entry)
    if request.method != "POST" or actor.user is None:
        form = None
        if actor.user is not None:
            form = ApplicationForm(initial=first_term(timezone.localdate()), actor=actor, entries=[entry])
        return _apply_page(request, entry, form)
    submitting = "submit" in request.POST
    form = ApplicationForm(request.POST, request.FILES, actor=actor, entries=[entry], submitting=submitting)
    if not form.is_valid():
        return _apply_page(request, entry, form, status=422)
    now = timezone.now()
    try:
        with transaction.atomic():
            application = application_create(
                actor=actor,
                entries=form.chosen_entries() or [],
                fields=form.content,
                organisation=form.cleaned_data["organisation"],
                now=now,
            )
            _attach(application, form, actor, now)
    except (RuleBroken, ValidationError) as refused:
        return _apply_page(request, entry, form, status=refusal_show(form, refused))
    if submitting:
        _hand_in(request, application, "submit", actor, now)
    else:
        messages.success(request, _("The draft is saved. Submit it when it is ready."))
    return redirect("requests:application", receipt=application.receipt)


def _apply_page(request: HttpRequest, entry: Entry, form: ApplicationForm | None, *, status: int = 200) -> HttpResponse:
    user = actor_of(request).user
    identity = Identity.objects.filter(user=user).first() if user is not None else None
    context = {
        "entry": entry,
        "version": entry.published,
        "form": form,
        "identity": identity,
        "verified": identity is not None and identity.is_verified,
        "clocks": [RULES.clock(name) for name in WAY],
        "commands": [RULES.command(MACHINE, name) for name in ("submit", "accept", "approve", "sign")],
    }
    return render(request, "requests/application_apply.html", context, status=status)


def _attach(application: Application, form: ApplicationForm | AttachmentForm, actor: Actor, now: dt.datetime) -> None:
    for file in form.cleaned_data["attachments"]:
        attachment_add(application, actor=actor, filename=file.name or "", chunks=file.chunks(), now=now)


def _hand_in(request: HttpRequest, application: Application, command: str, actor: Actor, now: dt.datetime) -> None:
    """Submits what has just been saved; where that is refused the saved text stays and the reason is told."""
    try:
        application_command(application, command, actor=actor, now=now, given=Given())
    except RuleBroken as refused:
        told = {"why": refused.say(get_language())}
        messages.warning(request, _("It is saved, but not submitted yet: %(why)s") % told)
    else:
        told = {"receipt": application.receipt}
        messages.success(request, _("Submitted. Your receipt number is %(receipt)s.") % told)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def application_edit(request: HttpRequest, receipt: str) -> HttpResponse:
    """Changes a draft or a returned application, and sends it (again) if one likes."""
    application, actor = application_seen(request, receipt)
    lines = casefile.lines_of(application)
    entries = [line.entry for line in lines]
    if not application.is_applicant(request.user) or application.state not in EDITABLE_STATES:  # type: ignore[arg-type]
        raise Http404
    if request.method != "POST":
        names = ("scenario", "purpose", "starts_on", "ends_on", "safeguards")
        initial = {name: getattr(application, name) for name in names}
        form = ApplicationForm(initial=initial, actor=actor, entries=entries, application=application)
        return _edit_page(request, application, form)
    submitting = "submit" in request.POST
    form = ApplicationForm(
        request.POST, request.FILES, actor=actor, entries=entries, application=application, submitting=submitting
    )
    if not form.is_valid():
        return _edit_page(request, application, form, status=422)
    now = timezone.now()
    try:
        with transaction.atomic():
            application_update(application, actor=actor, fields=form.content, entries=form.chosen_entries(), now=now)
            _attach(application, form, actor, now)
    except (RuleBroken, ValidationError) as refused:
        application.refresh_from_db()
        return _edit_page(request, application, form, status=refusal_show(form, refused))
    if submitting:
        _hand_in(request, application, "submit" if application.state == "draft" else "resubmit", actor, now)
    else:
        messages.success(request, _("Your changes are saved."))
    return redirect("requests:application", receipt=application.receipt)


def _edit_page(request: HttpRequest, application: Application, form: Form, *, status: int = 200) -> HttpResponse:
    context = {
        "application": application,
        "form": form,
        "wanted": casefile.last_return(application),
        "attachments": application.attachments.select_related("blob"),
    }
    return render(request, "requests/application_edit.html", context, status=status)


# --- Attachments ---------------------------------------------------------------------------------


@login_required
@require_POST
def attachment_new(request: HttpRequest, receipt: str) -> HttpResponse:
    """Adds files to a draft or a returned application."""
    found, actor = application_seen(request, receipt)
    require_editable(found, actor)
    form = AttachmentForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.errors["attachments"])))
    else:
        with transaction.atomic():
            _attach(found, form, actor, timezone.now())
    return redirect("requests:application_edit", receipt=found.receipt)


def _attachment_seen(request: HttpRequest, pk: Any) -> Attachment:
    visible = Application.objects.all().visible_to(actor_of(request))
    found = Attachment.objects.filter(application__in=visible).select_related("application", "blob")
    return get_object_or_404(found, pk=pk)


@login_required
@require_POST
def attachment_drop(request: HttpRequest, pk: Any) -> HttpResponse:
    """Takes a file off a draft or a returned application."""
    found = _attachment_seen(request, pk)
    attachment_remove(found, actor=actor_of(request), now=timezone.now())
    return redirect("requests:application_edit", receipt=found.application.receipt)


@never_cache
@login_required
@require_GET
def attachment(request: HttpRequest, pk: Any) -> FileResponse:
    """Sends an attachment as a download, never shown by the browser, to the case's people only."""
    found = _attachment_seen(request, pk)
    response = FileResponse(
        blob_open(found.blob), as_attachment=True, filename=found.filename, content_type="application/octet-stream"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox"
    return response


urlpatterns = [
    path("apply/<path:code>/", apply, name="apply"),
    path("applications/<str:receipt>/edit/", application_edit, name="application_edit"),
    path("applications/<str:receipt>/files/", attachment_new, name="attachment_new"),
    path("attachments/<uuid:pk>/", attachment, name="attachment"),
    path("attachments/<uuid:pk>/remove/", attachment_drop, name="attachment_remove"),
]
