"""/law/: how the portal works, drawn from the law table alone."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.law import RULES, ClockKind, Command, Machine, State, Text
from portal.workflow.calendar import current_calendar
from portal.workflow.models import CalendarDay


@dataclass(frozen=True, slots=True)
class Act:
    """One command as the page tells it: who gives it, where it leads, which clocks it starts."""

    row: Command
    who: tuple[Text, ...]
    to: tuple[State, ...]
    clocks: tuple[ClockKind, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One state and what may be done in it."""

    state: State
    acts: tuple[Act, ...]


def stages_of(machine: Machine) -> list[Stage]:
    """Returns the machine's states in their order, each with the commands that lead on from it."""
    return [
        Stage(state, tuple(_act(machine, row) for row in machine.commands if state.name in row.sources))
        for state in machine.states
    ]


def _act(machine: Machine, row: Command) -> Act:
    names = (row.target,) if row.target else row.may_reach
    return Act(
        row,
        tuple(RULES.who(by) for by in row.by),
        tuple(machine.state(name) for name in names if name),
        tuple(RULES.clock(name) for name in (*row.starts, *row.may_start)),
    )


def law(request: HttpRequest) -> HttpResponse:
    """Shows every stage, who acts, in how many working days, statutory or service standard, by which article."""
    today = timezone.localdate()
    context = {
        "rules": RULES,
        "machines": [(machine, stages_of(machine)) for machine in RULES.machines],
        "clock_groups": [
            (_("Statutory limits"), [(one, RULES.who(one.runs_for)) for one in RULES.clocks if one.statutory]),
            (_("Service standards"), [(one, RULES.who(one.runs_for)) for one in RULES.clocks if not one.statutory]),
        ],
        "days": CalendarDay.objects.filter(day__year=today.year),
        "year": today.year,
        "provisional": current_calendar().is_provisional(today.replace(month=12, day=31)),
        "today": today,
    }
    return render(request, "site/law.html", context)


urlpatterns = [path("law/", law, name="law")]
