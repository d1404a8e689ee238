"""Reading the catalogue; every list, count, facet and search begins at `visible_to` or `open_to_public`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from catalogue.codes import is_code
from portal.accounts import access
from portal.accounts.actors import Actor
from portal.accounts.models import Department
from portal.law import Role

if TYPE_CHECKING:
    from catalogue.models import Entry, EntryVersion

IN_WORK = ("draft", "department_review", "secrecy_review", "authority_review")
PROVIDER_ROLES = (
    Role.REGISTRAR,
    Role.REVIEWER,
    Role.SECRECY_REVIEWER,
    Role.REPORT_HANDLER,
    Role.APPLICATION_REVIEWER,
)


def own_departments(actor: Actor, prefix: str = "") -> Q:
    """Matches what belongs to entries whose provider the actor works for, or whose provider's authority they serve.

    `prefix` is the path from the model to its entry, such as "entry__".
    """
    mine = access.departments_with_role(actor.user, *PROVIDER_ROLES).values("pk")
    watched = access.departments_with_role(actor.user, Role.AUTHORITY_OFFICER, Role.AUDITOR).filter(is_authority=True)
    under = Department.objects.filter(jurisdiction__in=watched.values("jurisdiction")).values("pk")
    return Q(**{f"{prefix}provider__in": mine}) | Q(**{f"{prefix}provider__in": under})


class EntryQuerySet(models.QuerySet["Entry"]):
    """Finds entries as an actor may see them."""

    def open_to_public(self) -> EntryQuerySet:
        """Returns the published entries of all three classes (Art. 27), held ones included; withdrawn ones are gone."""
        return self.filter(published__isnull=False, availability__in=["live", "suspended"])

    def visible_to(self, actor: Actor) -> EntryQuerySet:
        """Returns the public entries, and for officials those of their own departments in any state."""
        public = Q(published__isnull=False, availability__in=["live", "suspended"])
        if actor.kind != "user":
            return self.filter(public)
        return self.filter(public | own_departments(actor))

    def own(self, actor: Actor) -> EntryQuerySet:
        """Returns the entries that the actor sees from the inside: as an official of the provider or its authority."""
        return self.filter(own_departments(actor)) if actor.kind == "user" else self.none()

    def with_code(self, code: str) -> EntryQuerySet:
        """Returns the entry of this code; what cannot be a code, as it may come in an address, finds nothing."""
        return self.filter(code=code) if is_code(code) else self.none()

    def for_cards(self) -> EntryQuerySet:
        """Loads what a card or a list row shows, in one query."""
        return self.select_related("published", "published__region", "provider", "provider__jurisdiction")


class EntryVersionQuerySet(models.QuerySet["EntryVersion"]):
    """Finds versions as an actor may see them."""

    def in_work(self) -> EntryVersionQuerySet:
        """Returns the drafts and the versions under review; an entry has at most one."""
        return self.filter(state__in=IN_WORK)

    def own(self, actor: Actor) -> EntryVersionQuerySet:
        """Returns the versions that the actor sees from the inside."""
        return self.filter(own_departments(actor, "entry__")) if actor.kind == "user" else self.none()

    def visible_to(self, actor: Actor) -> EntryVersionQuerySet:
        """Returns published and superseded versions of public entries, and all versions of the officials' own."""
        public = Q(
            entry__published__isnull=False,
            entry__availability__in=["live", "suspended"],
            state__in=["published", "superseded"],
        )
        if actor.kind != "user":
            return self.filter(public)
        return self.filter(public | own_departments(actor, "entry__"))
