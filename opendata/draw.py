"""Drawing data under a permit: rows and previews; files in `drawfiles`. Each drawing is logged (Art. 15)."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Sum
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from opendata import storage
from opendata.models import Blob, Grant, Resource, ResourceVersion, Use
from opendata.permits import Permit, permit_for, version_numbered
from opendata.rows import (
    EVERYTHING,
    Column,
    ColumnType,
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
from opendata.rows.answers import KEPT, Answer, RowFormat, render
from opendata.rows.engine import Seal
from opendata.rows.tree import Reduce, page_hash
from portal.accounts.access import Denied, NotAllowed
from portal.accounts.actors import Actor


class OverQuota(Exception):
    """The grant's rows for today are used up; answered 429 with when to come back."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


def permit_required(
    actor: Actor, resource: Resource, *, today: dt.date, version: ResourceVersion | None = None
) -> Permit:
    """Returns the permit or raises NotAllowed with the reason and the article."""
    answer = permit_for(actor, resource, today=today, version=version)
    if isinstance(answer, Denied):
        raise NotAllowed(answer)
    return answer


def version_asked(resource: Resource, number: str | None) -> ResourceVersion | None:
    """Returns the version that `?version=` names, None where it names none; one that is not published is 404."""
    if number is None:
        return None
    found = version_numbered(resource, number)
    if found is None:
        raise Http404
    return found


@lru_cache(maxsize=1024)
def _columns(version: UUID) -> tuple[Column, ...]:
    """Returns the columns of a version, which never change; their profile is long to read at every request."""
    return columns_from_profile(ResourceVersion.objects.values_list("columns", flat=True).get(pk=version))


def columns_of(permit: Permit) -> tuple[Column, ...]:
    """Returns the columns of the permitted version."""
    return _columns(permit.version.pk)


def scope_of(permit: Permit) -> Scope:
    """Returns what the grant leaves visible; everything where it narrows nothing."""
    if permit.grant is None:
        return EVERYTHING
    return scope_from_json(permit.grant.columns, permit.grant.row_filter, columns_of(permit))


Read = Callable[[tuple[Column, ...], Scope], Query]


def rows_page(permit: Permit, read: Read, *, actor: Actor, now: dt.datetime, kind: str = "rows") -> Page:
    """Runs one query under the permit and returns its page.

    `read` makes the query from what was sent, knowing only the columns that the grant leaves visible.
    Raises QueryError (422), OverQuota (429), DeadlineExceeded and EngineBusy (503).
    """
    columns, scope = columns_of(permit), scope_of(permit)
    query = read(columns, scope)
    with within_quota(permit.grant):
        query = _within_room(permit, query, now)
        page = _ask(permit, query, scope)
        if permit.grant is not None or kind != "preview":
            log_use(permit, actor, now, kind=kind, fmt="json", rows=len(page.rows))
    return page


@dataclass(frozen=True, slots=True)
class Mark:
    """What a page depends on. It is `steady` where each asking gives the same bytes.

    Sums of floating-point numbers are not: they depend on the order in which threads add them.
    """

    text: str
    steady: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """An answer with its mark; no answer where the asker has it already."""

    mark: Mark
    answer: Answer | None


def rows_answer(
    permit: Permit,
    read: Read,
    fmt: RowFormat,
    *,
    actor: Actor,
    now: dt.datetime,
    leaves: Callable[[Mark], bool] = lambda _mark: True,
) -> Drawn:
    """Returns one page in a format, kept from an earlier asking where it can be: versions never change.

    Permit, quota and log are as for every drawing. What `leaves` says is not sent, by its mark, is neither looked up
    nor logged. Raises what `rows_page` raises.
    """
    columns, scope = columns_of(permit), scope_of(permit)
    query = read(columns, scope)
    with within_quota(permit.grant):
        query = _within_room(permit, query, now)
        key = f"{permit.version.pk}:{page_hash(query, scope)}:{fmt}"
        mark = Mark(key, _is_steady(query, columns))
        if not leaves(mark):
            return Drawn(mark, None)
        answer = KEPT.get(key)
        if answer is None:
            answer = render(_ask(permit, query, scope), fmt)
            KEPT.put(key, answer)
        log_use(permit, actor, now, kind="rows", fmt=fmt, rows=answer.rows)
    return Drawn(mark, answer)


def _is_steady(query: Query, columns: tuple[Column, ...]) -> bool:
    floats = {column.name for column in columns if column.type is ColumnType.FLOAT} if query.aggregates else set()
    return not any(one.column in floats and one.op in (Reduce.SUM, Reduce.AVG) for one in query.aggregates)


def _within_room(permit: Permit, query: Query, now: dt.datetime) -> Query:
    """Returns the query with as many rows as the grant may still draw today."""
    room = room_left(permit.grant, now=now)
    return replace(query, limit=room) if room is not None and query.limit > room else query


@lru_cache(maxsize=4)
def _engine(root: str, memory_limit: str, threads: int) -> EngineConfig:
    return EngineConfig.of(root, memory_limit=memory_limit, threads=threads)


@lru_cache(maxsize=512)
def _table(version: UUID, parquet: str, serving: str | None) -> Table:
    """Returns the whole table of a version, whose files never change."""
    beside = storage.blob_path(Blob(serving)) if serving else None
    return Table.of(open_source(storage.blob_path(Blob(parquet)), beside), _columns(version))


def _ask(permit: Permit, query: Query, scope: Scope) -> Page:
    version = permit.version
    engine = shared(_engine(str(storage.local_root()), settings.ROWS_MEMORY, settings.ROWS_THREADS))
    asked = (version.pk, version.parquet_id, version.serving_id)
    table = _table(*asked)
    if not os.path.exists(table.source.path):  # noqa: PTH110  # at every request, and Path takes much longer
        # Files fetched from object storage may have been cleared away.
        _table.cache_clear()
        table = _table(*asked)
    seal = Seal(settings.SECRET_KEY.encode(), str(version.pk))
    return engine.rows(
        table if scope == EVERYTHING else replace(table, scope=scope), query, seal, seconds=settings.ROWS_SECONDS
    )


def citation(resource: Resource, *, obtained_on: dt.date, version: ResourceVersion | None = None) -> str:
    """Returns how to cite a version of the data, the current one by default: source and date obtained (Art. 32)."""
    version = version or resource.current
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
    """Writes one line of the log of use (Art. 15).

    What a grant gives is on the disk before it leaves. For open data the commit does not wait for the disk
    (PostgreSQL's synchronous_commit): of its lines at most those of the last half second are lost, and only if the
    database server crashes.
    """
    key = actor.id if actor.kind == "api_key" else None
    user = actor.user.pk if actor.user is not None else None
    grant = permit.grant.pk if permit.grant is not None else None
    line = (now, permit.resource.pk, permit.version.pk, grant, key, user, kind, fmt, rows, size, actor.address)
    with connection.cursor() as cursor:
        cursor.execute(_LOG_AT_ONCE if permit.grant is not None or permit.own else _LOG_SOON, line)


_LINE = "at, resource_id, version_id, grant_id, key_id, user_id, kind, format, rows, bytes, address"
_PLACES = ", ".join(["%s"] * 11)
_LOG_AT_ONCE = f"INSERT INTO {Use._meta.db_table} ({_LINE}) VALUES ({_PLACES})"  # noqa: S608  # names of our own
_LOG_SOON = (
    f"WITH soon AS (SELECT set_config('synchronous_commit', 'off', true)) "  # noqa: S608  # names of our own
    f"INSERT INTO {Use._meta.db_table} ({_LINE}) SELECT {_PLACES} FROM soon"
)
