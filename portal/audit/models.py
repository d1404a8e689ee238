"""Event: one row for each privileged act, written in the act's own transaction (Art. 38), never changed."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from portal.audit.querysets import EventQuerySet


class Event(models.Model):
    """Says who did what, on what, when, from where and how it ended.

    The actor and the object are kept as plain text, without foreign keys: an event outlives its subject
    (Art. 15 asks for three years), and nothing that happens to an account may rewrite what the account did.
    The database refuses UPDATE, DELETE and TRUNCATE by trigger (migration 0002).
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    action = models.CharField(max_length=100)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=200)
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    object_label = models.CharField(max_length=300)
    department_id = models.UUIDField(null=True)
    jurisdiction = models.CharField(max_length=16, blank=True)
    address = models.CharField(max_length=45, blank=True)
    outcome = models.CharField(max_length=32, default="done")
    article = models.PositiveSmallIntegerField(null=True)
    data = models.JSONField(default=dict)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["object_type", "object_id", "id"]),
            models.Index(fields=["actor_id", "id"]),
            models.Index(fields=["action", "id"]),
            models.Index(fields=["jurisdiction", "id"]),
        ]

    def __str__(self) -> str:
        """Shows the act and its object."""
        return f"{self.action} {self.object_label}"
