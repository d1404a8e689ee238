"""Files that come in pieces and may pause: the services under the tus protocol (api/tus.py) and the upload page.

The bytes lie beside the stored files, so that the last piece needs no copying. One request at a time writes to an
upload: it holds a lock on the file, which the system releases whatever becomes of the process; a row lock would keep a
transaction open for as long as the sender takes. What has come is synced to disk before it is said to have come.
"""

from __future__ import annotations

import base64
import datetime as dt
import errno
import fcntl
import hashlib
import logging
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from typing import Any, Protocol

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from opendata import storage
from opendata.choices import settings_clean
from opendata.duties import require_attacher
from opendata.models import IngestJob, Resource, Upload
from opendata.services import job_queue, quarantine_name, require_open, upload_name
from portal.accounts import access
from portal.accounts.actors import Actor
from portal.law import RuleBroken

logger = logging.getLogger(__name__)

KEPT = dt.timedelta(days=3)
WAITED = dt.timedelta(minutes=10)
MOST_AT_ONCE = 20
PIECE = 256 * 1024
SPARE_BYTES = 1024**3
# So much is synced and said to have come at a time; after a crash a sender repeats at most this much.
SYNCED_BYTES = 32 * 1024**2
HASHES = ("sha1", "sha256")
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Busy(Exception):
    """Another request is writing to this upload (423)."""


class WrongOffset(Exception):
    """The piece does not begin where the upload ends (409)."""


class Expired(Exception):
    """The upload was left for too long and its bytes are gone (410)."""


class NoRoom(Exception):
    """The disk cannot take the file (507)."""


class WrongChecksum(Exception):
    """The piece is not what its sender says it is; nothing of it is kept (460)."""


class Body(Protocol):
    """Where bytes come from."""

    def read(self, size: int, /) -> bytes:
        """Returns at most so many bytes, none at the end."""


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the sender says of a piece: the name of the hash and its value."""

    name: str
    value: bytes

    @classmethod
    def read(cls, header: str) -> Checksum:
        """Reads `Upload-Checksum: sha1 <base64>`; raises ValueError where it is another hash or not base64."""
        name, _space, value = header.partition(" ")
        if name not in HASHES:
            raise ValueError(name)
        return cls(name, base64.b64decode(value, validate=True))


def upload_create(
    *,
    resource: Resource,
    actor: Actor,
    filename: str,
    size: int,
    now: dt.datetime,
    overrides: Mapping[str, Any] | None = None,
) -> Upload:
    """Begins an upload of a file of this size; nothing has come of it yet. Raises NotAllowed, RuleBroken, NoRoom."""
    require_open(resource, actor)
    settings_clean(overrides or {})
    name, person = upload_name(filename), access.person(actor)
    waiting = Upload.objects.filter(job=None, expires_at__gt=now)
    if waiting.filter(created_by=person).count() >= MOST_AT_ONCE:
        raise RuleBroken(_("You have begun too many uploads. Please finish or cancel one of them first."), 28)
    promised = waiting.aggregate(bytes=Sum(F("size") - F("offset")))["bytes"] or 0
    if size + promised + SPARE_BYTES > shutil.disk_usage(storage.incoming()).free:
        raise NoRoom(_("There is not enough room for this file at present. Please tell the operators of the portal."))
    key = uuid.uuid4()
    storage.incoming(str(key)).touch(mode=0o600)
    return Upload.objects.create(
        id=key,
        resource=resource,
        filename=name,
        size=size,
        path=str(key),
        overrides=dict(overrides) if overrides else None,
        created_by=person,
        created_at=now,
        expires_at=now + KEPT,
    )


@contextmanager
def _locked(upload: Upload) -> Iterator[FileIO]:
    """Opens the upload's file for this request alone, and reads the row anew. Raises Busy, Expired, WrongOffset."""
    try:
        file = FileIO(storage.incoming(upload.path), "r+b")
    except FileNotFoundError as gone:
        if Upload.objects.filter(pk=upload.pk, job__isnull=False).exists():
            raise WrongOffset from gone  # another request has just handed it over
        raise Expired from gone
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            raise Busy from held
        try:
            upload.refresh_from_db()
        except Upload.DoesNotExist as gone:
            raise Expired from gone
        yield file


@contextmanager
def _held(upload: Upload, *, now: dt.datetime) -> Iterator[FileIO]:
    """Holds an upload that may still be written to or handed over. Raises Busy, Expired, WrongOffset."""
    with _locked(upload) as file:
        if upload.job_id is None and upload.expires_at <= now:
            raise Expired
        yield file


def upload_write(
    upload: Upload, body: Body, *, length: int, offset: int, actor: Actor, now: dt.datetime, checksum: Checksum | None
) -> int:
    """Adds a piece of `length` bytes that begins at `offset`; returns how many bytes have come in all.

    What comes before an interruption is kept, unless the piece has a checksum. Raises NotAllowed, Busy, WrongOffset,
    Expired, TooLarge, NoRoom, WrongChecksum.
    """
    require_attacher(actor, upload.resource.entry)
    if upload.job_id is not None:
        if offset != upload.size or length:
            raise WrongOffset
        return upload.offset
    with _held(upload, now=now) as file:
        if offset != upload.offset:
            raise WrongOffset
        if offset + length > upload.size:
            raise storage.TooLarge
        file.truncate(offset)
        file.seek(offset)
        _Writer(upload, file, checksum, now + KEPT).take(_pieces(body, length))
    return upload.offset


def _pieces(body: Body, length: int) -> Iterator[bytes]:
    """Yields what comes, at most `length` bytes; a sender who is gone or silent is the end, not a fault."""
    while length:
        try:
            piece = body.read(min(PIECE, length))
        except OSError:
            return
        if not piece:
            return
        length -= len(piece)
        yield piece


class _Writer:
    """Writes one piece of an upload, syncing as it goes."""

    def __init__(self, upload: Upload, file: FileIO, checksum: Checksum | None, expires_at: dt.datetime) -> None:
        self._upload, self._file, self._checksum, self._expires_at = upload, file, checksum, expires_at
        self._begun = self._size = upload.offset
        self._digest = hashlib.new(checksum.name, usedforsecurity=False) if checksum else None

    def take(self, pieces: Iterator[bytes]) -> None:
        """Writes everything that comes; on a full disk, what was written before stays."""
        try:
            for piece in pieces:
                self._put(piece)
            if self._digest and self._checksum and self._digest.digest() != self._checksum.value:
                self._file.truncate(self._begun)
                raise WrongChecksum
            self._keep()
        except OSError as error:
            self._file.truncate(self._upload.offset)
            if error.errno in FULL:
                raise NoRoom(_("The disk is full; what had come is kept. Please go on later.")) from error
            raise

    def _put(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            written = self._file.write(rest)
            rest = rest[written:]
            self._size += written
        if self._digest:
            self._digest.update(piece)
        elif self._size - self._upload.offset >= SYNCED_BYTES:
            self._keep()

    def _keep(self) -> None:
        """Syncs the bytes, and only then says that they have come."""
        os.fdatasync(self._file.fileno())
        self._upload.offset, self._upload.expires_at = self._size, self._expires_at
        self._upload.save(update_fields=["offset", "expires_at"])


def upload_finish(upload: Upload, *, actor: Actor, now: dt.datetime) -> IngestJob:
    """Hands a whole file over to be read, once; asking again returns the same job.

    The file is hashed, and gets its name in quarantine beside the one it had, before the job is written: whenever the
    process ends, the next call (the sender's, or the sweep's) begins again. Raises Busy, Expired, WrongOffset.
    """
    if upload.job_id is not None:
        return IngestJob.objects.get(pk=upload.job_id)
    require_attacher(actor, upload.resource.entry)
    source = storage.incoming(upload.path)
    with _held(upload, now=now):
        if upload.job_id is not None:
            return IngestJob.objects.get(pk=upload.job_id)
        if upload.offset != upload.size:
            raise WrongOffset
        taken = storage.Taken(upload.size, storage.file_sha256(source))
        storage.quarantine_adopt(source, quarantine_name(upload.pk))
        with transaction.atomic():
            job = job_queue(
                job_id=upload.pk,
                resource=upload.resource,
                actor=actor,
                name=upload.filename,
                taken=taken,
                overrides=upload.overrides,
                now=now,
            )
            upload.job = job
            upload.save(update_fields=["job"])
        source.unlink()
    return job


def upload_drop(upload: Upload, *, now: dt.datetime) -> None:
    """Ends an upload that was not handed over, and removes its bytes. Raises Busy, WrongOffset."""
    if upload.job_id is not None:
        raise WrongOffset
    try:
        with _held(upload, now=now):
            if upload.job_id is not None:
                raise WrongOffset
            _remove(upload)
    except Expired:
        Upload.objects.filter(pk=upload.pk, job=None).delete()


def _remove(upload: Upload) -> None:
    upload.delete()
    storage.incoming(upload.path).unlink(missing_ok=True)


def uploads_sweep(*, now: dt.datetime) -> int:
    """Removes uploads that were left for too long, and hands over whole ones that nobody did; returns how many."""
    whole = Upload.objects.filter(job=None, offset=F("size"), expires_at__gt=now, expires_at__lt=now + KEPT - WAITED)
    done = sum(_hand_over(upload, now=now) for upload in whole)
    done += sum(_expire(upload, now=now) for upload in Upload.objects.filter(expires_at__lte=now))
    known = set(Upload.objects.filter(job=None).values_list("path", flat=True))
    for left in storage.incoming().iterdir():
        if left.name not in known and left.stat().st_mtime < (now - KEPT).timestamp():
            left.unlink(missing_ok=True)
            done += 1
    return done


def _expire(upload: Upload, *, now: dt.datetime) -> bool:
    """Removes an upload whose time is over; one that a request is writing to just now lives on."""
    try:
        with _locked(upload):
            if upload.expires_at > now:
                return False
            _remove(upload)
    except Busy:
        return False
    except (Expired, WrongOffset):  # no bytes lie there any more: only the row is left
        Upload.objects.filter(pk=upload.pk).delete()
    return True


def _hand_over(upload: Upload, *, now: dt.datetime) -> bool:
    """Finishes an upload in its sender's name; one that is being finished, or may no longer be, is left to its end."""
    try:
        upload_finish(upload, actor=Actor.of_user(upload.created_by), now=now)
    except (Busy, Expired, WrongOffset, RuleBroken, access.NotAllowed) as stands:
        logger.info("upload %s is not handed over: %s", upload.pk, type(stands).__name__)
        return False
    return True
