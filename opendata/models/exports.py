"""Files made from versions for download (Art. 28)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opendata.models.grants import Grant
from opendata.models.versions import ResourceVersion
from opendata.querysets import ExportQuerySet
from portal.accounts.models import User


class Export(models.Model):
    """A file being made from a version, or made and kept for a while: for what is too large to wait for.

    `mark` is the hash of all that the file depends on besides version and format: the grant's limits and options.
    Equal questions share one file. The permit is asked again whenever the file is fetched.
    """

    STATES = [
        ("queued", _("waiting")),
        ("running", _("being made")),
        ("ready", _("ready")),
        ("failed", _("could not be made")),
    ]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(ResourceVersion, models.PROTECT, related_name="exports")
    grant = models.ForeignKey(Grant, models.PROTECT, null=True, blank=True, related_name="exports")
    format = models.CharField(max_length=16)
    mark = models.CharField(max_length=64)
    options = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=STATES, default="queued")
    rows_done = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    problem = models.TextField(blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    requested_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "ready", "failed"]), name="export_state"
            ),
            models.UniqueConstraint(fields=["version", "format", "mark"], name="one_export_per_question"),
        ]

    def __str__(self) -> str:
        """Shows the version and the format."""
        return f"{self.version} · {self.format}"

    @property
    def progress(self) -> int:
        """How far it is, in percent."""
        if self.state == "ready":
            return 100
        return min(99, int(100 * self.rows_done / self.version.rows)) if self.version.rows else 0
