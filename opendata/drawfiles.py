"""Drawing files under a permit: the original bytes, or the version in a format; each drawing is logged (Art. 15)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _

from catalogue.models import Entry
from opendata import storage
from opendata.draw import columns_of, log_use, over_quota, room_left, scope_of, within_quota
from opendata.exports import EXTENSIONS, MEDIA_TYPES, export
from opendata.permits import Permit
from opendata.rows import EVERYTHING, Scope
from portal.accounts.access import Denied, NotAllowed
from portal.accounts.actors import Actor

FORMATS = ("original", *EXTENSIONS)


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
    leaves: Callable[[Download], bool] = lambda _found: True,
) -> Download:
    """Returns the permitted version as a file: the original bytes, or written once in the format and kept.

    It is logged and counted where `leaves` says that the bytes go out, and not only what is known about them.
    A grant narrowed to some columns or rows never gets the original. Raises ExportRefused, OverQuota, NotAllowed.
    """
    version, scope = permit.version, scope_of(permit)
    stem = Path(version.filename).stem
    with within_quota(permit.grant):
        room = room_left(permit.grant, now=now)
        if room is not None and version.rows > room:
            raise over_quota(now)
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
            log_use(permit, actor, now, kind="download", fmt=fmt, rows=version.rows, size=found.path.stat().st_size)
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
