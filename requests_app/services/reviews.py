"""What the two sides do: accept, return, ask, approve, refuse, settle, look again (Art. 29; LAW.md §4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts import access
from portal.accounts.actors import SYSTEM, Actor
from portal.accounts.models import User
from portal.law import RULES, RuleBroken, Side, rules
from portal.workflow import clocks
from portal.workflow.commands import allow, lock
from requests_app.models import Application, ApplicationLine, Review
from requests_app.services.agreements import agreement_make
from requests_app.services.applications import person_of, round_open
from requests_app.services.steps import MACHINE, require_need, step, tell

SIDES = (Side.PROVIDER.value, Side.AUTHORITY.value)
COORDINATION = "coordination"
DECISIONS = ("approve", "refuse")
# What a defect may point at: the application's own parts, by the names of its form.
DEFECT_FIELDS = ("scenario", "purpose", "term", "safeguards", "attachments", "identity", "other")
LONGEST_ITEM = 1000


@transaction.atomic
def application_accept(application: Application, *, actor: Actor, now: dt.datetime, note: str = "") -> Application:
    """Finds the application in order: both sides' time begins together."""
    lock(application)
    step(application, "accept", actor=actor, now=now, note=note)
    return application


def _itemised(items: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Returns the defects as clean pairs of field and text; refuses a field that an application does not have."""
    found = []
    for item in items:
        field, text = str(item.get("field", "")), str(item.get("text", "")).strip()
        if field not in DEFECT_FIELDS:
            message = _("“%(field)s” is no part of an application; use one of: %(fields)s.")
            raise RuleBroken(message % {"field": field, "fields": ", ".join(DEFECT_FIELDS)}, 29, field="defects")
        if len(text) > LONGEST_ITEM:
            raise RuleBroken(_("Say each item in at most %(n)s characters.") % {"n": LONGEST_ITEM}, 29, "defects")
        if text:
            found.append({"field": field, "text": text})
    return found


@transaction.atomic
def application_return(
    application: Application,
    *,
    actor: Actor,
    now: dt.datetime,
    defects: Sequence[Mapping[str, Any]],
    note: str = "",
) -> Application:
    """Returns an application with all its defects, item by item and at one time; the office's clock pauses."""
    lock(application)
    allow(application, MACHINE, "return", actor=actor)
    items = _itemised(defects)
    require_need(bool(items), "defects_itemised", field="defects")
    reason = note.strip() or "\n".join(item["text"] for item in items)
    _send_back(application, "return", actor=actor, now=now, note=reason, items=items)
    return application


@transaction.atomic
def application_ask(
    application: Application,
    *,
    actor: Actor,
    now: dt.datetime,
    note: str,
    line: ApplicationLine | None = None,
) -> Application:
    """Asks the applicant to explain; both sides' clocks stand still until the answer.

    `line` names the entry whose provider asks; unnamed, it is the first one that the actor answers for.
    """
    lock(application)
    if line is not None:
        through: ApplicationLine | None = _line_of(application, line)
    else:
        lines = [_line_of(application, each) for each in application.lines.all()]
        through = next((each for each in lines if access.can(actor, MACHINE, "ask", each)), None)
    _send_back(application, "ask", actor=actor, now=now, note=note, items=[], through=through)
    return application


def _send_back(
    application: Application,
    command: str,
    *,
    actor: Actor,
    now: dt.datetime,
    note: str,
    items: list[dict[str, str]],
    through: ApplicationLine | None = None,
) -> None:
    stage = application.state
    step(application, command, actor=actor, now=now, note=note, data={"defects": items}, through=through)
    application.returned_from = stage
    application.save(update_fields=["returned_from"])
    tell(
        application,
        gettext_lazy("Application %(receipt)s needs your answer"),
        gettext_lazy(
            "Please correct or explain the following in application %(receipt)s within 10 working days:\n\n"
            "%(note)s\n\nOur own time limit stands still meanwhile."
        ),
        now=now,
        note=note,
    )


def _line_of(application: Application, line: ApplicationLine) -> ApplicationLine:
    """Returns the line as it is now, joined to the locked header; refuses a line of another application."""
    fresh = application.lines.select_related("entry__provider").filter(pk=line.pk).first()
    if fresh is None:
        raise RuleBroken(_("This entry is not part of this application."), 29, field="line")
    fresh.application = application
    return fresh


def _round_decisions(application: Application) -> dict[Any, dict[str, str]]:
    """Returns per line what each side decided in the present round."""
    found: dict[Any, dict[str, str]] = {line.pk: {} for line in application.lines.all()}
    for review in Review.objects.filter(line__application=application, round=application.round):
        found[review.line_id][review.side] = review.decision
    return found


def _check_refusal(decision: str, reason: str, basis: str) -> None:
    if decision not in DECISIONS:
        raise RuleBroken(_("Decide either to approve or to refuse."), 29, field="decision")
    if decision == "refuse":
        rules.refusal_reasoned(reason, basis)
        if reason not in RULES.codes("refusal_reason").values:
            raise RuleBroken(_("Choose the reason from the list."), 29, field="reason")


@transaction.atomic
def line_review(
    line: ApplicationLine,
    decision: str,
    *,
    actor: Actor,
    now: dt.datetime,
    note: str = "",
    reason: str = "",
    basis: str = "",
) -> ApplicationLine:
    """Records one side's decision on one line: approve, or refuse with reason and legal basis.

    One side alone grants nothing, and decides once in a round. When both sides have decided every line the header
    follows: to coordination where they differ, else to signing if anything was approved, else to refusal.
    """
    application = line.application
    lock(application)
    line = _line_of(application, line)
    side = allow(line, MACHINE, "approve", actor=actor).by.side.value
    _check_refusal(decision, reason, basis)
    decisions = _round_decisions(application)
    if side in decisions[line.pk]:
        raise RuleBroken(_("Your side has already decided on “%(entry)s” in this round.") % {"entry": line}, 29)
    decisions[line.pk][side] = decision
    complete = all(len(made) == len(SIDES) for made in decisions.values())
    all_refused = complete and all(set(made.values()) == {"refuse"} for made in decisions.values())
    told = {"entry": line.entry.code, "round": application.round, **_told(decision, reason, basis)}
    target = "refused" if all_refused else None
    step(application, decision, actor=actor, now=now, note=note, target=target, data=told, through=line)
    _write_review(line, side, decision, person_of(actor), now, note, reason, basis)
    outcomes = set(decisions[line.pk].values())
    if len(decisions[line.pk]) == len(SIDES) and len(outcomes) == 1:
        _set_outcome(line, outcomes.pop())
    if all(side in made for made in decisions.values()):
        clocks.stop(application, f"{side}_review", now=now)
    if complete:
        _follow(application, decisions, now=now)
    return line


def _told(decision: str, reason: str, basis: str) -> dict[str, str]:
    return {"decision": decision, **({"reason": reason, "basis": basis} if decision == "refuse" else {})}


def _write_review(
    line: ApplicationLine, side: str, decision: str, by: User, now: dt.datetime, note: str, reason: str, basis: str
) -> None:
    refused = decision == "refuse"
    Review.objects.create(
        line=line,
        side=side,
        round=line.application.round,
        decision=decision,
        reason=reason if refused else "",
        basis=basis.strip() if refused else "",
        note=note.strip(),
        by=by,
        at=now,
    )


def _set_outcome(line: ApplicationLine, decision: str) -> None:
    line.outcome = "approved" if decision == "approve" else "refused"
    line.save(update_fields=["outcome"])


def _follow(application: Application, decisions: dict[Any, dict[str, str]], *, now: dt.datetime) -> None:
    """Takes the header where its lines lead once both sides have decided them all."""
    if application.state == "refused":
        _refused(application, now=now)
    elif any(len(set(made.values())) > 1 for made in decisions.values()):
        step(application, "disagree", actor=SYSTEM, now=now)
    else:
        _agree(application, now=now)


def _agree(application: Application, *, now: dt.datetime) -> None:
    step(application, "agree", actor=SYSTEM, now=now)
    application.decided_at = now
    application.save(update_fields=["decided_at"])
    agreement_make(application, now=now)
    tell(
        application,
        gettext_lazy("Application %(receipt)s: please sign the agreement"),
        gettext_lazy(
            "Data that you asked for in application %(receipt)s has been approved. Please read and sign the open-use "
            "agreement within 10 working days; the data can be used once the data authority has signed it too."
        ),
        now=now,
    )


def _refused(application: Application, *, now: dt.datetime) -> None:
    clocks.start(application, "reconsideration_window", now=now)
    application.decided_at = now
    application.save(update_fields=["decided_at"])
    tell(
        application,
        gettext_lazy("Application %(receipt)s has been refused"),
        gettext_lazy(
            "Application %(receipt)s has been refused. Reason and legal basis stand on its page. If you disagree you "
            "may ask once, within 10 working days, to have the decision looked at by another officer."
        ),
        now=now,
    )


@transaction.atomic
def line_settle(
    line: ApplicationLine,
    decision: str,
    *,
    actor: Actor,
    now: dt.datetime,
    note: str,
    reason: str = "",
    basis: str = "",
) -> ApplicationLine:
    """Settles a line on which the sides differ: the authority decides, on record with its reasons (Art. 21, 29)."""
    application = line.application
    lock(application)
    line = _line_of(application, line)
    allow(line, MACHINE, "settle", actor=actor)
    _check_refusal(decision, reason, basis)
    if line.outcome != "pending":
        message = _("On “%(entry)s” both sides agree, or it has been settled already.") % {"entry": line}
        raise RuleBroken(message, 29)
    outcomes = set(application.lines.exclude(pk=line.pk).values_list("outcome", flat=True))
    outcomes.add("approved" if decision == "approve" else "refused")
    target = "refused" if outcomes == {"refused"} else None
    told = {"entry": line.entry.code, "round": application.round, **_told(decision, reason, basis)}
    step(application, "settle", actor=actor, now=now, note=note, target=target, data=told, through=line)
    _write_review(line, COORDINATION, decision, person_of(actor), now, note, reason, basis)
    _set_outcome(line, decision)
    if target == "refused":
        _refused(application, now=now)
    elif "pending" not in outcomes:
        _agree(application, now=now)
    return line


@transaction.atomic
def application_uphold(application: Application, *, actor: Actor, now: dt.datetime, note: str) -> Application:
    """Upholds a refusal after another officer looked at it; it is then final."""
    lock(application)
    step(application, "uphold", actor=actor, now=now, note=note)
    application.decided_at = now
    application.save(update_fields=["decided_at"])
    tell(
        application,
        gettext_lazy("Application %(receipt)s: the refusal is upheld"),
        gettext_lazy(
            "Another officer has looked at application %(receipt)s again and upholds the refusal:\n\n%(note)s"
        ),
        now=now,
        note=note,
    )
    return application


@transaction.atomic
def application_reopen(application: Application, *, actor: Actor, now: dt.datetime, note: str) -> Application:
    """Sends a refused application back to joint review in a new round, after another officer looked at it."""
    lock(application)
    step(application, "reopen", actor=actor, now=now, note=note)
    round_open(application, now=now)
    application.decided_at = None
    application.save(update_fields=["round", "decided_at"])
    tell(
        application,
        gettext_lazy("Application %(receipt)s is under review again"),
        gettext_lazy("Another officer has sent application %(receipt)s back to joint review:\n\n%(note)s"),
        now=now,
        note=note,
    )
    return application
