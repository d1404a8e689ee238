"""Content-addressed storage: bytes are written once under their SHA-256 and never changed (DESIGN.md §5)."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from opendata.models import Blob

CHUNK = 1024 * 1024
QUARANTINE = "quarantine"


def _is_local() -> bool:
    """Says whether stored files lie in a folder of this machine."""
    try:
        default_storage.path("x")
    except NotImplementedError:
        return False
    return True


def file_sha256(path: Path) -> str:
    """Returns the SHA-256 of a file, read in pieces."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _land(source: Path, name: str) -> None:
    """Puts a finished file under its name: temporary name, fsync, rename; so no reader meets half of it."""
    if not _is_local():
        with source.open("rb") as stream:
            default_storage.save(name, File(stream))
        return
    target = Path(default_storage.path(name))
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".landing-")
    try:
        with os.fdopen(handle, "wb") as out, source.open("rb") as stream:
            shutil.copyfileobj(stream, out, CHUNK)
            out.flush()
            os.fsync(out.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def blob_put(source: Path, *, now: dt.datetime) -> Blob:
    """Stores a file's bytes under their hash, once, and returns the row; equal bytes share one blob."""
    sha256 = file_sha256(source)
    blob = Blob(sha256=sha256, size=source.stat().st_size, created_at=now)
    if not default_storage.exists(blob.path):
        _land(source, blob.path)
    return Blob.objects.get_or_create(sha256=sha256, defaults={"size": blob.size, "created_at": now})[0]


def local_root() -> Path:
    """Returns the folder below which `blob_path` finds files; the row engine may read nothing else."""
    return Path(default_storage.path("")) if _is_local() else Path(settings.VAR_DIR) / "fetched"


def blob_path(blob: Blob) -> Path:
    """Returns a local path to the blob's bytes; from object storage they are fetched once into a local folder."""
    if _is_local():
        return Path(default_storage.path(blob.path))
    kept = Path(settings.VAR_DIR) / "fetched" / blob.path
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=kept.parent, prefix=".fetching-")
        with os.fdopen(handle, "wb") as out, default_storage.open(blob.path) as stream:
            shutil.copyfileobj(stream, out, CHUNK)
        Path(temporary).replace(kept)
    return kept


def blob_open(blob: Blob) -> IO[bytes]:
    """Opens the blob's bytes for reading."""
    return default_storage.open(blob.path)


class TooLarge(Exception):
    """Raised while bytes still come in, as soon as they are more than may be kept."""


def quarantine_put(chunks: Iterable[bytes], name: str, *, most: int) -> int:
    """Writes an upload into quarantine piece by piece and returns its size in bytes.

    Raises TooLarge at the first piece beyond `most` bytes: the rest is not read, and nothing is kept.
    """
    size = 0
    with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="upload-") as out:
        for chunk in chunks:
            size += len(chunk)
            if size > most:
                raise TooLarge(name)
            out.write(chunk)
        out.flush()
        _land(Path(out.name), name)
    return size


def quarantine_take(name: str, folder: Path) -> Path:
    """Copies a quarantined file into a folder for reading and returns its path there."""
    target = folder / "upload"
    with default_storage.open(name) as stream, target.open("wb") as out:
        shutil.copyfileobj(stream, out, CHUNK)
    return target


def quarantine_drop(name: str) -> None:
    """Removes a quarantined file; one that is gone already is no error."""
    default_storage.delete(name)


def quarantine_older(than: dt.datetime) -> Iterator[str]:
    """Yields the names of the quarantined files that were written before a moment."""
    if not default_storage.exists(QUARANTINE):
        return
    for found in default_storage.listdir(QUARANTINE)[1]:
        name = f"{QUARANTINE}/{found}"
        if default_storage.get_modified_time(name) < than:
            yield name
