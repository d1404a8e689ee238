"""carry_out: one command of a state machine, from lock to record. The single way by which a state changes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portal.accounts import access
from portal.accounts.actors import Actor
from portal.audit.models import Event
from portal.audit.services import record
from portal.law import RULES, Note, RuleBroken, Side
from portal.workflow import clocks


def lock(obj: Any) -> None:
    """Locks the object's row until the transaction ends, and reads its state anew.

    Raises RuntimeError outside a transaction: a lock that ends at once protects nothing.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("lock() is called inside the service's transaction")
    type(obj)._base_manager.select_for_update().filter(pk=obj.pk).get()
    obj.refresh_from_db()


def allow(obj: Any, machine: str, command: str, *, actor: Actor) -> access.Allowed:
    """Returns Allowed, or raises NotAllowed (403) for the wrong person and RuleBroken (409) for the wrong state.

    A service asks it first where it has facts of its own to check, so that a stranger learns nothing of them.
    """
    row = RULES.command(machine, command)
    answer = access.can(actor, machine, command, obj)
    if isinstance(answer, access.Denied):
        if answer.by_state:
            raise RuleBroken(answer.reason, row.article)
        raise access.NotAllowed(answer)
    return answer


def carry_out(
    obj: Any,
    machine: str,
    command: str,
    *,
    actor: Actor,
    now: dt.datetime,
    note: str = "",
    target: str | None = None,
    data: dict[str, Any] | None = None,
    through: Any | None = None,
) -> Event:
    """Carries out one command in the caller's transaction and returns its event.

    `through` is a part of the case that says who acts on its sides, such as one line of an application whose lines
    have several providers; the state, the clocks and the event are still the object's own.

    Locks the row; asks the evaluator; asks for the reason where the law's row demands one; sets the state
    (the row's, or `target` where the row leaves it to the service); runs the row's clocks; records the event.

    Raises NotAllowed (403) for the wrong person, RuleBroken (409) for the wrong state or a missing reason.
    """
    row = RULES.command(machine, command)
    table = RULES.machine(machine)
    lock(obj)
    before = getattr(obj, table.field)
    governed = through or obj
    answer = allow(governed, machine, command, actor=actor)
    if row.note == Note.REQUIRED and not note.strip():
        raise RuleBroken(_("Write the reason: this step needs one."), row.article, field="note")
    after = row.target or target or before
    table.state(after)
    if after != before:
        setattr(obj, table.field, after)
        obj.save(update_fields=[table.field])
    clocks.follow(obj, row, now=now)
    side = answer.by.side
    department = next(filter(None, map(governed.department_of, (side, Side.PROVIDER, Side.AUTHORITY))), None)
    details = {"from": before, "to": after, "side": side.value, **({"note": note} if note else {}), **(data or {})}
    return record(row.event, actor=actor, obj=obj, at=now, department=department, article=row.article, data=details)
