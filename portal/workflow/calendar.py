"""The calendar as the authority keeps it: dated rows with a source, in the database."""

from __future__ import annotations

from django.db.models import Count as CountOf
from django.db.models import Max

from portal.law import Text
from portal.law.calendar import Calendar, DayRow
from portal.workflow.models import CalendarDay


def current_calendar() -> Calendar:
    """Returns the calendar of all recorded days; its version names how many rows it has and the last one's id."""
    rows = CalendarDay.objects.all()
    mark = CalendarDay.objects.aggregate(n=CountOf("id"), last=Max("id"))
    days = [
        DayRow(row.day, row.off, row.scope, Text(row.name, row.name_en or row.name), Text(row.source, row.source))
        for row in rows
    ]
    years = frozenset(row.day.year for row in rows if row.scope == "national")
    return Calendar(days=tuple(days), years_known=years, version=f"{mark['n']}-{mark['last'] or 0}")
