"""Running an ingest job: from quarantined bytes to an immutable version, or to findings that say what is wrong."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from opendata import storage
from opendata.ingest.read import read_file
from opendata.ingest.reading import Limits, Reading
from opendata.models import IngestJob, Resource, ResourceVersion
from portal.accounts.actors import SYSTEM, Actor
from portal.audit.services import record
from portal.workflow.commands import lock

MOST_TRIES = 3
KEPT_WITHOUT_JOB = dt.timedelta(days=1)
# How far a job is, in percent, when a stage of the reader begins (opendata.ingest says its stages by these names).
STAGES = {
    "encoding": 5,
    "dialect": 10,
    "survey": 15,
    "workbook": 10,
    "pages": 10,
    "records": 20,
    "load": 40,
    "types": 50,
    "parquet": 65,
    "profile": 75,
    "csv": 80,
    "storing": 90,
}


def job_claim(job_id: str, *, now: dt.datetime) -> IngestJob | None:
    """Takes a waiting job for this worker, or returns None where another has it or it is done."""
    with transaction.atomic():
        job = IngestJob.objects.select_for_update(skip_locked=True).filter(pk=job_id, state="queued").first()
        if job is None:
            return None
        job.state, job.started_at, job.tries = "running", now, job.tries + 1
        job.save(update_fields=["state", "started_at", "tries"])
        return job


def job_run(job: IngestJob, *, now: dt.datetime) -> IngestJob:
    """Reads the job's file in a child process and publishes the version, or records why it cannot.

    A file that cannot be read changes nothing that readers see: the resource keeps its current version.
    """
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="ingest-") as folder:
        place = Path(folder)
        upload = storage.quarantine_take(job.quarantine, place)
        out = place / "out"
        out.mkdir()
        reading = read_file(
            upload,
            filename=job.filename,
            out_dir=out,
            limits=Limits.for_size(job.size),
            overrides=job.overrides or None,
            on_stage=lambda stage: job_stage(job, stage),
        )
        if reading.ok and reading.parquet is not None:
            job_stage(job, "storing")
            original = storage.blob_put(upload, now=now)
            parquet = storage.blob_put(reading.parquet, now=now)
            mine = _publish(job, reading, original_id=original.pk, parquet_id=parquet.pk, now=now)
        else:
            mine = job_fail(job, [asdict(finding) for finding in reading.findings], now=now)
    if mine:
        storage.quarantine_drop(job.quarantine)
    return job


def job_stage(job: IngestJob, stage: str) -> None:
    """Writes the stage a running job has reached, for the progress shown on its page."""
    IngestJob.objects.filter(pk=job.pk).update(stage=stage, progress=STAGES.get(stage, 0))


def _still_mine(job: IngestJob) -> bool:
    """Locks the job and says whether this try of it still runs.

    A worker that was thought lost may come back late: what a later try does, or did, is not undone by it.
    """
    tries = job.tries
    lock(job)
    return job.state == "running" and job.tries == tries


@transaction.atomic
def job_fail(job: IngestJob, findings: list[dict[str, Any]], *, now: dt.datetime) -> bool:
    """Ends a job without a version; its findings say line, column, found and expected.

    Returns false, and changes nothing, where another try of the job has taken over.
    """
    if not _still_mine(job):
        return False
    job.state, job.findings, job.finished_at, job.progress = "failed", findings, now, 100
    job.save(update_fields=["state", "findings", "finished_at", "progress"])
    provider = job.resource.entry.provider
    first = next((finding["code"] for finding in findings if finding["level"] == "error"), "")
    record(
        "opendata.upload.refused",
        actor=_uploader(job),
        obj=job.resource,
        at=now,
        outcome="refused",
        department=provider,
        article=28,
        data={"job": str(job.pk), "filename": job.filename, "finding": first},
    )
    return True


def _newer_published(job: IngestJob) -> bool:
    """Says whether an upload that came after this one has been published already."""
    return ResourceVersion.objects.filter(resource=job.resource_id, job__created_at__gt=job.created_at).exists()


@transaction.atomic
def _publish(job: IngestJob, reading: Reading, *, original_id: str, parquet_id: str, now: dt.datetime) -> bool:
    """Writes the version and moves the resource's pointer, in one transaction: readers see all of it or none.

    The last upload stands, whichever was read first: an earlier one that is read later ends with a finding. Returns
    false, and changes nothing, where another try of the job has taken over.
    """
    resource = Resource.objects.select_for_update(of=("self",)).get(pk=job.resource_id)
    if not _still_mine(job):
        return False
    if _newer_published(job):
        return job_fail(job, [{"level": "error", "code": "newer_upload"}], now=now)
    told = reading.to_json()
    findings = told.pop("findings")
    columns = told.pop("columns")
    for dropped in ("parquet", "csv"):
        told.pop(dropped)
    version = ResourceVersion.objects.create(
        resource=resource,
        number=(resource.versions.aggregate(last=Max("number"))["last"] or 0) + 1,
        job=job,
        filename=job.filename,
        media_type=job.media_type,
        original_id=original_id,
        parquet_id=parquet_id,
        rows=reading.rows,
        columns=columns,
        reading=told,
        findings=findings,
        created_by=job.created_by,
        created_at=now,
        published_at=now,
    )
    resource.current = version
    resource.save(update_fields=["current"])
    job.state, job.findings, job.finished_at, job.progress = "succeeded", findings, now, 100
    job.save(update_fields=["state", "findings", "finished_at", "progress"])
    record(
        "opendata.version.published",
        actor=_uploader(job),
        obj=resource,
        at=now,
        department=resource.entry.provider,
        article=10,
        data={"number": version.number, "rows": version.rows, "sha256": original_id, "filename": job.filename},
    )
    return True


def _uploader(job: IngestJob) -> Actor:
    """Returns who uploaded: the worker only carries out what that person began."""
    return Actor.of_user(job.created_by) if job.created_by_id else SYSTEM


@transaction.atomic
def job_requeue(job: IngestJob, *, now: dt.datetime) -> bool:
    """Puts a job whose worker was lost back in the queue, or ends it after its last try; true when it waits again."""
    lock(job)
    if job.state != "running":
        return False
    if job.tries >= MOST_TRIES:
        job_fail(job, [{"level": "error", "code": "worker_lost", "params": {"tries": job.tries}}], now=now)
        transaction.on_commit(lambda: storage.quarantine_drop(job.quarantine))
        return False
    job.state = "queued"
    job.save(update_fields=["state"])
    return True


def quarantine_sweep(*, now: dt.datetime) -> int:
    """Removes quarantined files that no unfinished job waits for, a day after they came; returns how many.

    They are left where a process died between keeping the bytes and writing the job, or after ending the job.
    """
    removed = 0
    for name in storage.quarantine_older(now - KEPT_WITHOUT_JOB):
        if not IngestJob.objects.all().unfinished().filter(quarantine=name).exists():
            storage.quarantine_drop(name)
            removed += 1
    return removed
