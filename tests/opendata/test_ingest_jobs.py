"""Uploads that cross each other, workers that are lost, and what is left in quarantine."""

import datetime as dt

import pytest
from django.core.files.storage import default_storage

from opendata import jobs, storage
from opendata.ingest.messages import describe
from opendata.ingest.reading import Finding
from opendata.models import IngestJob, Resource
from opendata.services import resource_create, upload_receive
from portal.accounts.actors import Actor
from portal.audit.models import Event
from portal.law import RuleBroken
from tests.factories import AIR, make_entry, now

pytestmark = pytest.mark.django_db
LATER = AIR.replace("0164A", "9999Z")


@pytest.fixture
def resource(cast):
    return resource_create(entry=make_entry(cast), actor=Actor.of_user(cast.registrar), title="逐日数据", now=now())


def upload(cast, resource, data=AIR, chunks=None):
    return upload_receive(
        resource=resource,
        actor=Actor.of_user(cast.registrar),
        filename="air.csv",
        chunks=chunks or [data.encode()],
        now=now(),
    )


def claim(job):
    claimed = jobs.job_claim(str(job.pk), now=now())
    assert claimed is not None
    return claimed


def quarantined():
    return set(default_storage.listdir("quarantine")[1]) if default_storage.exists("quarantine") else set()


def test_an_earlier_upload_that_is_read_later_replaces_nothing(cast, resource):
    first, second = upload(cast, resource), upload(cast, resource, LATER)
    slow, fast = claim(first), claim(second)
    jobs.job_run(fast, now=now())
    jobs.job_run(slow, now=now())
    current = Resource.objects.get(pk=resource.pk).current
    assert (current.job_id, current.number) == (second.pk, 1)
    ended = IngestJob.objects.get(pk=first.pk)
    assert ended.state == "failed"
    assert "已先行发布" in describe(Finding(**ended.findings[0]))
    assert Event.objects.filter(action="opendata.upload.refused", data__finding="newer_upload").count() == 1


def test_uploads_read_in_their_order_follow_one_another(cast, resource):
    first, second = upload(cast, resource), upload(cast, resource, LATER)
    for job in (first, second):
        jobs.job_run(claim(job), now=now())
    current = Resource.objects.get(pk=resource.pk).current
    assert (current.job_id, current.number) == (second.pk, 2)


def test_a_worker_that_comes_back_late_publishes_nothing_twice(cast, resource):
    job = upload(cast, resource)
    lost = claim(job)
    assert jobs.job_requeue(IngestJob.objects.get(pk=job.pk), now=now())
    jobs.job_run(claim(job), now=now())
    assert jobs.job_fail(lost, [{"level": "error", "code": "reader_crashed"}], now=now()) is False
    ended = IngestJob.objects.get(pk=job.pk)
    assert (ended.state, ended.findings) == ("succeeded", ended.version.findings)
    assert resource.versions.count() == 1


def test_two_tries_at_once_end_in_one_version(cast, resource):
    job = upload(cast, resource)
    lost = claim(job)
    jobs.job_requeue(IngestJob.objects.get(pk=job.pk), now=now())
    again = claim(job)
    jobs.job_run(lost, now=now())
    assert default_storage.exists(job.quarantine)
    jobs.job_run(again, now=now())
    assert IngestJob.objects.get(pk=job.pk).state == "succeeded"
    assert resource.versions.count() == 1
    assert not default_storage.exists(job.quarantine)


def test_a_lost_worker_leaves_the_file_for_the_next_and_the_last_try_ends_it(
    cast, resource, django_capture_on_commit_callbacks
):
    job = upload(cast, resource)
    for _try in range(jobs.MOST_TRIES - 1):
        claim(job)
        assert jobs.job_requeue(IngestJob.objects.get(pk=job.pk), now=now())
        assert default_storage.exists(job.quarantine)
    claim(job)
    with django_capture_on_commit_callbacks(execute=True):
        assert not jobs.job_requeue(IngestJob.objects.get(pk=job.pk), now=now())
    ended = IngestJob.objects.get(pk=job.pk)
    assert ended.state == "failed"
    assert "3 次" in describe(Finding(**ended.findings[0]))
    assert not default_storage.exists(job.quarantine)


def test_reading_an_upload_stops_at_the_limit(cast, resource, settings):
    settings.UPLOAD_FORM_BYTES = 10
    taken, before = [], quarantined()

    def pieces():
        for number in range(100):
            taken.append(number)
            yield b"12345678"

    with pytest.raises(RuleBroken):
        upload(cast, resource, chunks=pieces())
    assert len(taken) == 2
    assert quarantined() == before
    assert not IngestJob.objects.exists()


def test_the_sweep_removes_only_what_no_job_waits_for(cast, resource):
    job = upload(cast, resource)
    storage.quarantine_put([b"left behind"], "quarantine/left-behind", most=100)
    assert jobs.quarantine_sweep(now=now()) == 0
    jobs.quarantine_sweep(now=now() + dt.timedelta(days=2))
    assert not default_storage.exists("quarantine/left-behind")
    assert default_storage.exists(job.quarantine)
