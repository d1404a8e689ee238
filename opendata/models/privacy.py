"""Personal data in versions: decisions on what detectors found, and records of de-identification (Art. 26, 36)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opendata.models.intake import IngestJob
from opendata.models.resources import Blob, Resource
from opendata.models.versions import ResourceVersion
from opendata.querysets import DeidentificationQuerySet
from portal.accounts.models import User


class PersonalDataDecision(models.Model):
    """What the secrecy reviewer decided about a version in which personal data was found (Art. 26, 36).

    `hits` are the detectors' words as they stood then. A decision is never changed; a later one stands beside it.
    """

    DECISIONS = [
        ("no_personal_data", _("not personal data: the version may be opened")),
        ("lawfully_public", _("personal data that the law makes public: the version may be opened")),
        ("not_to_open", _("personal data: the version is not opened")),
    ]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(ResourceVersion, models.PROTECT, related_name="personal_decisions")
    decision = models.CharField(max_length=24, choices=DECISIONS)
    reason = models.TextField()
    hits = models.JSONField()
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["-decided_at"]

    def __str__(self) -> str:
        """Shows the version and the decision."""
        return f"{self.version}: {self.decision}"

    @property
    def opens(self) -> bool:
        """Whether the version may be opened after this decision."""
        return self.decision != "not_to_open"


class Deidentification(models.Model):
    """The record of making data of a resource open to others without pointing at a person (Art. 26).

    `plan` says per column what is done: keep, drop, mask, generalise, aggregate. `before` and `after` hold what was
    measured (k-anonymity, l-diversity, rows, smallest class) over `quasi_identifiers` and `sensitive`, against
    `k_wanted` and `l_wanted`. `output` is the table that was made; `job` its way in as a version of `target`.
    """

    STATES = [
        ("queued", _("waiting to be measured")),
        ("measured", _("measured; waiting for the secrecy review")),
        ("failed", _("could not be made")),
        ("approved", _("approved")),
        ("returned", _("returned")),
    ]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.ForeignKey(ResourceVersion, models.PROTECT, related_name="deidentifications")
    target = models.ForeignKey(Resource, models.PROTECT, null=True, blank=True, related_name="deidentifications")
    plan = models.JSONField()
    quasi_identifiers = models.JSONField(default=list)
    sensitive = models.JSONField(default=list)
    k_wanted = models.PositiveIntegerField()
    l_wanted = models.PositiveIntegerField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    output = models.ForeignKey(Blob, models.PROTECT, null=True, blank=True, related_name="+")
    job = models.OneToOneField(IngestJob, models.PROTECT, null=True, blank=True, related_name="deidentification")
    state = models.CharField(max_length=16, choices=STATES, default="queued")
    problem = models.TextField(blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.TextField(blank=True)

    objects = DeidentificationQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "measured", "failed", "approved", "returned"]),
                name="deidentification_state",
            ),
            models.CheckConstraint(
                condition=Q(k_wanted__gte=2) & Q(l_wanted__gte=1), name="deidentification_threshold"
            ),
        ]

    def __str__(self) -> str:
        """Shows the source."""
        return str(self.source)
