"""Stored bytes, resources and guardian's permissions on them (Art. 10, 24, 28)."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from catalogue.models import Entry
from opendata.querysets import ResourceQuerySet
from portal.accounts.models import Department, User
from portal.law import Side


class Blob(models.Model):
    """Bytes in content-addressed storage, named by their SHA-256; never changed, never overwritten."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        """Shows the hash."""
        return self.sha256

    @property
    def path(self) -> str:
        """Returns the name in storage."""
        return f"blobs/{self.sha256[:2]}/{self.sha256[2:4]}/{self.sha256}"


class Resource(models.Model):
    """A file or table that carries an entry's data; readers follow `current`, one pointer moved in a transaction.

    `settings` are what the publisher decided about reading its files, kept from upload to upload: encoding, delimiter,
    sheet, table, member, header, and columns: {name: {type, apply, label, unit}}. `key_columns` name the columns that
    tell rows apart when versions are compared. `rules` are the declared checks of accuracy (Art. 15). A retired
    resource stays readable at its permalinks and names its `successor` (Art. 24).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="resources")
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    current = models.OneToOneField(
        "ResourceVersion", models.PROTECT, null=True, blank=True, editable=False, related_name="current_of"
    )
    settings = models.JSONField(default=dict, blank=True)
    key_columns = models.JSONField(default=list, blank=True)
    rules = models.JSONField(default=list, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_note = models.TextField(blank=True)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        ordering = ["position", "created_at"]
        default_permissions = ()
        permissions = [("use_resource", "May draw the data while a grant is active")]

    def __str__(self) -> str:
        """Shows the title."""
        return self.title

    def department_of(self, side: Side) -> Department | None:
        """Returns the provider of the entry, or its data authority."""
        return self.entry.department_of(side)


class ResourceUserObjectPermission(UserObjectPermissionBase):
    """Guardian's direct table: a person's permission on a resource, written only with a Grant."""

    content_object = models.ForeignKey(Resource, on_delete=models.CASCADE)


class ResourceGroupObjectPermission(GroupObjectPermissionBase):
    """Guardian's direct table: an organisation's permission on a resource, written only with a Grant."""

    content_object = models.ForeignKey(Resource, on_delete=models.CASCADE)
