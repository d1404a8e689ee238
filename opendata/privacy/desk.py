"""What waits for the secrecy reviewer: versions in which personal data was found, and records of de-identification."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from opendata.models import Deidentification, ResourceVersion
from opendata.versions import PERSONAL_DATA
from portal.accounts import access
from portal.accounts.actors import Actor
from portal.law import Role

MOST = 50


@dataclass(frozen=True, slots=True)
class ToDecide:
    """One thing that waits: what it is, why it waits, and its page."""

    title: str
    why: str
    url: str


def to_decide(actor: Actor) -> list[ToDecide]:
    """Returns what the actor, as secrecy reviewer, may decide on now; not what they uploaded or began themselves."""
    mine = access.departments_with_role(actor.user, Role.SECRECY_REVIEWER).values("pk")
    found = ResourceVersion.objects.all().own(actor).filter(resource__entry__provider__in=mine)
    waits = Q(state="awaiting", held_for__contains=[PERSONAL_DATA])
    stands = Q(current_of__isnull=False, resource__entry__personal_undecided=True, personal_decisions__isnull=True)
    versions = found.filter(waits | (stands & ~Q(personal=[]))).exclude(created_by=actor.user).distinct()
    records = Deidentification.objects.all().visible_to(actor).filter(source__resource__entry__provider__in=mine)
    rows = [
        ToDecide(
            str(version),
            _("personal data found in a file"),
            reverse("opendata:personal", args=[version.resource_id, version.number]),
        )
        for version in versions.select_related("resource").order_by("created_at")[:MOST]
    ]
    return rows + [
        ToDecide(str(made), _("de-identification to decide on"), reverse("opendata:deidentification", args=[made.pk]))
        for made in records.filter(state="measured")
        .exclude(made_by=actor.user)
        .select_related("source__resource")
        .order_by("made_at")[:MOST]
    ]
