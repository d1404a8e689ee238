"""Commands on grants. A grant and guardian's object permissions are written and ended together (Art. 29, 45)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from catalogue.models import Entry
from opendata.models import Grant, Resource
from portal.accounts.actors import SYSTEM, Actor
from portal.accounts.models import Organisation, User
from portal.workflow.commands import carry_out

PERMISSION = "opendata.use_resource"


@transaction.atomic
def grant_open(
    *,
    entry: Entry,
    user: User,
    organisation: Organisation | None,
    agreement: str,
    starts_on: dt.date,
    ends_on: dt.date,
    now: dt.datetime,
    limits: dict[str, Any] | None = None,
) -> Grant:
    """Opens a grant on an entry for a person or an organisation's group, under a signed agreement.

    `limits` may narrow it: columns (list of names), row_filter (condition tree), daily_rows (rows a day).
    """
    grant = Grant(
        entry=entry,
        user=user,
        organisation=organisation,
        group=organisation.group if organisation else None,
        agreement=agreement,
        starts_on=starts_on,
        ends_on=ends_on,
        created_at=now,
        **(limits or {}),
    )
    grant.full_clean(exclude=["created_at"])
    grant.save()
    for resource in entry.resources.all():
        _permit(grant, resource)
    today = timezone.localdate(now)
    if starts_on <= today:
        carry_out(grant, "grant", "open", actor=SYSTEM, now=now, target="active")
    else:
        carry_out(grant, "grant", "open", actor=SYSTEM, now=now, target="scheduled")
    return grant


@transaction.atomic
def grant_command(grant: Grant, command: str, *, actor: Actor, now: dt.datetime, note: str = "") -> Grant:
    """Carries out suspend, resume, revoke, end, activate or expire; permissions go when the grant is over."""
    carry_out(grant, "grant", command, actor=actor, now=now, note=note)
    if grant.state in {"revoked", "ended", "expired"}:
        _withdraw_permissions(grant)
    return grant


def resource_join_grants(resource: Resource) -> None:
    """Gives the holders of the entry's running grants the permission on a newly attached resource."""
    for grant in resource.entry.grants.filter(state__in=["scheduled", "active", "suspended"]):
        _permit(grant, resource)


@transaction.atomic
def grants_turn(*, today: dt.date, now: dt.datetime) -> int:
    """Activates the grants whose term has begun and expires those whose term is over; returns how many.

    Only bookkeeping: every request checks the dates itself, so nothing depends on when this runs.
    """
    turned = 0
    starting = Grant.objects.filter(state="scheduled", starts_on__lte=today, ends_on__gte=today)
    for grant in starting.select_for_update(skip_locked=True):
        grant_command(grant, "activate", actor=SYSTEM, now=now)
        turned += 1
    over = Grant.objects.filter(state__in=["scheduled", "active", "suspended"], ends_on__lt=today)
    for grant in over.select_for_update(skip_locked=True):
        grant_command(grant, "expire", actor=SYSTEM, now=now)
        turned += 1
    return turned


def _permit(grant: Grant, resource: Resource) -> None:
    assign_perm(PERMISSION, grant.group or grant.user, resource)


def _withdraw_permissions(grant: Grant) -> None:
    """Removes the object permissions, unless another running grant of the same holder still needs them."""
    holder = {"group": grant.group} if grant.group is not None else {"group": None, "user": grant.user}
    running = Grant.objects.filter(entry=grant.entry, state__in=["scheduled", "active", "suspended"], **holder)
    others = running.exclude(pk=grant.pk)
    if not others.exists():
        for resource in grant.entry.resources.all():
            remove_perm(PERMISSION, grant.group or grant.user, resource)
