"""Following a report, for pages and API alike: who is looking, what they may read, the timeline, the clocks."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts import access
from portal.accounts.actors import Actor, actor_of
from portal.law import RULES, Role, Side
from portal.workflow.calendar import current_calendar
from portal.workflow.clocks import counted
from portal.workflow.models import Clock
from requests_app.models import Report, ReportStep
from requests_app.receipts import receipt_looks_right, receipt_read
from requests_app.services.reports import MACHINE, leading

KNOWN = "reports"
MOST_KNOWN = 50
ANSWERED = ("feedback_sent", "closed")


def read_receipt(receipt: str) -> str:
    """Returns the receipt number of an address; 404 for what cannot be one."""
    receipt = receipt_read(receipt)
    if not receipt_looks_right(receipt):
        raise Http404
    return receipt


def knows(request: HttpRequest, report: Report) -> bool:
    """Says whether the secret of the report was given in this session."""
    return str(report.pk) in request.session.get(KNOWN, [])


def remember(request: HttpRequest, report: Report) -> None:
    """Lets this session see the report: its id is kept, never the secret; the session's own key changes."""
    request.session.cycle_key()
    known = [one for one in request.session.get(KNOWN, []) if one != str(report.pk)]
    request.session[KNOWN] = [*known, str(report.pk)][-MOST_KNOWN:]


def report_seen(request: HttpRequest, receipt: str) -> tuple[Report, Actor] | None:
    """Returns the report and as whom one looks at it: reporter, official, or by the secret; None for everyone else."""
    actor = actor_of(request)
    found = Report.objects.select_related("entry__published", "entry__provider", "resource", "reporter")
    report = found.filter(receipt=receipt).first()
    if report is None:
        return None
    if report.reporter is not None and report.reporter == actor.user and actor.kind == "user":
        return report, actor
    if knows(request, report):
        return report, Actor.reporter(report.pk, actor.address)
    if Report.objects.all().visible_to(actor).filter(pk=report.pk).exists():
        return report, actor
    return None


def is_reporter(report: Report, actor: Actor) -> bool:
    """Says whether one looks as the reporter, signed in or by the secret."""
    return actor.kind == "reporter" or (actor.user is not None and report.is_applicant(actor.user))


def answer_shown(report: Report) -> bool:
    """Says whether the outcome and the answer have been given to the reporter and stand."""
    return report.state in ANSWERED


def timeline(report: Report, *, official: bool) -> list[dict[str, Any]]:
    """Returns what happened, oldest first.

    A reporter reads the department's name instead of the official's, sees an answer only once it was sent, and of a
    leading report never what its own reporter wrote, nor its receipt number.
    """
    told = [_told(report, one, official) for one in _steps(report)]
    lead = leading(report)
    if lead.pk != report.pk and not official:
        since = max(one["at"] for one in told)
        told += [
            _told(lead, one, official)
            for one in _steps(lead)
            if one.at >= since and not _by_reporter(one) and one.command != "merge"
        ]
    return told


def _steps(report: Report) -> list[ReportStep]:
    order = [row.name for row in RULES.machine(MACHINE).commands]
    return sorted(report.steps.select_related("by"), key=lambda one: (one.at, order.index(one.command)))


def _by_reporter(one: ReportStep) -> bool:
    return one.command in ("submit", "say_not_solved")


def _told(report: Report, one: ReportStep, official: bool) -> dict[str, Any]:
    row = RULES.command(MACHINE, one.command)
    unsent = one.command == "propose_outcome" and (report.feedback_at is None or one.at > report.feedback_at)
    return {
        "title": row.label,
        "at": one.at,
        "who": _who(report, one, official),
        "article": row.article,
        "note": one.note if official or not unsent else "",
    }


def _who(report: Report, one: ReportStep, official: bool) -> str:
    if _by_reporter(one):
        return str(one.by) if official and one.by is not None else _("reporter")
    if one.by is None:
        return _("the system")
    if official:
        return str(one.by)
    sides = {by.side for by in RULES.command(MACHINE, one.command).by}
    return str(report.entry.provider) if Side.AUTHORITY not in sides else ""


def clocks_shown(report: Report, *, now: dt.datetime) -> list[dict[str, Any]]:
    """Returns the latest clock of each kind: counted day by day, or as a moment where it runs in hours or days."""
    latest = {clock.kind: clock for clock in Clock.objects.of(report)}
    calendar = current_calendar()
    today = timezone.localdate(now)
    shown: list[dict[str, Any]] = []
    for clock in latest.values():
        row: dict[str, Any] = {"kind": clock.row, "state": "stopped" if clock.stopped_at else "running"}
        if clock.unit == "working_day" and clock.due_on is not None:
            left = calendar.working_days_between(today, clock.due_on)
            row |= {"count": counted(clock, calendar), "left": left, "today": today}
        elif clock.due_at is not None:
            row |= {"due_at": clock.due_at, "overdue": clock.due_at < now}
        elif clock.due_on is not None:
            end = timezone.make_aware(dt.datetime.combine(clock.due_on, dt.time(23, 59)))
            row |= {"due_at": end, "overdue": end < now}
        shown.append(row)
    return shown


def may_write_to(report: Report, actor: Actor) -> bool:
    """Says whether the actor may read how to reach the reporter: the handlers and the officers, not the auditors."""
    if actor.kind != "user":
        return False
    provider, authority = report.department_of(Side.PROVIDER), report.department_of(Side.AUTHORITY)
    return access.has_role(actor.user, Role.REPORT_HANDLER, provider) or access.has_role(
        actor.user, Role.AUTHORITY_OFFICER, authority
    )
