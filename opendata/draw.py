"""Drawing data under a permit: rows, previews, downloads. Both faces come here; each drawing is logged (Art. 15)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from catalogue.models import Entry
from opendata import storage
from opendata.exports import EXTENSIONS, MEDIA_TYPES, export
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

FORMATS = ("original", *EXTENSIONS)


class OverQuota(Exception):
    """The grant's rows for today are used up; answered 429 with when to come back."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Download:
    """A file ready to be sent: path, the name and type it goes out under, and a strong validator (RFC 9110)."""

    path: Path
    filename: str
    media_type: str
    etag: str
    rows: int


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
    with _within_quota(permit.grant):
        room = _room(permit.grant, now=now)
        if room is not None and query.limit > room:
            query = replace(query, limit=room)
        table = Table.of(open_source(path), columns, scope)
        page = engine.rows(table, query, seal, seconds=settings.ROWS_SECONDS)
        if permit.grant is not None or kind != "preview":
            _log(permit, actor, now, kind=kind, fmt="json", rows=len(page.rows))
    return page


def download(
    permit: Permit,
    fmt: str,
    *,
    actor: Actor,
    now: dt.datetime,
    bom: bool = False,
    leaves: Callable[[Download], bool] = lambda _found: True,
) -> Download:
    """Returns the permitted version as a file: the original bytes, or written once in the format and kept.

    It is logged and counted where `leaves` says that the bytes go out, and not only what is known about them.
    A grant narrowed to some columns or rows never gets the original. Raises ExportRefused, OverQuota, NotAllowed.
    """
    version, scope = permit.version, scope_of(permit)
    stem = Path(version.filename).stem
    with _within_quota(permit.grant):
        room = _room(permit.grant, now=now)
        if room is not None and version.rows > room:
            raise _over_quota(now)
        if fmt == "original":
            if scope != EVERYTHING:
                reason = _("Your grant covers a part of this data, so the original file is not given; choose a format.")
                raise NotAllowed(Denied(reason, 45))
            found = Download(
                storage.blob_path(version.original),
                version.filename,
                version.media_type,
                version.original_id,
                version.rows,
            )
        else:
            path = _exported(permit, fmt, scope, bom)
            etag = hashlib.sha256(path.name.encode()).hexdigest()
            found = Download(path, f"{stem}{EXTENSIONS[fmt]}", MEDIA_TYPES[fmt], etag, version.rows)  # type: ignore[index]
        if leaves(found):
            _log(permit, actor, now, kind="download", fmt=fmt, rows=version.rows, size=found.path.stat().st_size)
            if not permit.own:
                Entry.objects.filter(pk=permit.resource.entry_id).update(downloads=F("downloads") + 1)
    return found


def _exported(permit: Permit, fmt: str, scope: Scope, bom: bool) -> Path:
    """Returns the file of a version in a format, made at its first asking; the name says all that it depends on."""
    limits = permit.grant and {"columns": permit.grant.columns, "rows": permit.grant.row_filter}
    mark = hashlib.sha256(json.dumps([limits, bom], sort_keys=True).encode()).hexdigest()[:16]
    path = Path(settings.EXPORT_DIR) / str(permit.version.pk) / f"{mark}{EXTENSIONS[fmt]}"  # type: ignore[index]
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        source = storage.blob_path(permit.version.parquet)
        export(source, columns_of(permit), fmt, path, scope=scope, bom=bom)  # type: ignore[arg-type]
    return path


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


def _within_quota(grant: Grant | None) -> AbstractContextManager[Any]:
    """Holds the grant's row while a limited drawing runs, so that two of them never share the same room."""
    return transaction.atomic() if grant is not None and grant.daily_rows is not None else nullcontext()


def _room(grant: Grant | None, *, now: dt.datetime) -> int | None:
    """Returns how many rows the grant may still draw today, or None where it has no quota; raises OverQuota at none."""
    if grant is None or grant.daily_rows is None:
        return None
    Grant.objects.select_for_update().get(pk=grant.pk)
    start = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    used = Use.objects.filter(grant=grant, at__gte=start).aggregate(rows=Sum("rows"))["rows"] or 0
    if used >= grant.daily_rows:
        raise _over_quota(now)
    return int(grant.daily_rows - used)


def _over_quota(now: dt.datetime) -> OverQuota:
    tomorrow = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
    message = _("The rows that your grant allows for today are used up; more can be drawn tomorrow.")
    return OverQuota(message, int((tomorrow - now).total_seconds()) + 1)


def _log(permit: Permit, actor: Actor, now: dt.datetime, *, kind: str, fmt: str, rows: int, size: int = 0) -> None:
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
