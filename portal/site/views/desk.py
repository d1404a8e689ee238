"""/desk/: what waits for me, the most urgent first; and who holds which role."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from catalogue.models import Entry, EntryVersion
from opendata.models import IngestJob
from opendata.privacy.desk import to_decide
from portal.accounts import access
from portal.accounts.actors import Actor, actor_of
from portal.accounts.models import Department, Identity, Organisation, User
from portal.accounts.services import role_assign, role_revoke
from portal.language import say, say_lazily
from portal.law import RULES, Command, Role, RuleBroken, State
from portal.problems import say_refusal
from portal.workflow.calendar import current_calendar
from portal.workflow.models import Clock
from requests_app.casefile import commands_shown, line_commands, lines_of
from requests_app.models import Application, Report
from requests_app.services.reports import report_commands

WATCHERS = (Role.AUTHORITY_OFFICER, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One case that waits for the official: what it is, where it stands, what to do, and its nearest clock."""

    title: str
    url: str
    state: State
    to_do: tuple[str, ...]
    clock: Clock | None
    days_left: int | None


def _cases(actor: Actor) -> Iterator[tuple[Any, str, str]]:
    """Yields the open cases the actor sees, with their machine and their page; seeing is not yet having to act."""
    versions = EntryVersion.objects.all().visible_to(actor)
    for version in versions.filter(
        state__in=["draft", "department_review", "secrecy_review", "authority_review"]
    ).select_related("entry__provider__jurisdiction"):
        yield version, "entry_version", reverse("entries:version", args=[version.pk])
    held = Entry.objects.all().visible_to(actor).filter(availability="suspended")
    for entry in held.select_related("published", "provider__jurisdiction"):
        yield entry, "entry", reverse("entries:availability", args=[entry.pk])
    applications = Application.objects.all().visible_to(actor).exclude(applicant=actor.user)
    for application in applications.filter(
        state__in=["conformity_check", "joint_review", "coordination", "agreement_signing", "reconsideration"]
    ).select_related("authority__jurisdiction"):
        yield application, "application", reverse("requests:application", args=[application.receipt])
    reports = (
        Report.objects.all()
        .visible_to(actor)
        .filter(state__in=["submitted", "accepted", "verifying", "outcome_proposed"])
    )
    for report in reports.select_related("entry__provider__jurisdiction", "entry__published"):
        yield report, "report", reverse("requests:desk_report", args=[report.receipt])
    applicants: tuple[tuple[str, QuerySet[Any]], ...] = (
        ("identity", Identity.objects.all().visible_to(actor)),
        ("organisation", Organisation.objects.all().visible_to(actor)),
    )
    for _kind, pending in applicants:
        for applicant in pending.filter(state="pending").select_related("jurisdiction"):
            yield applicant, "identity", reverse("requests:identities")


def waiting_for(actor: Actor, *, today: dt.date) -> list[Waiting]:
    """Returns the cases in which the actor may now give a command that moves them on, the nearest due first."""
    calendar = current_calendar()
    found = []
    for obj, machine, url in _cases(actor):
        names = [say(row.label) for row in _commands(obj, machine, actor, today)]
        if not names:
            continue
        clock = Clock.objects.of(obj).running().order_by("due_on", "due_at").first()
        left = _days_left(clock, calendar, today)
        state = RULES.machine(machine).state(getattr(obj, RULES.machine(machine).field))
        found.append(Waiting(str(obj), url, state, tuple(names), clock, left))
    return sorted(found, key=lambda one: (one.days_left is None, one.days_left or 0, one.title))


def _commands(obj: Any, machine: str, actor: Actor, today: dt.date) -> list[Command]:
    """Returns the commands by which the actor moves the case on now, without those whose facts are not there yet."""
    if machine == "report":
        return report_commands(actor, obj, today=today)[0]
    if machine != "application":
        return access.allowed_commands(actor, machine, obj)
    lines = lines_of(obj)
    offered = [button["command"] for button in commands_shown(obj, lines, actor)[0]]
    offered += [row for line in lines for row in line_commands(line, actor)]
    return list({row.name: row for row in offered}.values())


def _days_left(clock: Clock | None, calendar: Any, today: dt.date) -> int | None:
    if clock is None:
        return None
    due = clock.due_on or (timezone.localdate(clock.due_at) if clock.due_at else None)
    return None if due is None else int(calendar.working_days_between(today, due))


@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    """Shows what waits for the official, with the days left; others have no desk."""
    actor = actor_of(request)
    if not access.is_official(actor.user):
        raise Http404
    today = timezone.localdate()
    rows = waiting_for(actor, today=today)
    mine = access.departments_with_role(actor.user, *Role)
    context = {
        "rows": rows,
        "overdue": sum(1 for row in rows if row.days_left is not None and row.days_left < 0),
        "departments": mine,
        "handles_applications": access.departments_with_role(actor.user, Role.APPLICATION_REVIEWER, *WATCHERS).exists(),
        "handles_reports": access.departments_with_role(actor.user, Role.REPORT_HANDLER, *WATCHERS).exists(),
        "is_officer": access.departments_with_role(actor.user, Role.AUTHORITY_OFFICER).exists(),
        "is_auditor": access.departments_with_role(actor.user, Role.AUDITOR).exists(),
        "to_decide": to_decide(actor),
        "jobs": IngestJob.objects.all().visible_to(actor).on_the_way().select_related("resource")[:10],
        "today": today,
    }
    return render(request, "site/desk.html", context)


class AppointForm(forms.Form):
    """Whom to appoint to which role in which department."""

    department = forms.ModelChoiceField(label=gettext_lazy("Department"), queryset=Department.objects.none())
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=[(row.role.value, say_lazily(row.label)) for row in RULES.roles]
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail of the person"), help_text=gettext_lazy("The person must have an account here.")
    )

    def __init__(self, *args: Any, departments: QuerySet[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["department"]
        if isinstance(chosen, forms.ModelChoiceField):
            chosen.queryset = departments

    def clean_email(self) -> User:
        """Returns the person with this address."""
        user = User.objects.filter(email__iexact=self.cleaned_data["email"], is_active=True).first()
        if user is None:
            raise ValidationError(_("Nobody with this address has an account. Please ask the person to sign up first."))
        return user


@login_required
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Lists who holds which role in the officer's jurisdiction; appoints and dismisses (Art. 6, 12)."""
    actor, now = actor_of(request), timezone.now()
    served = access.departments_with_role(actor.user, Role.AUTHORITY_OFFICER)
    if not served.exists():
        raise Http404
    departments = Department.objects.filter(jurisdiction__in=served.values("jurisdiction"))
    form = AppointForm(request.POST if request.method == "POST" else None, departments=departments)
    if request.method == "POST" and form.is_valid():
        service = role_revoke if "revoke" in request.POST else role_assign
        chosen = form.cleaned_data
        try:
            service(
                actor=actor, user=chosen["email"], role=Role(chosen["role"]), department=chosen["department"], now=now
            )
        except RuleBroken as broken:
            form.add_error("role", say_refusal(broken))
        else:
            return redirect("desk:people")
    held = (
        User.objects.filter(groups__departmentgroupobjectpermission__content_object__in=departments)
        .values_list(
            "name",
            "email",
            "groups__departmentgroupobjectpermission__content_object__name",
            "groups__departmentgroupobjectpermission__content_object",
            "groups__departmentgroupobjectpermission__permission__codename",
        )
        .order_by("groups__departmentgroupobjectpermission__content_object__code", "name")
    )
    rows = [
        {"name": name, "email": email, "department": place, "pk": pk, "role": RULES.role(Role(code))}
        for name, email, place, pk, code in held
    ]
    return render(request, "site/people.html", {"form": form, "rows": rows}, status=422 if form.errors else 200)


urlpatterns = [path("desk/", inbox, name="inbox"), path("desk/people/", people, name="people")]
