"""What the page of an application shows: its way, its clocks, its lines side by side, what can be done now."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts import access
from portal.accounts.actors import Actor
from portal.language import label, say
from portal.law import RULES, SIDE_LABELS, Command, Side, Text
from portal.workflow.calendar import current_calendar
from portal.workflow.clocks import counted
from portal.workflow.models import Clock
from requests_app.forms.applications import PART_LABELS
from requests_app.models import Application, ApplicationLine, Review, Step
from requests_app.services.commands import HANDLERS
from requests_app.services.lapsing import WARN
from requests_app.services.reviews import COORDINATION, SIDES
from requests_app.services.steps import MACHINE

WARNED = Text("提醒补正", "Reminder to correct")
CREATED = Text("开始填写", "Begun")
LINE_COMMANDS = frozenset({"approve", "refuse", "settle"})
STAGES = ("conformity_check", "joint_review", "agreement_signing", "granted")
# Where a state stands among the stages of the way: its own stage, or the one it interrupts.
STAGE_OF = {"coordination": "joint_review", "reconsideration": "joint_review"}
TONES = {"return": "waiting", "ask": "waiting", "refuse": "bad", "lapse": "bad", "uphold": "bad", "countersign": "good"}


def lines_of(application: Application) -> list[ApplicationLine]:
    """Returns the lines with their entries and reviews, joined to this header, in three queries."""
    reviews = Review.objects.select_related("by").order_by("round", "at")
    lines = application.lines.select_related(
        "entry__published__region", "entry__provider__jurisdiction"
    ).prefetch_related(Prefetch("reviews", reviews))
    found = list(lines)
    for line in found:
        line.application = application
    return found


def lines_shown(lines: list[ApplicationLine], actor: Actor) -> list[dict[str, Any]]:
    """Returns each line with what both sides decided in this round, and the buttons that the reader has on it."""
    return [_line_shown(line, actor) for line in lines]


def _line_shown(line: ApplicationLine, actor: Actor) -> dict[str, Any]:
    current = {review.side: review for review in line.reviews.all() if review.round == line.application.round}
    sides = [
        {"side": SIDE_LABELS[Side(side)], "office": line.department_of(Side(side)), "review": current.get(side)}
        for side in SIDES
    ]
    return {
        "line": line,
        "entry": line.entry,
        "sides": sides,
        "settlement": current.get(COORDINATION),
        "buttons": _buttons(line.application, line_commands(line, actor), line),
    }


def line_commands(line: ApplicationLine, actor: Actor) -> list[Command]:
    """Returns the commands that the actor may give on this line now; a side that has decided has none left."""
    decided = {review.side for review in line.reviews.all() if review.round == line.application.round}
    found = []
    for row in RULES.machine(MACHINE).commands:
        if row.name not in LINE_COMMANDS:
            continue
        answer = access.can(actor, MACHINE, row.name, line)
        if isinstance(answer, access.Denied):
            continue
        open_still = line.outcome == "pending" if row.name == "settle" else answer.by.side.value not in decided
        if open_still:
            found.append(row)
    return found


def _buttons(
    application: Application, commands: list[Command], line: ApplicationLine | None = None
) -> list[dict[str, Any]]:
    query = f"?line={line.pk}" if line is not None else ""
    return [
        {"command": row, "url": reverse("requests:application_command", args=[application.receipt, row.name]) + query}
        for row in commands
    ]


def _can(application: Application, lines: list[ApplicationLine], row: Command, actor: Actor) -> Any:
    """Asks for the header, and for a question to the applicant for each line too: any provider may ask."""
    answer = access.can(actor, MACHINE, row.name, application)
    if not answer and row.name == "ask":
        return next((found for line in lines if (found := access.can(actor, MACHINE, "ask", line))), answer)
    return answer


def commands_shown(
    application: Application, lines: list[ApplicationLine], actor: Actor
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Returns the buttons for the whole application, and the steps of this stage that others take, with the reason."""
    offered, denied = [], []
    for row in RULES.machine(MACHINE).from_state(application.state):
        if row.name not in HANDLERS or row.name in LINE_COMMANDS:
            continue
        answer = _can(application, lines, row, actor)
        if isinstance(answer, access.Denied):
            denied.append({"command": row, "reason": answer.reason, "article": answer.article})
        elif missing := _missing(application, row.name):
            denied.append({"command": row, "reason": missing, "article": row.article})
        else:
            offered.append(row)
    return _buttons(application, offered), denied


def _missing(application: Application, command: str) -> str:
    """Says what a step still waits for, where the page knows it already."""
    if command in {"sign", "countersign"}:
        signed = application.agreement.applicant_signed_at is not None
        if command == "sign" and signed:
            return _("You have signed; the data authority's signature comes next.")
        if command == "countersign" and not signed:
            return say(RULES.need("applicant_signed").says)
    if command == "reconsider" and any(step.command == "reconsider" for step in application.steps.all()):
        return say(RULES.need("not_reconsidered_before").says)
    return ""


def stages_shown(application: Application) -> list[dict[str, Any]]:
    """Returns the stages of the way with where the application stands."""
    table = RULES.machine(MACHINE)
    here = STAGE_OF.get(application.state, application.state)
    if here == "returned_for_changes":
        here = application.returned_from or "conformity_check"
    failed = application.state in {"refused", "withdrawn", "lapsed"}
    reached = STAGES.index(here) if here in STAGES else (-1 if application.state == "draft" else None)
    shown: list[dict[str, Any]] = [
        {"label": table.command("submit").label, "state": "current" if reached == -1 else "done"}
    ]
    for place, name in enumerate(STAGES):
        state = ""
        if reached is not None:
            done = place < reached or application.state == "granted"
            state = "done" if done else "current" if place == reached else ""
        shown.append({"label": table.state(name).label, "state": state})
    if failed:
        row = table.state(application.state)
        return [shown[0], {"label": row.label, "state": "failed", "note": row.meaning}]
    return shown


def timeline(application: Application, *, official: bool) -> list[dict[str, Any]]:
    """Returns the steps, oldest first; applicants read the office that acted, officials the person too."""
    begun = {"title": CREATED, "at": application.created_at, "who": application.applicant, "article": None, "note": ""}
    steps = sorted(application.steps.all(), key=lambda one: (one.at, one.side == Side.SYSTEM.value))
    return [begun, *(_step_shown(one, official=official) for one in steps)]


def _step_shown(one: Step, *, official: bool) -> dict[str, Any]:
    if one.command == WARN:
        return {"title": WARNED, "at": one.at, "who": "", "article": 29, "note": "", "tone": "waiting"}
    row = RULES.command(MACHINE, one.command)
    side = SIDE_LABELS[Side(one.side)]
    named = one.side == Side.APPLICANT.value or (official and one.by is not None)
    who = f"{say(side)} · {one.by}" if named and one.by is not None else say(side)
    notes = [_entry_note(one.data), *defects_said(one.data), one.note if not one.data.get("defects") else ""]
    return {
        "title": row.label,
        "at": one.at,
        "who": who,
        "article": row.article,
        "note": "\n".join(note for note in notes if note),
        "tone": TONES.get(one.command, ""),
    }


def _entry_note(data: dict[str, Any]) -> str:
    """Names the entry of a decision, and for a refusal its reason and basis."""
    parts = [data.get("entry", "")]
    if data.get("reason"):
        parts += [label("refusal_reason", data["reason"]), data.get("basis", "")]
    return " · ".join(part for part in parts if part)


def defects_said(data: dict[str, Any]) -> list[str]:
    """Says the items of a return one by one."""
    colon = _(": ")
    return [f"{PART_LABELS[item['field']]}{colon}{item['text']}" for item in data.get("defects", [])]


def last_return(application: Application) -> dict[str, Any] | None:
    """Returns what the applicant is to correct or answer now: the items, and the note where there are none."""
    if application.state != "returned_for_changes":
        return None
    found = application.steps.filter(command__in=["return", "ask"]).order_by("-at").first()
    if found is None:
        return None
    return {"items": defects_said(found.data), "note": "" if found.data.get("defects") else found.note}


def clocks_shown(application: Application, *, now: dt.datetime) -> list[dict[str, Any]]:
    """Returns the clocks counted day by day: those that run or stand still, then the finished, the newest of each."""
    latest = {clock.kind: clock for clock in Clock.objects.of(application)}
    calendar, today = current_calendar(), timezone.localdate(now)
    shown = []
    for clock in latest.values():
        state = "stopped" if clock.stopped_at else "paused" if clock.is_paused else "running"
        left = calendar.working_days_between(today, clock.due_on) if clock.due_on and state == "running" else None
        row = {"kind": clock.row, "state": state, "left": left, "count": counted(clock, calendar), "today": today}
        shown.append(row | {"note": clock.row.basis if state == "running" else ""})
    return sorted(shown, key=lambda row: row["state"] == "stopped")
