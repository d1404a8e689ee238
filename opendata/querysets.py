"""Reading resources, jobs, grants and keys; what an actor sees is decided here, what they may draw in `permits`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from catalogue.querysets import own_departments
from portal.accounts.actors import Actor

if TYPE_CHECKING:
    from opendata.models import APIKey, Deidentification, Export, Grant, IngestJob, Resource, ResourceVersion, Upload


class ResourceQuerySet(models.QuerySet["Resource"]):
    """Finds resources as an actor may see them."""

    def visible_to(self, actor: Actor) -> ResourceQuerySet:
        """Returns the resources, with data, of public entries; for officials all of their own entries'.

        To see that a resource exists (title, columns) is not to draw its data: `permits.may_draw` decides that.
        """
        public = Q(
            current__isnull=False,
            entry__published__isnull=False,
            entry__availability__in=["live", "suspended"],
        )
        if actor.kind != "user":
            return self.filter(public)
        return self.filter(public | own_departments(actor, "entry__"))

    def free_to_all(self) -> ResourceQuerySet:
        """Returns the resources that anyone may draw now, without an account: what `permit_for` gives a visitor."""
        return self.filter(
            current__isnull=False,
            entry__availability="live",
            entry__published__open_class="unconditional",
        )


class IngestJobQuerySet(models.QuerySet["IngestJob"]):
    """Finds ingest jobs."""

    def visible_to(self, actor: Actor) -> IngestJobQuerySet:
        """Returns the jobs of the official's own entries; nobody else sees an upload on its way."""
        if actor.kind != "user":
            return self.none()
        return self.filter(own_departments(actor, "resource__entry__"))

    def on_the_way(self) -> IngestJobQuerySet:
        """Returns the jobs that wait or run, and those whose version waits for a decision."""
        return self.filter(Q(state__in=["queued", "running"]) | Q(version__state="awaiting")).select_related("version")

    def unfinished(self) -> IngestJobQuerySet:
        """Returns the jobs that still wait or run."""
        return self.filter(state__in=["queued", "running"])


class GrantQuerySet(models.QuerySet["Grant"]):
    """Finds grants."""

    def visible_to(self, actor: Actor) -> GrantQuerySet:
        """Returns the grantee's own grants, and for officials those on their own entries (Art. 29, 45)."""
        if actor.kind == "api_key":
            return self.held_by(actor)
        if actor.kind != "user":
            return self.none()
        return self.filter(self._held_by(actor) | own_departments(actor, "entry__")).distinct()

    def held_by(self, actor: Actor) -> GrantQuerySet:
        """Returns the grants the actor holds: own, by organisation, or of these the ones an API key was made for.

        A key reaches no further than its owner: who no longer acts for the organisation draws nothing with it.
        """
        if actor.kind == "api_key":
            return self.filter(self._held_by(actor), pk__in=actor.grant_ids or frozenset()).distinct()
        if actor.kind != "user":
            return self.none()
        return self.filter(self._held_by(actor)).distinct()

    def active(self, today: dt.date) -> GrantQuerySet:
        """Returns the grants that are good on this day."""
        return self.filter(state__in=["active", "scheduled"], starts_on__lte=today, ends_on__gte=today)

    @staticmethod
    def _held_by(actor: Actor) -> Q:
        return Q(user=actor.user, organisation=None) | Q(organisation__authorised_person=actor.user)


class APIKeyQuerySet(models.QuerySet["APIKey"]):
    """Finds keys."""

    def visible_to(self, actor: Actor) -> APIKeyQuerySet:
        """Returns the person's own keys."""
        return self.filter(user=actor.user) if actor.kind == "user" else self.none()


class ResourceVersionQuerySet(models.QuerySet["ResourceVersion"]):
    """Finds versions of resources."""

    def published(self) -> ResourceVersionQuerySet:
        """Returns the versions that stand or once stood for readers."""
        return self.filter(state="published")

    def visible_to(self, actor: Actor) -> ResourceVersionQuerySet:
        """Returns the published versions of visible resources; for officials all versions of their own entries'."""
        public = Q(
            state="published",
            resource__current__isnull=False,
            resource__entry__published__isnull=False,
            resource__entry__availability__in=["live", "suspended"],
        )
        if actor.kind != "user":
            return self.filter(public)
        return self.filter(public | own_departments(actor, "resource__entry__"))

    def own(self, actor: Actor) -> ResourceVersionQuerySet:
        """Returns the versions that the actor sees from the inside: as an official of the provider or its authority."""
        return self.filter(own_departments(actor, "resource__entry__")) if actor.kind == "user" else self.none()


class UploadQuerySet(models.QuerySet["Upload"]):
    """Finds uploads under way."""

    def visible_to(self, actor: Actor) -> UploadQuerySet:
        """Returns the person's own uploads; a file half here is nobody else's business."""
        return self.filter(created_by=actor.user) if actor.kind == "user" else self.none()


class ExportQuerySet(models.QuerySet["Export"]):
    """Finds files made for download."""

    def unfinished(self) -> ExportQuerySet:
        """Returns the exports that still wait or are being made."""
        return self.filter(state__in=["queued", "running"])


class DeidentificationQuerySet(models.QuerySet["Deidentification"]):
    """Finds records of de-identification."""

    def visible_to(self, actor: Actor) -> DeidentificationQuerySet:
        """Returns the records on the official's own entries' data; nobody else sees them."""
        if actor.kind != "user":
            return self.none()
        return self.filter(own_departments(actor, "source__resource__entry__"))
