"""Writing events: the only way in."""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol

from django.db import models, transaction

from portal.audit.models import Event


class Acting(Protocol):
    """What an event needs to know of whoever acts; `portal.accounts.actors.Actor` is one."""

    @property
    def kind(self) -> str:
        """Returns user, api_key, visitor, reporter or system."""

    @property
    def id(self) -> str:
        """Returns the actor's id as text."""

    @property
    def label(self) -> str:
        """Returns the name shown in the record."""

    @property
    def address(self) -> str:
        """Returns where the act came from."""


class Concerned(Protocol):
    """The department an event concerns: its id and the code of its jurisdiction."""

    id: Any
    jurisdiction_id: Any


def record(
    action: str,
    *,
    actor: Acting,
    obj: models.Model,
    at: dt.datetime,
    outcome: str = "done",
    department: Concerned | None = None,
    article: int | None = None,
    data: dict[str, Any] | None = None,
) -> Event:
    """Writes one event in the caller's transaction and returns it.

    Raises RuntimeError outside a transaction: an act and its record stand or fall together (Art. 38).
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{action}: an event is written in the transaction of its act")
    return Event.objects.create(
        at=at,
        action=action,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:200],
        object_type=obj._meta.label_lower,
        object_id=str(obj.pk),
        object_label=str(obj)[:300],
        department_id=department.id if department else None,
        jurisdiction=str(department.jurisdiction_id) if department else "",
        address=actor.address,
        outcome=outcome,
        article=article,
        data=data or {},
    )
