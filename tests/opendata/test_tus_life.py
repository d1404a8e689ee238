"""How an upload in pieces ends: handed over, expired, swept by the clock; the file moves and is not copied."""

import datetime as dt
import fcntl
import io
import os
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.utils import timezone

from opendata import storage, uploads
from opendata.models import IngestJob, Upload
from opendata.uploadtasks import uploads_clear
from portal.accounts.actors import Actor
from portal.schedule import BEAT_SCHEDULE
from tests.factories import now
from tests.opendata.tus_sending import CONTENT, SIZE, TUS, begun, place, send, sender

__all__ = ["place", "sender"]
pytestmark = pytest.mark.django_db


class Bucket(Storage):
    """Holds files as object storage does: they have no paths on this machine, and `path` is not implemented."""

    def __init__(self):
        self.held = {}

    def _save(self, name, content):
        self.held[name] = content.read()
        return name

    def _open(self, name, mode="rb"):
        return ContentFile(self.held[name], name)

    def exists(self, name):
        return name in self.held

    def delete(self, name):
        del self.held[name]


def test_an_upload_left_for_too_long_is_gone(sender, place):
    address = begun(sender, place)
    send(sender, address, CONTENT[:20])
    kept = storage.incoming(Upload.objects.get().path)
    assert uploads.uploads_sweep(now=now()) == 0
    Upload.objects.update(expires_at=now() - dt.timedelta(seconds=1))
    assert sender.head(address, headers=TUS).status_code == 410
    assert send(sender, address, CONTENT[20:], 20).status_code == 410
    uploads.uploads_sweep(now=now())
    assert not kept.exists()
    assert not Upload.objects.exists()


def test_a_whole_upload_that_nobody_handed_over_is_handed_over_by_the_sweep(sender, place):
    begun(sender, place)
    upload = Upload.objects.get()
    storage.incoming(upload.path).write_bytes(CONTENT)
    Upload.objects.update(offset=len(CONTENT))
    assert uploads.uploads_sweep(now=now()) == 0
    Upload.objects.update(expires_at=now() + uploads.KEPT - dt.timedelta(minutes=20))
    assert uploads.uploads_sweep(now=now()) == 1
    assert Upload.objects.get().job is not None


def test_the_sweep_leaves_what_may_no_longer_be_handed_over_and_what_is_being_written_to(cast, sender, place):
    begun(sender, place)
    upload = Upload.objects.get()
    storage.incoming(upload.path).write_bytes(CONTENT)
    Upload.objects.update(offset=len(CONTENT), expires_at=now() + dt.timedelta(hours=1))
    type(place).objects.filter(pk=place.pk).update(retired_at=now())
    assert uploads.uploads_sweep(now=now()) == 0
    Upload.objects.update(expires_at=now() - dt.timedelta(seconds=1))
    with storage.incoming(upload.path).open("r+b") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert uploads.uploads_sweep(now=now()) == 0
    assert storage.incoming(upload.path).exists()
    assert uploads.uploads_sweep(now=now()) == 1
    assert not storage.incoming(upload.path).exists()


def test_the_row_of_an_upload_that_was_handed_over_goes_and_its_job_stays(sender, place):
    send(sender, begun(sender, place), CONTENT)
    Upload.objects.update(expires_at=now() - dt.timedelta(seconds=1))
    assert uploads.uploads_sweep(now=now()) == 1
    assert not Upload.objects.exists()
    assert place.jobs.get().size == SIZE


def test_bytes_without_a_row_go_when_nobody_can_be_sending_them_any_more(sender, place):
    left, new = storage.incoming("left"), storage.incoming("form-new")
    for path in (left, new):
        path.write_bytes(b"x")
    long_ago = (now() - uploads.KEPT - dt.timedelta(hours=1)).timestamp()
    os.utime(left, (long_ago, long_ago))
    assert uploads.uploads_sweep(now=now()) == 1
    assert (left.exists(), new.exists()) == (False, True)
    new.unlink()


def test_the_clock_runs_the_sweep(sender, place):
    begun(sender, place)
    Upload.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    row = next(row for row in BEAT_SCHEDULE.values() if row["task"] == uploads_clear.name)
    assert row["schedule"] <= 3600
    assert uploads_clear() == 1
    assert not Upload.objects.exists()


def test_an_upload_handed_over_by_another_request_is_not_called_gone(cast, sender, place):
    begun(sender, place)
    mine, theirs = Upload.objects.get(), Upload.objects.get()
    actor = Actor.of_user(cast.registrar)
    whole = {"length": SIZE, "offset": 0, "actor": actor, "now": now(), "checksum": None}
    uploads.upload_write(theirs, io.BytesIO(CONTENT), **whole)
    uploads.upload_finish(theirs, actor=actor, now=now())
    with pytest.raises(uploads.WrongOffset):
        uploads.upload_write(mine, io.BytesIO(CONTENT), **whole)
    assert place.jobs.count() == 1


def test_the_file_is_given_another_name_not_copied(sender, place):
    address = begun(sender, place)
    send(sender, address, CONTENT[:20])
    before = storage.incoming(Upload.objects.get().path).stat().st_ino
    send(sender, address, CONTENT[20:], 20)
    assert Path(default_storage.path(place.jobs.get().quarantine)).stat().st_ino == before


def test_where_storage_has_no_folder_the_file_goes_to_storage_piece_by_piece(sender, place, monkeypatch, tmp_path):
    bucket = Bucket()
    monkeypatch.setattr(storage, "default_storage", bucket)
    address = begun(sender, place)
    send(sender, address, CONTENT)
    job = IngestJob.objects.get(upload__isnull=False)
    assert bucket.held == {job.quarantine: CONTENT}
    assert storage.quarantine_take(job.quarantine, tmp_path).read_bytes() == CONTENT
