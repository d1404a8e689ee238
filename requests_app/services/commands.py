"""One door for every command on an application: pages and API give the same facts and get the same answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from portal.accounts.actors import Actor
from portal.law import RULES, Command, RuleBroken
from requests_app.models import Application, ApplicationLine
from requests_app.services.agreements import agreement_countersign, agreement_sign
from requests_app.services.applications import (
    application_reconsider,
    application_resubmit,
    application_submit,
    application_withdraw,
)
from requests_app.services.reviews import (
    application_accept,
    application_ask,
    application_reopen,
    application_return,
    application_uphold,
    line_review,
    line_settle,
)
from requests_app.services.steps import MACHINE


@dataclass(frozen=True, slots=True)
class Given:
    """What a person states with a command; each command takes what it needs."""

    note: str = ""
    line: ApplicationLine | None = None
    decision: str = ""
    reason: str = ""
    basis: str = ""
    defects: Sequence[Mapping[str, Any]] = ()
    password: str = ""


Handler = Callable[[Application, Actor, dt.datetime, Given], object]


def _line(application: Application, given: Given) -> ApplicationLine:
    """Returns the line meant; where there is but one it need not be named."""
    if given.line is not None:
        return given.line
    lines = list(application.lines.all()[:2])
    if len(lines) != 1:
        raise RuleBroken(_("Name the entry: each is decided on its own."), 29, field="entry")
    lines[0].application = application
    return lines[0]


def _review(decision: str) -> Handler:
    def handle(application: Application, actor: Actor, now: dt.datetime, given: Given) -> object:
        line = _line(application, given)
        return line_review(
            line, decision, actor=actor, now=now, note=given.note, reason=given.reason, basis=given.basis
        )

    return handle


def _submit(application: Application, actor: Actor, now: dt.datetime, _given: Given) -> object:
    return application_submit(application, actor=actor, now=now)


HANDLERS: dict[str, Handler] = {
    "submit": _submit,
    "return": lambda case, actor, now, given: application_return(
        case, actor=actor, now=now, defects=given.defects, note=given.note
    ),
    "resubmit": lambda case, actor, now, given: application_resubmit(case, actor=actor, now=now, note=given.note),
    "accept": lambda case, actor, now, given: application_accept(case, actor=actor, now=now, note=given.note),
    "approve": _review("approve"),
    "refuse": _review("refuse"),
    "ask": lambda case, actor, now, given: application_ask(
        case, actor=actor, now=now, note=given.note, line=given.line
    ),
    "settle": lambda case, actor, now, given: line_settle(
        _line(case, given),
        given.decision,
        actor=actor,
        now=now,
        note=given.note,
        reason=given.reason,
        basis=given.basis,
    ),
    "sign": lambda case, actor, now, given: agreement_sign(case, actor=actor, now=now, password=given.password),
    "countersign": lambda case, actor, now, given: agreement_countersign(case, actor=actor, now=now, note=given.note),
    "withdraw": lambda case, actor, now, given: application_withdraw(case, actor=actor, now=now, note=given.note),
    "reconsider": lambda case, actor, now, given: application_reconsider(case, actor=actor, now=now, note=given.note),
    "uphold": lambda case, actor, now, given: application_uphold(case, actor=actor, now=now, note=given.note),
    "reopen": lambda case, actor, now, given: application_reopen(case, actor=actor, now=now, note=given.note),
}


def person_commands() -> list[Command]:
    """Returns the law's rows of the commands that people give, in the table's order."""
    return [row for row in RULES.machine(MACHINE).commands if row.name in HANDLERS]


def application_command(
    application: Application, command: str, *, actor: Actor, now: dt.datetime, given: Given
) -> Application:
    """Carries out a command by its name; KeyError for a name that no person gives."""
    HANDLERS[command](application, actor, now, given)
    application.refresh_from_db()
    return application
