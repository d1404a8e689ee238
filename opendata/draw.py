"""Drawing data under a permit: rows and previews; files in `drawfiles`. Each drawing is logged (Art. 15)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from opendata import storage
from opendata.models import Grant, Resource, Use
from opendata.permits import Permit, permit_for
from opendata.rows import (
    EVERYTHING,
    Column,
    EngineConfig,
    Page,
    Query,
    Scope,
    Table,
    columns_from_profile,
    open_source,
    scope_from_json,
    shared,
)
from opendata.rows.engine import Seal
from portal.accounts.access import Denied, NotAllowed
from portal.accounts.actors import Actor


class OverQuota(Exception):
    """The grant's rows for today are used up; answered 429 with when to come back."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


def permit_required(actor: Actor, resource: Resource, *, today: dt.date) -> Permit:
    """Returns the permit or raises NotAllowed with the reason and the article."""
    answer = permit_for(actor, resource, today=today)
    if isinstance(answer, Denied):
        raise NotAllowed(answer)
    return answer


def columns_of(permit: Permit) -> tuple[Column, ...]:
    """Returns the columns of the permitted version."""
    return columns_from_profile(permit.version.columns)


def scope_of(permit: Permit) -> Scope:
    """Returns what the grant leaves visible; everything where it narrows nothing."""
    if permit.grant is None:
        return EVERYTHING
    return scope_from_json(permit.grant.columns, permit.grant.row_filter, columns_of(permit))


def rows_page(
    permit: Permit,
    read: Callable[[tuple[Column, ...], Scope], Query],
    *,
    actor: Actor,
    now: dt.datetime,
    kind: str = "rows",
) -> Page:
    """Runs one query under the permit and returns its page.

    `read` makes the query from what was sent, knowing only the columns that the grant leaves visible.
    Raises QueryError (422), OverQuota (429), DeadlineExceeded and EngineBusy (503).
    """
    columns, scope = columns_of(permit), scope_of(permit)
    query = read(columns, scope)
    path = storage.blob_path(permit.version.parquet)
    engine = shared(
        EngineConfig.of(storage.local_root(), memory_limit=settings.ROWS_MEMORY, threads=settings.ROWS_THREADS)
    )
    seal = Seal(settings.SECRET_KEY.encode(), str(permit.version.pk))
    with within_quota(permit.grant):
        room = room_left(permit.grant, now=now)
        if room is not None and query.limit > room:
            query = replace(query, limit=room)
        table = Table.of(open_source(path), columns, scope)
        page = engine.rows(table, query, seal, seconds=settings.ROWS_SECONDS)
        if permit.grant is not None or kind != "preview":
            log_use(permit, actor, now, kind=kind, fmt="json", rows=len(page.rows))
    return page


def citation(resource: Resource, *, obtained_on: dt.date) -> str:
    """Returns how to cite the data, with the source and the date obtained (Art. 32)."""
    version = resource.current
    return _("%(provider)s: %(title)s (%(code)s, version %(number)s). %(site)s, obtained on %(date)s.") % {
        "provider": resource.entry.provider,
        "title": resource.entry.published or resource.title,
        "code": resource.entry.code,
        "number": version.number if version else "-",
        "site": settings.SITE_NAME,
        "date": obtained_on.isoformat(),
    }


def within_quota(grant: Grant | None) -> AbstractContextManager[Any]:
    """Holds the grant's row while a limited drawing runs, so that two of them never share the same room."""
    return transaction.atomic() if grant is not None and grant.daily_rows is not None else nullcontext()


def room_left(grant: Grant | None, *, now: dt.datetime) -> int | None:
    """Returns how many rows the grant may still draw today, or None where it has no quota; raises OverQuota at none."""
    if grant is None or grant.daily_rows is None:
        return None
    Grant.objects.select_for_update().get(pk=grant.pk)
    start = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    used = Use.objects.filter(grant=grant, at__gte=start).aggregate(rows=Sum("rows"))["rows"] or 0
    if used >= grant.daily_rows:
        raise over_quota(now)
    return int(grant.daily_rows - used)


def over_quota(now: dt.datetime) -> OverQuota:
    """Returns the refusal, with the seconds until tomorrow."""
    tomorrow = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
    message = _("The rows that your grant allows for today are used up; more can be drawn tomorrow.")
    return OverQuota(message, int((tomorrow - now).total_seconds()) + 1)


def log_use(permit: Permit, actor: Actor, now: dt.datetime, *, kind: str, fmt: str, rows: int, size: int = 0) -> None:
    """Writes one line of the log of use (Art. 15)."""
    Use.objects.create(
        at=now,
        resource=permit.resource,
        version=permit.version,
        grant=permit.grant,
        key_id=actor.id if actor.kind == "api_key" else None,
        user=actor.user,
        kind=kind,
        format=fmt,
        rows=rows,
        bytes=size,
        address=actor.address,
    )
