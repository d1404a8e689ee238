"""Reading events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from portal.audit.models import Event


class EventQuerySet(models.QuerySet["Event"]):
    """Finds events by what they are about."""

    def about(self, obj: Any) -> EventQuerySet:
        """Returns the events of one object, newest first."""
        return self.filter(object_type=obj._meta.label_lower, object_id=str(obj.pk))

    def in_jurisdictions(self, codes: Iterable[str]) -> EventQuerySet:
        """Returns the events that concern departments of these jurisdictions."""
        return self.filter(jurisdiction__in=list(codes))

    def between(self, first: dt.date | None, last: dt.date | None) -> EventQuerySet:
        """Returns the events of the days from first to last, both included."""
        found = self
        if first:
            found = found.filter(at__date__gte=first)
        if last:
            found = found.filter(at__date__lte=last)
        return found

    def search(self, words: str) -> EventQuerySet:
        """Returns the events whose actor, object or action holds the words."""
        return self.filter(
            models.Q(actor_label__icontains=words)
            | models.Q(object_label__icontains=words)
            | models.Q(object_id=words)
            | models.Q(action__icontains=words)
        )
