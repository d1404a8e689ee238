"""Who may use data, and who did: grants, API keys, uses (Art. 15, 29, 45)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalogue.models import Entry, states
from opendata.models.resources import Resource
from opendata.models.versions import ResourceVersion
from opendata.querysets import APIKeyQuerySet, GrantQuerySet
from portal.accounts.models import Department, Organisation, User
from portal.law import RULES, Side


class Grant(models.Model):
    """The right to draw one entry's data: written with guardian permissions on its resources, good only while active.

    Checked at every request. `agreement` names the agreement it rests on; opendata knows nothing of applications.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="grants")
    user = models.ForeignKey(User, models.PROTECT, related_name="grants")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="grants")
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=16, default=RULES.machine("grant").initial)
    agreement = models.CharField(max_length=64)
    starts_on = models.DateField()
    ends_on = models.DateField()
    columns = models.JSONField(null=True, blank=True)
    row_filter = models.JSONField(null=True, blank=True)
    daily_rows = models.PositiveIntegerField(null=True, blank=True)
    rule_set = models.CharField(max_length=40, default=RULES.id)
    created_at = models.DateTimeField()

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=states("grant", "state"), name="grant_state"),
            models.CheckConstraint(condition=Q(ends_on__gte=models.F("starts_on")), name="grant_ends_after_start"),
            models.UniqueConstraint(fields=["agreement", "entry"], name="one_grant_per_agreement_and_entry"),
        ]
        indexes = [models.Index(fields=["user", "entry"]), models.Index(fields=["organisation", "entry"])]

    def __str__(self) -> str:
        """Shows whose grant it is and on what."""
        return f"{self.organisation or self.user} · {self.entry.code}"

    def is_active(self, today: dt.date) -> bool:
        """Says whether the grant is good on this day: its state and its dates both, never the state alone."""
        return self.state in {"active", "scheduled"} and self.starts_on <= today <= self.ends_on

    def department_of(self, side: Side) -> Department | None:
        """Returns the provider of the entry, or its data authority."""
        return self.entry.department_of(side)

    def is_applicant(self, user: User) -> bool:
        """Says whether the user is the grantee or the grantee organisation's authorised person."""
        if self.organisation is not None:
            return self.organisation.authorised_person_id == user.pk
        return self.user_id == user.pk

    def did(self, command: str) -> set[Any]:
        """Returns who did a command; no grant command bars another person."""
        return set()


class APIKey(models.Model):
    """A key of a grantee: only the SHA-256 of it is kept; it reaches the chosen grants and nothing else."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="api_keys")
    name = models.CharField(_("name"), max_length=80)
    start = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    grants = models.ManyToManyField(Grant, related_name="api_keys")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_address = models.CharField(max_length=45, blank=True)

    objects = APIKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        """Shows the name and the key's first characters."""
        return f"{self.name} ({self.start}…)"

    def is_good(self, now: dt.datetime) -> bool:
        """Says whether the key may still be used."""
        return self.revoked_at is None and now < self.expires_at and self.user.is_active


class Use(models.Model):
    """One drawing of data (Art. 15: the log of use): who, what, how much. Kept at least three years."""

    KINDS = [("rows", _("rows")), ("download", _("download")), ("preview", _("preview"))]

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="uses")
    version = models.ForeignKey(ResourceVersion, models.PROTECT, null=True, blank=True, related_name="uses")
    grant = models.ForeignKey(Grant, models.PROTECT, null=True, blank=True, related_name="uses")
    key = models.ForeignKey(APIKey, models.PROTECT, null=True, blank=True, related_name="uses")
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=16, choices=KINDS)
    format = models.CharField(max_length=16, blank=True)
    rows = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    address = models.CharField(max_length=45, blank=True)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["resource", "at"]), models.Index(fields=["grant", "at"])]

    def __str__(self) -> str:
        """Shows what was drawn."""
        return f"{self.kind} {self.resource_id}"
