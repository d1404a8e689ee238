"""What every case shares: clocks, the calendar's days, and the outbox."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Department
from portal.language import in_language, say
from portal.law import RULES, ClockKind
from portal.workflow.querysets import ClockQuerySet, OutboxQuerySet


class CalendarDay(models.Model):
    """A day that differs from its weekday: a holiday, or a make-up workday, by a notice that is named."""

    SCOPES = [("national", _("national")), ("regional", _("regional"))]

    day = models.DateField(_("day"))
    off = models.BooleanField(_("day off"))
    scope = models.CharField(_("scope"), max_length=16, choices=SCOPES)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    source = models.CharField(_("source"), max_length=200)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["day", "scope"], name="one_row_per_day_and_scope")]

    def __str__(self) -> str:
        """Shows the day and its name."""
        return f"{self.day} {self.shown_name}"

    @property
    def shown_name(self) -> str:
        """Returns the holiday's name in the reader's language."""
        return in_language(self.name, self.name_en)


class Clock(models.Model):
    """A time limit that runs on a case: statutory, or the portal's published service standard.

    Day zero is the day of receipt (`received_on`). `pauses` holds [from, to] dates; the last `to` may be null.
    Being overdue never decides a case; it is computed when read and written once as a lasting event.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    rule_set = models.CharField(max_length=40, default=RULES.id)
    object_type = models.CharField(max_length=64)
    object_id = models.UUIDField()
    object_label = models.CharField(max_length=300)
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="clocks")
    article = models.PositiveSmallIntegerField()
    statutory = models.BooleanField()
    limit = models.PositiveSmallIntegerField()
    unit = models.CharField(max_length=16)
    started_at = models.DateTimeField()
    received_on = models.DateField()
    due_on = models.DateField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    provisional = models.BooleanField(default=False)
    pauses = models.JSONField(default=list)
    stopped_at = models.DateTimeField(null=True, blank=True)
    calendar_version = models.CharField(max_length=40, blank=True)
    overdue_at = models.DateTimeField(null=True, blank=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "due_at"]
        indexes = [models.Index(fields=["object_type", "object_id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "object_id"], condition=models.Q(stopped_at=None), name="one_running_clock_per_kind"
            ),
        ]

    def __str__(self) -> str:
        """Shows what the clock limits."""
        return f"{say(self.row.label)} · {self.object_label}"

    @property
    def row(self) -> ClockKind:
        """Returns the law's row of this clock."""
        return RULES.clock(self.kind)

    @property
    def is_paused(self) -> bool:
        """Says whether the clock stands still at present."""
        return bool(self.pauses) and self.pauses[-1][1] is None


class OutboxMessage(models.Model):
    """Something that leaves the process (a mail): a row first, then sent by a worker, again until it succeeds."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, default="mail")
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["next_try_at"], condition=models.Q(sent_at=None), name="outbox_waiting")]

    def __str__(self) -> str:
        """Shows the subject."""
        return self.subject
