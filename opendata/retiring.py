"""Retiring a resource: not before its successor works where it has users, and its users are told (Art. 24)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from opendata import draw
from opendata.duties import require_attacher
from opendata.models import Grant, Resource, Use
from opendata.permits import Permit
from opendata.privacy import undecided_refresh
from opendata.rows import DeadlineExceeded, EngineBusy, Query
from opendata.rows.errors import TableError
from opendata.versions import lock_for_writing, version_give_up
from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.audit.services import record
from portal.law import RuleBroken
from portal.workflow.outbox import mail_queue

ARTICLE = 24
USED_WITHIN = dt.timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Users:
    """Who uses a resource: the grants that run on it, and how often it was drawn in the last ninety days."""

    grants: list[Grant]
    draws: int
    people: list[User]

    def __bool__(self) -> bool:
        """Is true where there are any."""
        return bool(self.grants) or self.draws > 0


def users_of(resource: Resource, *, now: dt.datetime) -> Users:
    """Returns the users of a resource. People are the grantees, authorised persons, and who drew it signed in."""
    running = Grant.objects.filter(
        entry=resource.entry_id,
        state__in=["scheduled", "active", "suspended"],
        ends_on__gte=timezone.localdate(now),
    ).select_related("user", "organisation__authorised_person")
    grants = list(running)
    drawn = Use.objects.filter(resource=resource, at__gte=now - USED_WITHIN)
    people = {grant.user.pk: grant.user for grant in grants if grant.organisation is None}
    for grant in grants:
        if grant.organisation is not None and grant.organisation.authorised_person is not None:
            people[grant.organisation.authorised_person.pk] = grant.organisation.authorised_person
    for user in User.objects.filter(pk__in=drawn.exclude(user=None).values("user"), is_active=True):
        people[user.pk] = user
    return Users(grants, drawn.count(), [one for one in people.values() if one.is_active and one.email])


def successor_problem(resource: Resource, successor: Resource, users: Users, *, actor: Actor, now: dt.datetime) -> str:
    """Says why a resource cannot take another's place, or nothing.

    It works when it is of the same provider, open, published, has all the columns, gives a row when it is asked for
    one, and whoever has a grant on the old one may draw it too.
    """
    entry, version, current = successor.entry, successor.current, resource.current
    if successor.pk == resource.pk or entry.provider_id != resource.entry.provider_id:
        return _("The successor must be another resource of the same provider.")
    if successor.retired_at is not None:
        return _("The successor is itself retired.")
    if version is None or entry.published is None or entry.availability != "live":
        return _("The successor is not published yet.")
    missing = {str(one["name"]) for one in (current.columns if current else [])}
    missing -= {str(one["name"]) for one in version.columns}
    if missing:
        return _("The successor lacks columns that users rely on: %(names)s.") % {"names": ", ".join(sorted(missing))}
    if users.grants and entry.pk != resource.entry_id and entry.published.open_class != "unconditional":
        return _("The holders of grants could not draw the successor; it belongs to another entry.")
    try:
        draw.rows_page(
            Permit(successor, version, own=True), lambda _c, _s: Query(limit=1), actor=actor, now=now, kind="preview"
        )
    except (TableError, DeadlineExceeded, EngineBusy, OSError):
        return _("The successor gave no rows when it was tried.")
    return ""


@transaction.atomic
def resource_retire(
    resource: Resource, *, actor: Actor, now: dt.datetime, note: str, successor: Resource | None = None
) -> Users:
    """Retires a resource; returns the users who were told by mail.

    It stays readable, at its own address and at those of its versions, names its successor, and takes no new file.
    """
    require_attacher(actor, resource.entry)
    locked = lock_for_writing(resource.pk)
    if locked.retired_at is not None:
        raise RuleBroken(_("This resource is retired already."), ARTICLE)
    if not note.strip():
        raise RuleBroken(_("Please write why it is retired; its users are told."), ARTICLE, field="note")
    users = users_of(locked, now=now)
    if users and successor is None:
        told = {"grants": len(users.grants), "draws": users.draws}
        message = _(
            "This resource is used (%(grants)s grants, drawn %(draws)s times in 90 days): name a successor that works."
        )
        raise RuleBroken(message % told, ARTICLE, field="successor")
    if successor is not None and (why := successor_problem(locked, successor, users, actor=actor, now=now)):
        raise RuleBroken(why, ARTICLE, field="successor")
    locked.retired_at, locked.retired_note, locked.successor = now, note.strip(), successor
    locked.save(update_fields=["retired_at", "retired_note", "successor"])
    for waiting in locked.versions.filter(state="awaiting"):
        version_give_up(waiting, actor=actor, now=now, note=_("The resource was retired."))
    undecided_refresh(locked.entry)
    record(
        "opendata.resource.retired",
        actor=actor,
        obj=locked,
        at=now,
        department=locked.entry.provider,
        article=ARTICLE,
        data={
            "note": locked.retired_note,
            "successor": str(successor.pk) if successor else "",
            "grants": len(users.grants),
            "draws": users.draws,
            "told": len(users.people),
        },
    )
    with translation.override(settings.LANGUAGE_CODE):
        subject, body = _letter(locked, successor)
    for person in users.people:
        mail_queue(to=person.email, subject=subject, body=body, now=now)
    resource.retired_at, resource.retired_note, resource.successor = now, locked.retired_note, successor
    return users


def _letter(resource: Resource, successor: Resource | None) -> tuple[str, str]:
    """Returns subject and body; nobody has asked which language they read, so it is in the site's own."""
    told = {"resource": resource, "provider": resource.entry.provider, "note": resource.retired_note}
    lines = [
        _("%(provider)s no longer updates the resource “%(resource)s”, which you use.") % told,
        _("The reason: %(note)s") % told,
        _("What there is stays readable at %(address)s") % {"address": _address(resource)},
    ]
    if successor is not None:
        told = {"successor": successor, "address": _address(successor)}
        lines.insert(2, _("In its place comes “%(successor)s”: %(address)s") % told)
    return _("A resource you use is retired: %(resource)s") % {"resource": resource}, "\n\n".join(lines)


def _address(resource: Resource) -> str:
    return reverse("opendata:resource", args=[resource.pk])
