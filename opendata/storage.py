"""Content-addressed storage: bytes are written once under their SHA-256 and never changed (DESIGN.md §5)."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from opendata.models import Blob
from opendata.wholefiles import sync

CHUNK = 1024 * 1024
QUARANTINE = "quarantine"
INCOMING = "incoming"


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


def _link_or_copy(source: Path, target: Path) -> None:
    """Gives the bytes a second name where both lie on one file system, else copies them; either way they are synced."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP}:
            raise
        shutil.copyfile(source, target)
    target.chmod(settings.FILE_UPLOAD_PERMISSIONS)
    sync(target)


@contextmanager
def _landing(target: Path) -> Iterator[Path]:
    """Gives a temporary name beside a file to be; at the end it takes the real name: no reader meets half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".landing-") as folder:
        yield Path(folder) / "file"
        (Path(folder) / "file").replace(target)
    sync(target.parent)


def _land(source: Path, name: str) -> None:
    """Puts a finished file under its name in storage, without copying its bytes where that can be."""
    if not _is_local():
        with source.open("rb") as stream:
            default_storage.save(name, File(stream))
        return
    with _landing(Path(default_storage.path(name))) as part:
        _link_or_copy(source, part)


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
    return kept_path(blob.path)


def kept_path(name: str) -> Path:
    """Returns a local path to a stored file; from object storage it is fetched once. Raises FileNotFoundError."""
    if _is_local():
        return Path(default_storage.path(name))
    kept = Path(settings.VAR_DIR) / "fetched" / name
    if not kept.exists():
        with _landing(kept) as part, part.open("wb") as out, default_storage.open(name) as stream:
            shutil.copyfileobj(stream, out, CHUNK)
    return kept


def blob_open(blob: Blob) -> IO[bytes]:
    """Opens the blob's bytes for reading."""
    return default_storage.open(blob.path)


class TooLarge(Exception):
    """Raised while bytes still come in, as soon as they are more than may be kept."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came in: its size in bytes and its SHA-256."""

    size: int
    sha256: str


def incoming(name: str = "") -> Path:
    """Returns where bytes lie that are still on their way: beside the stored files, so that they need no copying."""
    base = Path(default_storage.path("")) if _is_local() else Path(settings.VAR_DIR)
    folder = base / INCOMING
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def quarantine_put(chunks: Iterable[bytes], name: str, *, most: int) -> Taken:
    """Writes an upload into quarantine piece by piece and returns its size and hash.

    Raises TooLarge at the first piece beyond `most` bytes: the rest is not read, and nothing is kept.
    """
    size, digest = 0, hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=incoming(), prefix="form-") as out:
        for chunk in chunks:
            size += len(chunk)
            if size > most:
                raise TooLarge(name)
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        _land(Path(out.name), name)
    return Taken(size, digest.hexdigest())


def quarantine_adopt(source: Path, name: str) -> None:
    """Gives a file that came in piece by piece its name in quarantine; repeating it after a fault does no harm."""
    if not _is_local() and default_storage.exists(name):
        default_storage.delete(name)
    _land(source, name)


def quarantine_take(name: str, folder: Path) -> Path:
    """Gives a quarantined file a name in a folder for reading, and returns it; only across disks is it copied."""
    target = folder / "upload"
    if _is_local():
        _link_or_copy(Path(default_storage.path(name)), target)
        return target
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
