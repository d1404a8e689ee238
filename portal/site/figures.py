"""Honest figures: counted from the rows themselves at each asking, never kept beside them (Art. 27, 39)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Aggregate, Count, DurationField, F, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from catalogue.models import Entry
from opendata.models import Resource, Use
from portal.accounts.actors import Actor
from portal.law import RULES
from portal.site.cards import with_data
from requests_app.models import Application, Report

OPEN_CLASSES = tuple(code.value for code in RULES.codes("open_class").items)
DAYS_SHOWN = 30


class Median(Aggregate):
    """The middle value, as PostgreSQL computes it."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    allow_distinct = False


@dataclass(frozen=True, slots=True)
class Live:
    """What is really there now: public entries, resources with data, rows that anyone may download this minute."""

    entries: int
    resources: int
    rows: int
    departments: int


@dataclass(frozen=True, slots=True)
class DepartmentFigures:
    """A department's public entries by open class, and how many of them carry data (Art. 10)."""

    entries: int = 0
    unconditional: int = 0
    conditional: int = 0
    non_open: int = 0
    attached: int = 0

    @property
    def attach_rate(self) -> int | None:
        """The share of entries with data, in percent; None where there is no entry."""
        return round(100 * self.attached / self.entries) if self.entries else None


def live() -> Live:
    """Counts what a visitor can see and what can really be downloaded by anyone."""
    entries = Entry.objects.all().open_to_public()
    return Live(
        entries=entries.count(),
        resources=Resource.objects.all().visible_to(Actor.visitor()).count(),
        rows=Resource.objects.all().free_to_all().aggregate(n=Sum("current__rows"))["n"] or 0,
        departments=entries.order_by().values("provider").distinct().count(),
    )


def by_domain() -> dict[str, int]:
    """Counts the public entries of each domain; domains without one are left out."""
    return _counted("published__domain")


def by_open_class() -> dict[str, int]:
    """Counts the public entries of each open class; a class without one counts 0."""
    return dict.fromkeys(OPEN_CLASSES, 0) | _counted("published__open_class")


def _counted(path: str) -> dict[str, int]:
    entries = Entry.objects.all().open_to_public().order_by()
    return dict(entries.values_list(path).annotate(n=Count("pk")).values_list(path, "n"))


def by_department() -> dict[Any, DepartmentFigures]:
    """Returns the figures of each department that has a public entry, by its id; one query in all."""
    entries = with_data(Entry.objects.all().open_to_public()).order_by()
    columns = ("provider", "published__open_class", "attached")
    rows = entries.values_list(*columns).annotate(n=Count("pk"))
    counts: dict[Any, Counter[str]] = {}
    for provider, open_class, attached, n in rows:
        counter = counts.setdefault(provider, Counter())
        counter["entries"] += n
        counter[open_class] += n
        counter["attached"] += n if attached else 0
    return {provider: DepartmentFigures(**counter) for provider, counter in counts.items()}


def uses_by_day(today: dt.date, days: int = DAYS_SHOWN) -> list[tuple[dt.date, int, int]]:
    """Returns (day, downloads, calls of the rows API) for the last days, today included; days without any count 0."""
    first = today - dt.timedelta(days=days - 1)
    start = timezone.make_aware(dt.datetime.combine(first, dt.time.min))
    rows = (
        Use.objects.filter(at__gte=start, kind__in=["download", "rows"])
        .order_by()
        .annotate(day=TruncDate("at"))
        .values_list("day", "kind")
        .annotate(n=Count("pk"))
    )
    counts = {(day, kind): n for day, kind, n in rows}
    shown = [first + dt.timedelta(days=step) for step in range(days)]
    return [(day, counts.get((day, "download"), 0), counts.get((day, "rows"), 0)) for day in shown]


def applications() -> tuple[dict[str, int], int, float | None]:
    """Returns the decided applications by present state, their number, and the median days from receipt to decision."""
    decided = Application.objects.filter(decided_at__isnull=False, submitted_at__isnull=False).order_by()
    states = dict(decided.values_list("state").annotate(n=Count("pk")).values_list("state", "n"))
    waited = decided.aggregate(median=Median(F("decided_at") - F("submitted_at"), output_field=DurationField()))
    median: dt.timedelta | None = waited["median"]
    days = round(median.total_seconds() / 86400, 1) if median is not None else None
    return states, sum(states.values()), days


def reports() -> tuple[dict[str, int], int]:
    """Returns the reports by their outcome, and how many were received in all."""
    rows = Report.objects.order_by().exclude(outcome="").values_list("outcome").annotate(n=Count("pk"))
    return dict(rows.values_list("outcome", "n")), Report.objects.count()
