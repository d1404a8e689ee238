"""What time does to returned applications: a warning a working day before the end, the lapse after it (Art. 29, 44)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from portal.accounts.actors import SYSTEM
from portal.audit.services import record
from portal.law import Side
from portal.law.calendar import Calendar
from portal.workflow.calendar import current_calendar
from portal.workflow.models import Clock
from requests_app.models import Application, Step
from requests_app.services.steps import require_need, step, tell

WARN = "warn"
CORRECTION = "applicant_correction"


def _correction(application: Application) -> Clock | None:
    return Clock.objects.of(application).running().filter(kind=CORRECTION).first()


def _was_warned(application: Application, clock: Clock, today: dt.date) -> bool:
    """Says whether a warning about this very correction went out on an earlier day."""
    found = application.steps.filter(command=WARN, at__gte=clock.started_at).order_by("at").first()
    return found is not None and timezone.localdate(found.at) < today


def application_warn(application: Application, *, due_on: dt.date, now: dt.datetime) -> None:
    """Warns the applicant, once for each return, that the time for correction is about to end."""
    Step.objects.create(application=application, command=WARN, side=Side.SYSTEM.value, at=now)
    record(
        "requests.application.warned",
        actor=SYSTEM,
        obj=application,
        at=now,
        department=application.authority,
        article=29,
        data={"due_on": due_on.isoformat()},
    )
    tell(
        application,
        gettext_lazy("Application %(receipt)s: please answer by %(day)s"),
        gettext_lazy(
            "The time to correct application %(receipt)s ends on %(day)s. Without an answer the application then "
            "lapses; a new one is always possible."
        ),
        now=now,
        day=max(due_on, timezone.localdate(now)).isoformat(),
    )


def application_lapse(application: Application, *, now: dt.datetime) -> None:
    """Ends a returned application whose time is over although its applicant was warned on an earlier day."""
    clock, today = _correction(application), timezone.localdate(now)
    overdue = clock is not None and clock.due_on is not None and clock.due_on < today
    require_need(
        clock is not None and overdue and _was_warned(application, clock, today), "correction_overdue_and_warned"
    )
    step(application, "lapse", actor=SYSTEM, now=now)
    tell(
        application,
        gettext_lazy("Application %(receipt)s has lapsed"),
        gettext_lazy(
            "Application %(receipt)s was not corrected in time and has lapsed. You can apply again at any time."
        ),
        now=now,
    )


def _turn(application: Application, calendar: Calendar, now: dt.datetime) -> str:
    """Warns or ends one locked application as its day demands; says which, or nothing."""
    clock, today = _correction(application), timezone.localdate(now)
    if clock is None or clock.due_on is None:
        return ""
    if not application.steps.filter(command=WARN, at__gte=clock.started_at).exists():
        if calendar.working_days_between(today, clock.due_on) > 1:
            return ""
        application_warn(application, due_on=clock.due_on, now=now)
        return "warned"
    if clock.due_on < today and _was_warned(application, clock, today):
        application_lapse(application, now=now)
        return "lapsed"
    return ""


def applications_turn(*, now: dt.datetime) -> dict[str, int]:
    """Goes through the returned applications, each in its own transaction; one held by somebody waits for next time."""
    done = {"warned": 0, "lapsed": 0}
    calendar = current_calendar()
    returned = Application.objects.filter(state="returned_for_changes")
    for pk in list(returned.values_list("pk", flat=True)):
        with transaction.atomic():
            locked = returned.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
            outcome = _turn(locked, calendar, now) if locked is not None else ""
        if outcome:
            done[outcome] += 1
    return done
