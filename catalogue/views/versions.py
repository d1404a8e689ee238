"""/desk/versions/: one version of an entry, its wording, its way through the reviews (Art. 7, 10, 12, 36)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalogue.forms import MORE_ROWS, CommandForm, VersionForm, command_of, elements_formset, sent_rows, take_errors
from catalogue.layout import differences, grouped
from catalogue.models import EntryVersion
from catalogue.services import (
    ELEMENT_FIELDS,
    MACHINE,
    require_registrar,
    version_command,
    version_open,
    version_update,
)
from catalogue.views.entries import confirm_page, own_entry, typed, waits_for
from portal.accounts import access
from portal.accounts.actors import actor_of
from portal.language import say
from portal.law import RULES, ClockKind, Count, RuleBroken, Text
from portal.workflow import clocks
from portal.workflow.calendar import current_calendar
from portal.workflow.models import Clock

WAY = ("draft", "department_review", "secrecy_review", "authority_review", "published")
TONES = {"department_return": "bad", "secrecy_return": "bad", "authority_return": "bad", "publish": "good"}


@dataclass(frozen=True, slots=True)
class ShownClock:
    """A clock of the version as `components/clock.html` draws it."""

    kind: ClockKind
    count: Count
    left: int | None
    state: str


@dataclass(frozen=True, slots=True)
class Event:
    """A step of the timeline."""

    title: str | Text
    at: dt.datetime
    who: str
    article: int | None
    note: str = ""
    tone: str = ""


def own_version(request: HttpRequest, pk: Any) -> EntryVersion:
    """Returns a version that the official sees from the inside, or answers 404."""
    related = ("entry__provider__jurisdiction", "entry__published", "region", "lead_department", "created_by")
    return get_object_or_404(EntryVersion.objects.own(actor_of(request)).select_related(*related), pk=pk)


@login_required
@require_safe
def version_page(request: HttpRequest, pk: Any) -> HttpResponse:
    """Shows a version: what it says, what it changes, where it stands, how long it has, and what I may do."""
    version = own_version(request, pk)
    actor = actor_of(request)
    rows = [row for row in RULES.machine(MACHINE).from_state(version.state) if not row.by_system]
    answers = [(row, access.can(actor, MACHINE, row.name, version)) for row in rows]
    standing = version.entry.published
    context = {
        "version": version,
        "entry": version.entry,
        "groups": grouped(version),
        "elements": version.elements.all(),
        "changes": differences(standing, version) if standing and standing.pk != version.pk else None,
        "standing": standing,
        "steps": _steps(version),
        "events": _timeline(version),
        "clocks": _clocks(version, timezone.localdate()),
        "today": timezone.localdate(),
        "waits_for": waits_for(version.state),
        "may_edit": version.is_editable and _is_registrar(request, version),
        "commands": [
            {"url": reverse("entries:command", args=[version.pk, row.name]), "command": row}
            for row, answer in answers
            if answer
        ],
        "denied": [
            {"command": row, "reason": answer.reason, "article": answer.article}
            for row, answer in answers
            if isinstance(answer, access.Denied)
        ],
    }
    return render(request, "catalogue/desk/version.html", context)


def _is_registrar(request: HttpRequest, version: EntryVersion) -> bool:
    try:
        require_registrar(actor_of(request), version.entry.provider)
    except access.NotAllowed:
        return False
    return True


def _steps(version: EntryVersion) -> list[dict[str, Any]]:
    states = RULES.machine(MACHINE)
    if version.state not in WAY:
        return [{"label": say(states.state(version.state).label), "state": "done"}]
    here = WAY.index(version.state)
    passed = here + 1 if version.state == "published" else here
    marks = ["done"] * passed + ["current"] * (passed == here) + [""] * len(WAY)
    return [{"label": say(states.state(name).label), "state": mark} for name, mark in zip(WAY, marks, strict=False)]


def _timeline(version: EntryVersion) -> list[Event]:
    events = [Event(_("Draft begun"), version.created_at, version.created_by.get_full_name(), 7)]
    for review in version.reviews.select_related("by"):
        row = RULES.command(MACHINE, review.command)
        tone = TONES.get(review.command, "")
        events.append(Event(row.label, review.at, review.by.get_full_name(), row.article, review.note, tone))
    return events[::-1]


def _clocks(version: EntryVersion, today: dt.date) -> list[ShownClock]:
    """Returns the version's clocks, the running one first; each is counted day by day."""
    calendar = current_calendar()
    found = list(Clock.objects.of(version))
    shown = []
    for clock in sorted(found, key=lambda one: (one.stopped_at is not None, -one.started_at.timestamp())):
        state = "stopped" if clock.stopped_at else "running"
        left = calendar.working_days_between(today, clock.due_on) if clock.due_on and state == "running" else None
        shown.append(ShownClock(clock.row, clocks.counted(clock, calendar), left, state))
    return shown


@login_required
@require_http_methods(["GET", "POST"])
def version_edit(request: HttpRequest, pk: Any) -> HttpResponse:
    """Changes a draft."""
    version = own_version(request, pk)
    actor = actor_of(request)
    require_registrar(actor, version.entry.provider)
    if not version.is_editable:
        raise RuleBroken(_("Only a draft can be changed; this version is under review or published."), 12)
    if request.method != "POST":
        rows = list(version.elements.values(*ELEMENT_FIELDS))
        return _form_page(request, version, VersionForm(version=version), elements_formset(rows=rows))
    if "add_rows" in request.POST:
        form = VersionForm(version=version, initial=typed(request.POST))
        return _form_page(request, version, form, elements_formset(rows=sent_rows(request.POST), extra=MORE_ROWS))
    form, formset, refused = VersionForm(request.POST, version=version), elements_formset(request.POST), list[str]()
    status = 422
    if form.is_valid() and formset.is_valid():
        try:
            version_update(version, actor=actor, fields=form.content(), elements=formset.rows(), now=timezone.now())
        except (RuleBroken, ValidationError) as raised:
            take_errors(form, raised, refused)
            status = 409 if isinstance(raised, RuleBroken) else 422
        else:
            messages.success(request, _("The draft is saved."))
            return redirect("entries:version", version.pk)
    return _form_page(request, version, form, formset, refused=refused, status=status)


def _form_page(
    request: HttpRequest,
    version: EntryVersion,
    form: VersionForm,
    formset: Any,
    *,
    refused: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "formset": formset,
        "refused": refused or [],
        "version": version,
        "back": reverse("entries:version", args=[version.pk]),
    }
    return render(request, "catalogue/desk/form.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def command(request: HttpRequest, pk: Any, command: str) -> HttpResponse:
    """Asks once more, with what the step needs, then carries it out."""
    version = own_version(request, pk)
    row = command_of(MACHINE, command)
    if row is None:
        raise Http404
    back = reverse("entries:version", args=[version.pk])
    if request.method != "POST":
        access.require(actor_of(request), MACHINE, command, version)
        return confirm_page(request, row, CommandForm(command=row), subject=version, back=back)
    form, status = CommandForm(request.POST, command=row), 422
    if form.is_valid():
        try:
            version_command(version, command, actor=actor_of(request), now=timezone.now(), **form.cleaned_data)
        except RuleBroken as broken:
            take_errors(form, broken)
            status = 409
        else:
            messages.success(request, _("Done: %(command)s.") % {"command": say(row.label)})
            return redirect(back)
    return confirm_page(request, row, form, subject=version, back=back, status=status)


@login_required
@require_POST
def open_version(request: HttpRequest, pk: Any) -> HttpResponse:
    """Opens a new version of an entry as a draft and goes to its form."""
    version = version_open(own_entry(request, pk), actor=actor_of(request), now=timezone.now())
    messages.success(request, _("A new version is open as a draft; the published one stands until then."))
    return redirect("entries:edit", version.pk)


urlpatterns = [
    path("desk/entries/<uuid:pk>/versions/new/", open_version, name="open_version"),
    path("desk/versions/<uuid:pk>/", version_page, name="version"),
    path("desk/versions/<uuid:pk>/edit/", version_edit, name="edit"),
    path("desk/versions/<uuid:pk>/<slug:command>/", command, name="command"),
]
