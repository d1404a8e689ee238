"""Makes the reports that tests begin from, through the real services."""

from __future__ import annotations

import datetime as dt
from typing import Any

from catalogue.models import Entry
from opendata.models import Resource
from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.audit.models import Event
from requests_app.models import Report
from requests_app.services.report_intake import report_submit
from requests_app.services.reports import report_command
from tests.factories import now

TEXT = "第 2 行的浓度为负数，应当核对后更正。"
ANSWER = "经核实，该数值确有错误。"
VISITOR = Actor.visitor("203.0.113.7")


def send(entry: Entry, actor: Actor = VISITOR, **changes: Any) -> tuple[Report, str]:
    """Reports an error on an entry; returns the report with its secret."""
    return report_submit(**{"entry": entry, "actor": actor, "kind": "error", "text": TEXT, "now": now(), **changes})


def act(report: Report, command: str, user: User, **given: Any) -> Report:
    """Has a person give one command, now unless another moment is named."""
    return report_command(report, command, actor=Actor.of_user(user), **{"now": now(), **given})


def bring_to(report: Report, state: str, cast: Any, outcome: str = "keep_open", **given: Any) -> Report:
    """Takes a report by its handler to a state."""
    way: list[tuple[str, str, dict[str, Any]]] = [
        ("accepted", "accept", {}),
        ("verifying", "verify", {}),
        ("outcome_proposed", "propose_outcome", {"outcome": outcome, "note": ANSWER}),
        ("feedback_sent", "send_feedback", {}),
    ]
    for reached, command, needed in way:
        act(report, command, cast.handler, **needed, **given)
        if reached == state:
            return report
    raise AssertionError(f"no way to {state}")


def actions(start: int = 0) -> list[str]:
    """Returns what was recorded on reports and on entries' availability after an event, oldest first."""
    found = Event.objects.filter(id__gt=start).exclude(action__startswith="opendata.").order_by("id")
    return list(found.values_list("action", flat=True))


def last_event() -> int:
    """Returns the id of the newest event."""
    return Event.objects.order_by("-id").values_list("id", flat=True).first() or 0


def days_on(moment: dt.datetime, days: int) -> dt.datetime:
    """Returns a moment some days later."""
    return moment + dt.timedelta(days=days)


def fresh(report: Report) -> Report:
    """Reads the report anew."""
    return Report.objects.get(pk=report.pk)


def fresh_resource(resource: Resource) -> Resource:
    """Reads the resource and its entry anew, as the next request does."""
    return Resource.objects.select_related("entry__published", "current").get(pk=resource.pk)
