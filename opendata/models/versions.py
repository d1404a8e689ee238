"""Immutable versions of resources (Art. 10, 15)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opendata.models.intake import IngestJob
from opendata.models.resources import Blob, Resource
from opendata.querysets import ResourceVersionQuerySet
from portal.accounts.models import User


class ResourceVersion(models.Model):
    """One immutable state of a resource: the original bytes, canonical Parquet, schema, profile and findings.

    It stands for readers once `state` is published. Until then `held_for` says what a person must decide first:
    schema_changed and rows_refused by the publisher, personal_data by the secrecy reviewer (Art. 15, 26, 36).
    `serving` is a table file for fast answers, `refused` the rows that could not be read, `diff` what changed since
    the version before, `quality` the five dimensions of Art. 15, `personal` what the detectors found.
    """

    STATES = [
        ("awaiting", _("waiting for a decision")),
        ("published", _("published")),
        ("discarded", _("discarded")),
    ]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    job = models.OneToOneField(IngestJob, models.PROTECT, related_name="version")
    filename = models.CharField(max_length=255)
    media_type = models.CharField(max_length=120)
    original = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    parquet = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    serving = models.ForeignKey(Blob, models.PROTECT, null=True, blank=True, related_name="+")
    rows = models.BigIntegerField()
    refused = models.ForeignKey(Blob, models.PROTECT, null=True, blank=True, related_name="+")
    refused_rows = models.BigIntegerField(default=0)
    columns = models.JSONField()
    reading = models.JSONField()
    findings = models.JSONField(default=list)
    state = models.CharField(max_length=16, choices=STATES, default="published")
    held_for = models.JSONField(default=list, blank=True)
    diff = models.JSONField(default=dict, blank=True)
    quality = models.JSONField(default=dict, blank=True)
    personal = models.JSONField(default=list, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    objects = ResourceVersionQuerySet.as_manager()

    class Meta:
        ordering = ["resource", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["resource", "number"], name="one_resource_version_per_number"),
            models.CheckConstraint(
                condition=Q(state__in=["awaiting", "published", "discarded"]), name="resource_version_state"
            ),
        ]

    def __str__(self) -> str:
        """Shows the resource and the number."""
        return f"{self.resource} v{self.number}"
