"""Files on their way in: resumable uploads, and the ingest jobs that read them (Art. 10, 28)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opendata.models.resources import Resource
from opendata.querysets import IngestJobQuerySet, UploadQuerySet
from portal.accounts.models import User


class Upload(models.Model):
    """A file on its way to us, piece by piece (tus 1.0): its bytes lie in `path`, `offset` of them have come.

    When the last byte is there it becomes an ingest job; until then nobody but its uploader sees it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="uploads")
    filename = models.CharField(max_length=255)
    size = models.BigIntegerField()
    offset = models.BigIntegerField(default=0)
    path = models.CharField(max_length=255)
    overrides = models.JSONField(null=True, blank=True)
    job = models.OneToOneField("IngestJob", models.PROTECT, null=True, blank=True, related_name="upload")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(offset__gte=0) & Q(offset__lte=models.F("size")), name="upload_offset_within_size"
            )
        ]

    def __str__(self) -> str:
        """Shows the file name."""
        return self.filename


class IngestJob(models.Model):
    """One upload on its way in: quarantined file, stages, progress, findings; it ends in a version or in an answer."""

    STATES = [
        ("queued", _("waiting")),
        ("running", _("being read")),
        ("succeeded", _("published")),
        ("failed", _("not published")),
    ]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="jobs")
    state = models.CharField(max_length=16, choices=STATES, default="queued")
    stage = models.CharField(max_length=24, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    filename = models.CharField(max_length=255)
    media_type = models.CharField(max_length=120, blank=True)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True)
    quarantine = models.CharField(max_length=255)
    findings = models.JSONField(default=list)
    overrides = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    objects = IngestJobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "succeeded", "failed"]), name="ingest_job_state"
            )
        ]

    def __str__(self) -> str:
        """Shows the file name."""
        return self.filename

    @property
    def outcome(self) -> str:
        """What became of it, in words: a file that was read may still wait for a decision, or have been discarded."""
        version = getattr(self, "version", None)
        return str(version.get_state_display() if version is not None else self.get_state_display())
