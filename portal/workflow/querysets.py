"""Reading clocks and the outbox."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from portal.law import RULES, Side

if TYPE_CHECKING:
    from portal.workflow.models import Clock, OutboxMessage


class ClockQuerySet(models.QuerySet["Clock"]):
    """Finds the clocks of a case, and those that ran over."""

    def of(self, obj: Any) -> ClockQuerySet:
        """Returns the clocks of one object, oldest first."""
        return self.filter(object_type=obj._meta.label_lower, object_id=obj.pk).order_by("started_at")

    def running(self) -> ClockQuerySet:
        """Returns the clocks that have not been stopped."""
        return self.filter(stopped_at=None)

    def overdue(self, now: dt.datetime, today: dt.date) -> ClockQuerySet:
        """Returns the running clocks whose day or moment has passed; a paused clock has no day.

        A reporter owes nothing: the end of their time to object is no delay (Art. 44(4)).
        """
        rights = [kind.name for kind in RULES.clocks if kind.runs_for.side is Side.REPORTER]
        return self.running().exclude(kind__in=rights).filter(Q(due_on__lt=today) | Q(due_at__lt=now))


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    """Finds what waits to leave."""

    def waiting(self, now: dt.datetime) -> OutboxQuerySet:
        """Returns the messages whose next try is due."""
        return self.filter(sent_at=None, next_try_at__lte=now)
