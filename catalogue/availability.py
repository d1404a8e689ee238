"""Commands on an entry's availability: suspend at once, resume by both sides, withdraw (Art. 30; LAW.md §4)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from catalogue.models import Entry, Suspension
from portal.accounts import access
from portal.accounts.actors import SYSTEM, Actor
from portal.law import RuleBroken, Side
from portal.workflow.commands import carry_out, lock

# What people do here; opening and resuming follow from facts.
COMMANDS = ("suspend", "agree_resume", "withdraw")


def entry_command(entry: Entry, command: str, *, actor: Actor, now: dt.datetime, note: str = "") -> Entry:
    """Carries out one of COMMANDS on an entry and returns the entry in its new state."""
    if command == "suspend":
        entry_suspend(entry, actor=actor, now=now, note=note)
    elif command == "agree_resume":
        entry_agree_resume(entry, actor=actor, now=now, note=note)
    elif command == "withdraw":
        entry_withdraw(entry, actor=actor, now=now, note=note)
    else:
        raise ValueError(f"no person gives the command {command!r} to an entry")
    return entry


@transaction.atomic
def entry_suspend(entry: Entry, *, actor: Actor, now: dt.datetime, note: str, cause: str = "") -> Suspension:
    """Holds an entry's data at once; every page, file, row and key reads the new state at its next request.

    `cause` names what led to it, such as a report's receipt number.
    """
    carry_out(entry, "entry", "suspend", actor=actor, now=now, note=note, data={"cause": cause} if cause else None)
    return Suspension.objects.create(entry=entry, reason=note.strip(), cause=cause, by_label=actor.label, at=now)


@transaction.atomic
def entry_agree_resume(entry: Entry, *, actor: Actor, now: dt.datetime, note: str = "") -> Entry:
    """Records one side's agreement to resume; the entry is live again once both sides have agreed.

    A second agreement by the same side, or by the same person for both, is refused and changes nothing.
    """
    lock(entry)
    hold = entry.suspensions.select_for_update().filter(lifted_at=None).first()
    answer = access.can(actor, "entry", "agree_resume", entry)
    if answer and hold is None:
        raise RuleBroken(_("There is no hold on this entry."), 30)
    if hold is not None and isinstance(answer, access.Allowed):
        field = "provider_agreed_by" if answer.by.side == Side.PROVIDER else "authority_agreed_by"
        if getattr(hold, field) is not None:
            raise RuleBroken(_("Your side has already agreed; the other side has not answered yet."), 30)
        if actor.user in (hold.provider_agreed_by, hold.authority_agreed_by):
            raise RuleBroken(_("The two sides are answered for by two different people."), 30)
        setattr(hold, field, actor.user)
    carry_out(entry, "entry", "agree_resume", actor=actor, now=now, note=note)
    if hold is not None:
        if hold.provider_agreed_by_id and hold.authority_agreed_by_id:
            hold.lifted_at = now
            carry_out(entry, "entry", "resume", actor=SYSTEM, now=now)
        hold.save()
    return entry


@transaction.atomic
def entry_withdraw(entry: Entry, *, actor: Actor, now: dt.datetime, note: str) -> Entry:
    """Takes an entry out of the open catalogue for good; its code stays taken, its history stays with the officials."""
    carry_out(entry, "entry", "withdraw", actor=actor, now=now, note=note)
    return entry
