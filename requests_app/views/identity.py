"""Pages of identity checks: /account/identity/ for applicants, /desk/identities/ for the officers who decide."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.accounts import access, sealing
from portal.accounts.actors import Actor, actor_of
from portal.accounts.models import Department, Identity, Organisation
from portal.law import RULES, Role, RuleBroken
from portal.workflow.calendar import current_calendar
from portal.workflow.models import Clock
from requests_app.forms.identity import DecisionForm, IdentityForm, OrganisationForm
from requests_app.forms.refusals import refusal_show
from requests_app.services.identity import (
    ASKABLE,
    DECISIONS,
    MACHINE,
    identity_decide,
    identity_number_show,
    identity_request,
    organisation_register,
)

PAGE = 50


@never_cache
@login_required
@sensitive_post_parameters("number")
@require_http_methods(["GET", "POST"])
def identity(request: HttpRequest) -> HttpResponse:
    """Shows how far one's own check is, and takes the request where there is none or it was rejected."""
    actor = actor_of(request)
    found = Identity.objects.filter(user=actor.user).select_related("jurisdiction").first()
    form = IdentityForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _identity_page(request, found, form)
    if not form.is_valid():
        return _identity_page(request, found, form, status=422)
    try:
        identity_request(actor=actor, now=timezone.now(), **form.cleaned_data)
    except (RuleBroken, ValidationError) as refused:
        return _identity_page(request, found, form, status=refusal_show(form, refused))
    messages.success(request, _("Your request is on its way. You will be told of the result by e-mail."))
    return redirect("requests:identity")


def _identity_page(
    request: HttpRequest, found: Identity | None, form: IdentityForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "identity": found,
        "masked": sealing.masked(sealing.unseal(found.number_sealed)) if found else "",
        "state": RULES.machine(MACHINE).state(found.state if found else "unverified"),
        "form": form if found is None or found.state in ASKABLE else None,
        "organisations": Organisation.objects.filter(authorised_person=actor_of(request).user),
        "kind": RULES.clock("identity_check"),
        "clock": Clock.objects.of(found).running().first() if found else None,
    }
    return render(request, "requests/identity.html", context, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def organisation_new(request: HttpRequest) -> HttpResponse:
    """Registers an organisation with the signed-in person as its authorised person."""
    form = OrganisationForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            given = dict(form.cleaned_data)
            try:
                organisation_register(actor=actor_of(request), uscc_code=given.pop("uscc"), now=timezone.now(), **given)
            except (RuleBroken, ValidationError) as refused:
                status = refusal_show(form, refused)
            else:
                messages.success(request, _("Registered. You will be told of the result of the check by e-mail."))
                return redirect("requests:identity")
        else:
            status = 422
    context = {"form": form, "kind": RULES.clock("identity_check")}
    return render(request, "requests/organisation_new.html", context, status=status)


# --- Officers ---------------------------------------------------------------------------------


def _checkable(actor: Actor, kind: str) -> Any:
    """Returns the persons or organisations that the officer's own authorities check; 404 for another kind."""
    served = access.departments_with_role(actor.user, Role.AUTHORITY_OFFICER).values("jurisdiction")
    if kind == "person":
        return Identity.objects.filter(jurisdiction__in=served).select_related("user", "jurisdiction", "decided_by")
    if kind == "organisation":
        related = ("authorised_person__identity", "jurisdiction", "decided_by")
        return Organisation.objects.filter(jurisdiction__in=served).select_related(*related)
    raise Http404


@login_required
@require_GET
def identities(request: HttpRequest) -> HttpResponse:
    """Lists what waits for a check, the soonest due first; and what was decided."""
    actor = actor_of(request)
    if not access.departments_with_role(actor.user, Role.AUTHORITY_OFFICER).exists():
        reason = _("Identities are checked by the officers of the data authority.")
        raise access.NotAllowed(access.Denied(reason, 36))
    show = "decided" if request.GET.get("show") == "decided" else "pending"
    states = ["verified", "rejected"] if show == "decided" else ["pending"]
    rows = [
        {"kind": kind, "applicant": found}
        for kind in ("person", "organisation")
        for found in _checkable(actor, kind).filter(state__in=states)
    ]
    order = "decided_at" if show == "decided" else "requested_at"
    rows.sort(key=lambda row: getattr(row["applicant"], order), reverse=show == "decided")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    shown = [row["applicant"].pk for row in page.object_list]
    due = dict(Clock.objects.running().filter(object_id__in=shown).values_list("object_id", "due_on"))
    calendar, today = current_calendar(), timezone.localdate()
    for row in page.object_list:
        day = due.get(row["applicant"].pk)
        row |= {"due_on": day, "left": calendar.working_days_between(today, day) if day else None}
    address = reverse("requests:identities")
    context = {
        "page": page,
        "tabs": [
            {"label": _("To check"), "url": address, "current": show == "pending"},
            {"label": _("Decided"), "url": f"{address}?show=decided", "current": show == "decided"},
        ],
        "next_url": f"?show={show}&page={page.next_page_number()}" if page.has_next() else "",
        "previous_url": f"?show={show}&page={page.previous_page_number()}" if page.has_previous() else "",
    }
    return render(request, "requests/identity_list.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def identity_case(request: HttpRequest, kind: str, pk: Any, command: str) -> HttpResponse:
    """Shows what is to be checked, and takes the officer's decision."""
    actor = actor_of(request)
    found = get_object_or_404(_checkable(actor, kind), pk=pk)
    if command not in DECISIONS:
        raise Http404
    form = DecisionForm(request.POST if request.method == "POST" else None, command=command)
    if request.method != "POST":
        return _case_page(request, kind, found, command, form)
    if not form.is_valid():
        return _case_page(request, kind, found, command, form, status=422)
    try:
        identity_decide(found, command, actor=actor, now=timezone.now(), note=form.cleaned_data["note"])
    except RuleBroken as refused:
        return _case_page(request, kind, found, command, form, status=refusal_show(form, refused))
    messages.success(request, _("The decision is recorded, and the applicant is told by e-mail."))
    return redirect("requests:identities")


@never_cache
@login_required
@require_POST
def identity_number(request: HttpRequest, pk: Any) -> HttpResponse:
    """Shows a person's whole number to the officer who checks it, on this page only; the look is recorded."""
    actor = actor_of(request)
    found = get_object_or_404(_checkable(actor, "person"), pk=pk)
    number = identity_number_show(found, actor=actor, now=timezone.now())
    return _case_page(request, "person", found, "verify", DecisionForm(command="verify"), number=number)


def _case_page(
    request: HttpRequest,
    kind: str,
    found: Any,
    command: str,
    form: DecisionForm,
    *,
    status: int = 200,
    number: str = "",
) -> HttpResponse:
    authority: Department | None = found.jurisdiction.authority
    person = found.authorised_person if kind == "organisation" else found.user
    own = Identity.objects.filter(user=person).first()
    answer = access.can(actor_of(request), MACHINE, command, found)
    context = {
        "kind": kind,
        "applicant": found,
        "person": person,
        "person_identity": own,
        "masked": sealing.masked(sealing.unseal(own.number_sealed)) if own else "",
        "number": number,
        "authority": authority,
        "command": RULES.command(MACHINE, command),
        "other": RULES.command(MACHINE, "reject" if command == "verify" else "verify"),
        "form": form,
        "denied": None if answer else answer,
        "action": reverse("requests:identity_decide", args=[kind, found.pk, command]),
    }
    return render(request, "requests/identity_case.html", context, status=status)


urlpatterns = [
    path("account/identity/", identity, name="identity"),
    path("account/organisations/new/", organisation_new, name="organisation_new"),
    path("desk/identities/", identities, name="identities"),
    path("desk/identities/person/<uuid:pk>/number/", identity_number, name="identity_number"),
    path("desk/identities/<slug:kind>/<uuid:pk>/<slug:command>/", identity_case, name="identity_decide"),
]
