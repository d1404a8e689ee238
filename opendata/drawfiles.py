"""Drawing files under a permit: the original bytes, or the version in a format; each drawing is logged (Art. 15)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from catalogue.models import Entry
from opendata import storage
from opendata.draw import log_use, over_quota, room_left, scope_of, within_quota
from opendata.exports import EXTENSIONS
from opendata.fileexports import Question, export_find, export_now, export_queue, media_type, path_of
from opendata.models import Export, Use
from opendata.permits import Permit
from opendata.rows import EVERYTHING
from opendata.tasks import export_run
from portal.accounts.access import Denied, NotAllowed
from portal.accounts.actors import Actor
from portal.workflow.waking import wake

FORMATS = ("original", *EXTENSIONS)
# How long a download that was counted may be resumed without being counted again.
RESUMED_WITHIN = dt.timedelta(days=1)

# What leaves: nothing (headers, "not modified"), the file from its first byte, or the rest of one that broke off.
Leaving = Literal["nothing", "file", "rest"]


class NotYet(Exception):
    """The file is too large to wait for: a worker makes it; `export` is where to follow that."""

    def __init__(self, export: Export) -> None:
        super().__init__(str(export.pk))
        self.export = export


@dataclass(frozen=True, slots=True)
class Download:
    """A file ready to be sent: path, the name and type it goes out under, and a strong validator (RFC 9110)."""

    path: Path
    filename: str
    media_type: str
    etag: str
    rows: int


def download(
    permit: Permit,
    fmt: str,
    *,
    actor: Actor,
    now: dt.datetime,
    bom: bool = False,
    leaves: Callable[[Download], Leaving] = lambda _found: "file",
) -> Download:
    """Returns the permitted version as a file: the original bytes, or written once in the format and kept.

    It is logged and counted as `leaves` says: a file that begins to leave always; the rest of one only where its
    beginning has not been counted within a day; what is only known about it never. The rows counted are those in the
    file, which a grant may have narrowed. A grant narrowed to some columns or rows never gets the original.
    Raises NotYet for what a worker has to make first, ExportRefused, EngineBusy, OverQuota, NotAllowed.
    """
    question = None if _is_stored(permit, fmt) else Question.of(permit, fmt, bom=bom)
    limited = permit.grant is not None and permit.grant.daily_rows is not None
    if limited and not _was_counted(permit, fmt, actor=actor, now=now):
        _require_room(permit, now=now)
    found = _stored(permit, fmt) if question is None else _made(permit, question, actor=actor, now=now)
    leaving = leaves(found)
    if leaving == "nothing" or (leaving == "rest" and _was_counted(permit, fmt, actor=actor, now=now)):
        return found
    with transaction.atomic():
        room = room_left(permit.grant, now=now)
        if room is not None and found.rows > room:
            raise over_quota(now)
        if permit.grant is None and not permit.own:
            _without_the_disk()
        log_use(permit, actor, now, kind="download", fmt=fmt, rows=found.rows, size=found.path.stat().st_size)
        if not permit.own:
            Entry.objects.filter(pk=permit.resource.entry_id).update(downloads=F("downloads") + 1)
    return found


def _without_the_disk() -> None:
    """Lets the commit of open data's count and log not wait for the disk, as `draw.log_use` does for rows."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")


def _is_stored(permit: Permit, fmt: str) -> bool:
    """Says whether the file lies in storage as it is: the original, and the whole table as Parquet."""
    return fmt == "original" or (fmt == "parquet" and scope_of(permit) == EVERYTHING)


def _stored(permit: Permit, fmt: str) -> Download:
    version = permit.version
    if scope_of(permit) != EVERYTHING:
        reason = _("Your grant covers a part of this data, so the original file is not given; choose a format.")
        raise NotAllowed(Denied(reason, 45))
    if fmt == "original":
        path = storage.blob_path(version.original)
        return Download(path, version.filename, version.media_type, version.original_id, version.rows)
    path, name = storage.blob_path(version.parquet), f"{Path(version.filename).stem}{EXTENSIONS['parquet']}"
    return Download(path, name, media_type("parquet"), version.parquet_id, version.rows)


def _made(permit: Permit, question: Question, *, actor: Actor, now: dt.datetime) -> Download:
    """Returns the file of a question, made now where it is small; a large one is left to a worker (NotYet)."""
    row = export_find(question)
    if row is None and not question.is_large:
        row = export_now(question, permit, actor=actor, now=now)
    if row is None:
        row, is_new = export_queue(question, permit, actor=actor, now=now)
        if is_new:
            wake(export_run, str(row.pk))
        raise NotYet(row)
    path = path_of(row)
    stat = path.stat()
    # A file that was swept and made again is another one: XLSX holds the moment of its making.
    told = f"{row.version_id}:{path.name}:{stat.st_mtime_ns}:{stat.st_size}"
    name = f"{Path(permit.version.filename).stem}{path.suffix}"
    return Download(path, name, media_type(question.fmt), hashlib.sha256(told.encode()).hexdigest(), row.rows_done)


def _require_room(permit: Permit, *, now: dt.datetime) -> None:
    """Raises OverQuota before a file is made that the grant could not draw today anyway, as far as that is known."""
    with within_quota(permit.grant):
        room = room_left(permit.grant, now=now)
    whole = permit.grant is None or permit.grant.row_filter is None
    if room is not None and whole and permit.version.rows > room:
        raise over_quota(now)


def _was_counted(permit: Permit, fmt: str, *, actor: Actor, now: dt.datetime) -> bool:
    """Says whether this very download was counted within a day, of the same grant, or the same person or address."""
    drawn = Use.objects.filter(resource=permit.resource, version=permit.version, kind="download", format=fmt)
    drawn = drawn.filter(at__gt=now - RESUMED_WITHIN)
    if permit.grant is not None:
        return drawn.filter(grant=permit.grant).exists()
    who = {"user": actor.user} if actor.user is not None else {"user": None, "address": actor.address}
    return drawn.filter(grant=None, **who).exists()
