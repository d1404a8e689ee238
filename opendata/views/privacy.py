"""The desk's pages of personal data: the decision on a version, and records of de-identification (Art. 26, 36)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from opendata.duties import is_attacher, require_attacher
from opendata.models import Deidentification, ResourceVersion
from opendata.privacy import decisions, deidentify, words
from opendata.privacy.forms import DecisionForm, NoteForm, PlanForm
from opendata.privacy.gate import blocking_hits, hits_of
from opendata.privacy.report import measurements
from portal.accounts import access
from portal.accounts.actors import actor_of
from portal.law import RuleBroken
from portal.problems import say_refusal


def _version(request: HttpRequest, pk: Any, number: int) -> ResourceVersion:
    """Returns a version among those that the actor sees from the inside; 404 for any other."""
    found = ResourceVersion.objects.all().own(actor_of(request)).select_related("resource__entry__provider", "job")
    return get_object_or_404(found, resource=pk, number=number)


def _record(request: HttpRequest, pk: Any) -> Deidentification:
    found = Deidentification.objects.all().visible_to(actor_of(request))
    related = found.select_related("source__resource__entry__provider", "target", "made_by", "decided_by", "job")
    return get_object_or_404(related, pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def personal(request: HttpRequest, pk: Any, number: int) -> HttpResponse:
    """Shows what the detectors found in a version, masked, and takes the secrecy reviewer's decision."""
    actor, version = actor_of(request), _version(request, pk, number)
    denied = decisions.may_decide(actor, version)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if denied is not None:
            raise access.NotAllowed(denied)
        if form.is_valid():
            try:
                decisions.personal_decide(version, actor=actor, now=timezone.now(), **form.cleaned_data)
            except RuleBroken as broken:
                form.add_error(broken.field if broken.field in form.fields else None, say_refusal(broken))
            else:
                return redirect("opendata:personal", version.resource_id, version.number)
    hits = hits_of(version.columns)
    context = {
        "version": version,
        "resource": version.resource,
        "entry": version.resource.entry,
        "hits": words.shown_hits(hits),
        "undecided": bool(blocking_hits(version)),
        "open_question": version.state == "awaiting" or version.resource.current_id == version.pk,
        "decisions": [
            (one, *decisions.basis_and_reason(one)) for one in version.personal_decisions.select_related("decided_by")
        ],
        "denied": denied,
        "may_decide": denied is None,
        "may_deidentify": is_attacher(actor, version.resource.entry),
        "form": form,
    }
    return render(request, "opendata/privacy_personal.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def deidentify_new(request: HttpRequest, pk: Any, number: int) -> HttpResponse:
    """Asks the registrar what is done to each column, and begins the record."""
    actor, version = actor_of(request), _version(request, pk, number)
    require_attacher(actor, version.resource.entry)
    found = {hit.column for hit in blocking_hits(version)}
    form = PlanForm(request.POST if request.method == "POST" else None, source=version, found=found)
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            made = deidentify.deidentification_begin(version, actor=actor, now=timezone.now(), **form.told())
        except RuleBroken as broken:
            error = say_refusal(broken)
        else:
            return redirect("opendata:deidentification", made.pk)
    context = {"form": form, "version": version, "resource": version.resource, "error": error}
    bad = error or (form.is_bound and not form.is_valid())
    return render(request, "opendata/privacy_plan.html", context, status=422 if bad else 200)


@login_required
@require_safe
def deidentification(request: HttpRequest, pk: Any) -> HttpResponse:
    """Shows a record: the plan, what was measured before and after, side by side, and what was decided."""
    actor, made = actor_of(request), _record(request, pk)
    measured = bool(made.before and made.after)
    denied = deidentify.may_decide(actor, made)
    context = {
        "made": made,
        "resource": made.source.resource,
        "plan": words.plan_rows(made),
        "figures": words.figures_rows(made) if measured else [],
        "headers": [_("size of the class"), _("before"), _("after")],
        "bands": words.bands_rows(made) if measured else [],
        "emptied": made.after.get("emptied", {}),
        "telling": words.telling_columns(made),
        "reaches": deidentify.reaches_thresholds(made),
        "problem": words.problem_label(made.problem),
        "denied": denied,
        "may_decide": denied is None,
        "may_begin": is_attacher(actor, made.source.resource.entry),
    }
    return render(request, "opendata/privacy_record.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def deidentification_command(request: HttpRequest, pk: Any, command: str) -> HttpResponse:
    """Asks for the reason, then approves or returns the record."""
    actor, made = actor_of(request), _record(request, pk)
    if command not in deidentify.COMMANDS:
        raise Http404
    denied = deidentify.may_decide(actor, made)
    if denied is not None:
        raise access.NotAllowed(denied)
    form, error = NoteForm(request.POST if request.method == "POST" else None), ""
    if request.method == "POST" and form.is_valid():
        note = form.cleaned_data["note"]
        try:
            deidentify.deidentification_command(made, command, actor=actor, now=timezone.now(), note=note)
        except RuleBroken as broken:
            error = say_refusal(broken)
        else:
            return redirect("opendata:deidentification", made.pk)
    context = {"made": made, "command": command, "form": form, "error": error}
    return render(request, "opendata/privacy_command.html", context, status=409 if error else 200)


@login_required
@require_safe
def deidentification_measurements(request: HttpRequest, pk: Any) -> HttpResponse:
    """Sends what was measured before and after, with the plan, as JSON for the files."""
    made = _record(request, pk)
    told = JsonResponse(measurements(made), json_dumps_params={"ensure_ascii": False, "indent": 2})
    told["Content-Disposition"] = f'attachment; filename="deidentification-{made.pk}.json"'
    return told


urlpatterns = [
    path("desk/resources/<uuid:pk>/versions/<int:number>/personal/", personal, name="personal"),
    path("desk/resources/<uuid:pk>/versions/<int:number>/deidentify/", deidentify_new, name="deidentify_new"),
    path("desk/deidentifications/<uuid:pk>/", deidentification, name="deidentification"),
    path(
        "desk/deidentifications/<uuid:pk>/measurements/",
        deidentification_measurements,
        name="deidentification_measurements",
    ),
    path("desk/deidentifications/<uuid:pk>/<slug:command>/", deidentification_command, name="deidentification_command"),
]
