"""Clocks: started, paused, resumed and stopped by the commands' rows; counted day by day (LAW: working days)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from portal.law import RULES, Command, Side
from portal.law.calendar import Calendar, Count
from portal.workflow.calendar import current_calendar
from portal.workflow.models import Clock


def follow(obj: Any, row: Command, *, now: dt.datetime) -> None:
    """Does to the object's clocks what the command's row says."""
    for kind in row.stops:
        stop(obj, kind, now=now)
    for kind in row.pauses:
        pause(obj, kind, now=now)
    for kind in row.resumes:
        resume(obj, kind, now=now)
    for kind in row.starts:
        start(obj, kind, now=now)


def start(obj: Any, kind: str, *, now: dt.datetime) -> Clock:
    """Starts a clock on a case; the day of receipt is day zero. An earlier one of the same kind is stopped."""
    stop(obj, kind, now=now)
    row = RULES.clock(kind)
    side = row.runs_for.side
    clock = Clock(
        kind=kind,
        object_type=obj._meta.label_lower,
        object_id=obj.pk,
        object_label=str(obj)[:300],
        department=obj.department_of(side) if side in (Side.PROVIDER, Side.AUTHORITY) else None,
        article=row.article,
        statutory=row.statutory,
        limit=row.limit,
        unit=row.unit,
        started_at=now,
        received_on=timezone.localdate(now),
    )
    reckon(clock, current_calendar())
    clock.save()
    return clock


def stop(obj: Any, kind: str, *, now: dt.datetime) -> None:
    """Stops the running clock of this kind, if there is one."""
    Clock.objects.of(obj).running().filter(kind=kind).update(stopped_at=now)


def pause(obj: Any, kind: str, *, now: dt.datetime) -> None:
    """Holds the clock from today; it has no due day until it is resumed."""
    for clock in Clock.objects.of(obj).running().filter(kind=kind):
        if not clock.is_paused:
            clock.pauses = [*clock.pauses, [timezone.localdate(now).isoformat(), None]]
            clock.due_on = None
            clock.save(update_fields=["pauses", "due_on"])


def resume(obj: Any, kind: str, *, now: dt.datetime) -> None:
    """Lets a paused clock run on from today; the days it stood still do not count."""
    for clock in Clock.objects.of(obj).running().filter(kind=kind):
        if clock.is_paused:
            clock.pauses = [*clock.pauses[:-1], [clock.pauses[-1][0], timezone.localdate(now).isoformat()]]
            reckon(clock, current_calendar())
            clock.save()


def reckon(clock: Clock, calendar: Calendar) -> None:
    """Computes the due day or moment by this calendar and sets it on the clock; does not save."""
    clock.calendar_version = calendar.version
    if clock.unit == "hour":
        clock.due_at = clock.started_at + dt.timedelta(hours=clock.limit)
    elif clock.unit == "day":
        clock.due_on = clock.received_on + dt.timedelta(days=clock.limit)
    elif clock.unit == "working_day":
        found = counted(clock, calendar)
        clock.due_on, clock.provisional = found.due_on, found.provisional


def counted(clock: Clock, calendar: Calendar) -> Count:
    """Returns the counting of a working-day clock, day by day; pauses are shown and not counted."""
    pauses = [(dt.date.fromisoformat(a), dt.date.fromisoformat(b) if b else None) for a, b in clock.pauses]
    return calendar.count(clock.received_on, clock.limit, pauses)
