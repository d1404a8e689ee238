"""permit_for: may this actor draw this resource's data now? Asked at every request, answered from the database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from guardian.shortcuts import get_objects_for_user

from catalogue.querysets import PROVIDER_ROLES
from opendata.models import Grant, Resource, ResourceVersion
from opendata.privacy.gate import is_open_to_all, opened_with_entry
from portal.accounts import access
from portal.accounts.access import Denied
from portal.accounts.actors import Actor
from portal.law import Role

LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True)
class Permit:
    """The actor may draw this version; a grant may narrow columns and rows."""

    resource: Resource
    version: ResourceVersion
    grant: Grant | None = None
    own: bool = False

    def __bool__(self) -> bool:
        """Is true."""
        return True


def permit_for(
    actor: Actor, resource: Resource, *, today: dt.date, version: ResourceVersion | None = None
) -> Permit | Denied:
    """Returns a permit for the current version, or for an earlier `version`, or the refusal with reason and article.

    Unconditional data is anyone's (Art. 29); other data needs a grant that is active today *and* guardian's
    permission on this very resource. While an entry is held nobody outside its own officials draws anything (Art. 30).
    An earlier version is under the same rules as the current one, but a change of class does not open what stood
    before it (`privacy.gate.opened_at`); and only a published version is ever drawn:
    `version_numbered` finds it, and answers nothing for one that still waits for a decision.
    """
    entry, version = resource.entry, version or resource.current
    if version is None or version.resource_id != resource.pk or version.state != "published":
        return Denied(_("This resource has no published data yet."), 10)
    if is_own(actor, resource):
        return Permit(resource, version, own=True)
    if entry.availability == "suspended":
        return Denied(_("The data of this entry is held while a matter is looked into. Please come back later."), 30)
    if entry.availability != "live" or entry.published is None:
        return Denied(_("The data of this entry is not open."), 26)
    unconditional = is_open_to_all(entry)
    if unconditional and opened_with_entry(resource, version):
        return Permit(resource, version)
    grant = active_grant(actor, resource, today=today)
    if grant is None and unconditional:
        return Denied(_("This version stood before the data was opened to all; the current version is open."), 26)
    if grant is None:
        reason = _("This data is open on conditions: please apply for it; it can be drawn while your grant is active.")
        return Denied(reason, 29)
    return Permit(resource, version, grant)


def version_numbered(resource: Resource, number: str | int) -> ResourceVersion | None:
    """Returns the resource's published version of this number, or None; callers answer 404 (`?version=n`)."""
    text = str(number)
    if not text.isascii() or not text.isdecimal() or len(text) > LONGEST_NUMBER:
        return None
    found = ResourceVersion.objects.published().filter(resource=resource, number=int(text))
    return found.select_related("parquet", "original", "serving").first()


def version_visible(actor: Actor, resource: Resource, number: int) -> ResourceVersion:
    """Returns a version that the actor sees: published ones are everybody's, the others the officials'."""
    found = resource.versions.visible_to(actor).select_related("original", "refused", "job", "created_by")
    return get_object_or_404(found, number=min(number, 10**9))


def sees_values(actor: Actor, resource: Resource, permit: object) -> bool:
    """Says whether figures and examples of a version are for this reader without being a drawing of their grant.

    They are for the data's own people, and for everybody where the data is open to all. The holder of a grant draws
    the versions themselves: what they see of the data is counted and logged (Art. 15, 45).
    """
    return is_own(actor, resource) or (isinstance(permit, Permit) and permit.grant is None)


def active_grant(actor: Actor, resource: Resource, *, today: dt.date) -> Grant | None:
    """Returns the actor's grant on the resource that is good today and backed by guardian's permission, or None."""
    if actor.user is None or not actor.user.is_active:
        return None
    permitted = get_objects_for_user(
        actor.user,
        "opendata.use_resource",
        klass=Resource.objects.filter(pk=resource.pk),
        accept_global_perms=False,
        with_superuser=False,
    )
    if not permitted.exists():
        return None
    held = Grant.objects.all().held_by(actor).active(today)
    return held.filter(entry=resource.entry_id).order_by("-ends_on").first()


def is_own(actor: Actor, resource: Resource) -> bool:
    """Says whether the actor looks after the resource: one of its provider's people, or its authority's officer."""
    if actor.kind != "user":
        return False
    provider = resource.entry.provider
    if access.departments_with_role(actor.user, *PROVIDER_ROLES).filter(pk=provider.pk).exists():
        return True
    return access.has_role(actor.user, Role.AUTHORITY_OFFICER, provider.authority)
