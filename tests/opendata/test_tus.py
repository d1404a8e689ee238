"""Uploads in pieces by tus 1.0.0: what the protocol promises, who may, and what survives a broken line."""

import base64
import fcntl
import hashlib
import io
import resource as limits
import tracemalloc

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from opendata import jobs, storage, uploads
from opendata.models import IngestJob, Upload
from portal.limits import PIECES
from tests.factories import now
from tests.opendata.tus_sending import CONTENT, TUS, begin, begun, on_disk, place, send, sender, state

pytestmark = pytest.mark.django_db
LARGE = 64 * 1024**2
__all__ = ["place", "sender"]


class Line(io.RawIOBase):
    """A connection that breaks after some bytes."""

    def __init__(self, content):
        self.left = content

    def read(self, size=-1):
        if not self.left:
            raise ConnectionResetError
        piece, self.left = self.left[:7], self.left[7:]
        return piece


class Spring(io.RawIOBase):
    """A connection from which so many bytes come; no more of them exist at a time than are asked for."""

    def __init__(self, size):
        self.left, self.largest = size, 0

    def read(self, size=-1):
        piece = b"7" * min(self.left, size)
        self.left -= len(piece)
        self.largest = max(self.largest, size)
        return piece


def test_it_says_what_it_can_do(client, settings):
    answer = client.options(reverse("api_tus"))
    assert answer.status_code == 204
    assert answer["Tus-Version"] == answer["Tus-Resumable"] == "1.0.0"
    assert set(answer["Tus-Extension"].split(",")) == {"creation", "expiration", "checksum", "termination"}
    assert int(answer["Tus-Max-Size"]) == settings.UPLOAD_MAX_BYTES
    assert "sha1" in answer["Tus-Checksum-Algorithm"]


def test_a_file_in_pieces_becomes_one_job_with_its_hash(sender, place):
    before = place.jobs.count()
    address = begun(sender, place)
    assert state(sender, address) == (0, len(CONTENT))
    first = send(sender, address, CONTENT[:40])
    assert (first.status_code, first["Upload-Offset"]) == (204, "40")
    assert first["Upload-Expires"].endswith("GMT")
    assert state(sender, address) == (40, len(CONTENT))
    assert sender.get(address).json()["job"] is None
    assert send(sender, address, CONTENT[40:], 40)["Upload-Offset"] == str(len(CONTENT))
    upload = Upload.objects.get()
    job = place.jobs.get(pk=upload.job_id)
    assert place.jobs.count() == before + 1
    assert (job.filename, job.size, job.sha256) == ("空气.csv", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert not storage.incoming(upload.path).exists()
    with default_storage.open(job.quarantine) as file:
        assert file.read() == CONTENT
    shown = sender.get(address).json()
    assert shown["page"] == reverse("opendata:job", args=[job.pk])
    claimed = jobs.job_claim(str(job.pk), now=now())
    assert claimed is not None
    assert jobs.job_run(claimed, now=now()).state == "succeeded"


def test_memory_stays_flat_whatever_the_piece_s_size(sender, place):
    address, spring = begun(sender, place, LARGE), Spring(LARGE)
    tracemalloc.start()
    try:
        answer = send(sender, address, b"", extra={"wsgi.input": spring, "CONTENT_LENGTH": str(LARGE)})
        _held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (answer.status_code, answer["Upload-Offset"]) == (204, str(LARGE))
    assert spring.largest <= uploads.PIECE
    assert peak < 8 * uploads.PIECE + 2 * 1024**2
    digest = hashlib.sha256()
    for _piece in range(LARGE // 1024**2):
        digest.update(b"7" * 1024**2)
    assert place.jobs.get().sha256 == digest.hexdigest()


def test_the_last_piece_sent_again_changes_nothing(sender, place):
    address, before = begun(sender, place), place.jobs.count()
    send(sender, address, CONTENT)
    again = send(sender, address, b"", len(CONTENT))
    assert (again.status_code, again["Upload-Offset"]) == (204, str(len(CONTENT)))
    assert state(sender, address) == (len(CONTENT), len(CONTENT))
    assert place.jobs.count() == before + 1


def test_a_broken_line_keeps_what_came(sender, place):
    address = begun(sender, place)
    broken = {"wsgi.input": Line(CONTENT[:50]), "CONTENT_LENGTH": str(len(CONTENT)), "CONTENT_TYPE": PIECES}
    send(sender, address, b"", extra=broken)
    assert state(sender, address) == (50, len(CONTENT))
    assert on_disk() == CONTENT[:50]
    assert send(sender, address, CONTENT[50:], 50).status_code == 204
    assert IngestJob.objects.get(upload__isnull=False).sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_bytes_beyond_what_was_said_to_have_come_are_written_anew(sender, place):
    """A process that died had written more than it had synced."""
    address = begun(sender, place)
    send(sender, address, CONTENT[:20])
    with storage.incoming(Upload.objects.get().path).open("ab") as file:
        file.write(b"never said to have come")
    assert send(sender, address, CONTENT[20:], 20).status_code == 204
    assert IngestJob.objects.get(upload__isnull=False).sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_the_offset_must_be_where_the_upload_ends(sender, place):
    address = begun(sender, place)
    send(sender, address, CONTENT[:20])
    for wrong in (0, 19, 21):
        assert send(sender, address, CONTENT[20:], wrong).status_code == 409
    assert on_disk() == CONTENT[:20]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"kind": "application/octet-stream"}, 415),
        ({"kind": "multipart/form-data; boundary=x"}, 415),
        ({"Upload-Offset": "-1"}, 400),
        ({"Upload-Offset": "٣"}, 400),
        ({"Upload-Offset": ""}, 400),
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Checksum": "md5 aGVsbG8="}, 400),
        ({"Upload-Checksum": "sha1 !!"}, 400),
        ({"Transfer-Encoding": "chunked"}, 411),
    ],
)
def test_a_piece_out_of_form_is_refused(sender, place, change, status):
    address = begun(sender, place)
    answer = send(sender, address, CONTENT, **change)
    assert answer.status_code == status
    assert answer["Tus-Resumable"] == "1.0.0"
    assert ("Tus-Version" in answer) == (status == 412)
    assert on_disk() == b""


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Upload-Length": "much"}, 400),
        ({"Upload-Length": str(10**14)}, 413),
        ({"Upload-Metadata": "filename !!"}, 400),
        ({"Upload-Metadata": "filename YS5jc3Y=,filename YS5jc3Y="}, 400),
        ({"Upload-Metadata": "filename YS5jc3Y=,resource YQ=="}, 400),
        ({"name": "program.exe"}, 409),
        ({"Tus-Resumable": ""}, 412),
    ],
)
def test_a_beginning_out_of_form_is_refused(sender, place, change, status):
    assert begin(sender, place, **change).status_code == status
    assert not Upload.objects.exists()


def test_more_than_announced_is_refused(sender, place):
    address = begun(sender, place, 10)
    assert send(sender, address, CONTENT).status_code == 413
    assert state(sender, address) == (0, 10)


def test_two_requests_never_write_at_once(sender, place):
    address = begun(sender, place)
    with storage.incoming(Upload.objects.get().path).open("r+b") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert send(sender, address, CONTENT).status_code == 423
        assert sender.delete(address, headers=TUS).status_code == 423
        assert state(sender, address) == (0, len(CONTENT))
    assert send(sender, address, CONTENT).status_code == 204


@pytest.mark.parametrize("name", ["sha1", "sha256"])
def test_a_damaged_piece_is_not_kept(sender, place, name):
    address = begun(sender, place)
    good = base64.b64encode(hashlib.new(name, CONTENT[:30]).digest()).decode()
    damaged = send(sender, address, b"x" + CONTENT[1:30], **{"Upload-Checksum": f"{name} {good}"})
    assert damaged.status_code == 460
    assert on_disk() == b""
    assert state(sender, address) == (0, len(CONTENT))
    assert send(sender, address, CONTENT[:30], **{"Upload-Checksum": f"{name} {good}"}).status_code == 204


def test_a_full_disk_keeps_what_was_synced_and_says_507(sender, place):
    address = begun(sender, place)
    send(sender, address, CONTENT[:20])
    soft, hard = limits.getrlimit(limits.RLIMIT_FSIZE)
    limits.setrlimit(limits.RLIMIT_FSIZE, (60, hard))
    try:
        answer = send(sender, address, CONTENT[20:], 20)
    finally:
        limits.setrlimit(limits.RLIMIT_FSIZE, (soft, hard))
    assert answer.status_code == 507
    assert state(sender, address) == (20, len(CONTENT))
    assert on_disk() == CONTENT[:20]
    assert send(sender, address, CONTENT[20:], 20).status_code == 204


def test_a_file_the_disk_cannot_hold_is_refused_before_it_comes(sender, place, settings):
    settings.UPLOAD_MAX_BYTES = 10**15
    assert begin(sender, place, 10**14).status_code == 507
    assert not Upload.objects.exists()


def test_an_empty_file_is_whole_at_once(sender, place):
    address = begun(sender, place, 0)
    assert sender.get(address).json()["job"] is not None


def test_cancelling_removes_the_bytes(sender, place):
    address = begun(sender, place)
    send(sender, address, CONTENT[:20])
    kept = storage.incoming(Upload.objects.get().path)
    assert sender.post(address, headers={**TUS, "X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert not kept.exists()
    assert sender.head(address, headers=TUS).status_code == 404


def test_what_is_being_read_is_not_cancelled(sender, place):
    address = begun(sender, place)
    send(sender, address, CONTENT)
    assert sender.delete(address, headers=TUS).status_code == 409
    assert Upload.objects.get().job is not None


def test_a_method_is_never_overridden_on_a_safe_request(sender, place):
    address = begun(sender, place)
    assert sender.get(address, headers={**TUS, "X-HTTP-Method-Override": "DELETE"}).status_code == 200
    assert Upload.objects.exists()


def test_only_the_sender_sees_an_upload(cast, sender, place):
    address = begun(sender, place)
    for other in (None, cast.reviewer, cast.other_registrar, cast.citizen):
        client = Client()
        if other:
            client.force_login(other)
        assert client.head(address, headers=TUS).status_code == 404
        assert send(client, address, CONTENT).status_code == 404
        assert client.delete(address, headers=TUS).status_code == 404


def test_who_may_not_attach_begins_nothing(cast, place):
    for other, status in ((None, 404), (cast.citizen, 404), (cast.reviewer, 403), (cast.other_registrar, 404)):
        client = Client()
        if other:
            client.force_login(other)
        assert begin(client, place).status_code == status
    assert not Upload.objects.exists()


def test_a_foreign_page_cannot_upload(cast, place):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.registrar)
    assert begin(client, place).status_code == 403
    client.get(reverse("opendata:upload", args=[place.pk]))
    token = client.cookies["csrftoken"].value
    answer = begin(client, place, **{"X-CSRFToken": token})
    assert answer.status_code == 201
    assert send(client, answer["Location"], CONTENT).status_code == 403
    assert send(client, answer["Location"], CONTENT, **{"X-CSRFToken": token}).status_code == 204


def test_a_person_may_not_begin_without_end(sender, place):
    for _number in range(uploads.MOST_AT_ONCE):
        begun(sender, place)
    assert begin(sender, place).status_code == 409
