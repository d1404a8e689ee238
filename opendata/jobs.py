"""Running an ingest job: from quarantined bytes to an immutable version, or to findings that say what is wrong."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from opendata import storage
from opendata.accuracy import measure
from opendata.diff import Side, columns_diff, rows_diff
from opendata.ingest.read import read_file
from opendata.ingest.reading import Limits
from opendata.models import IngestJob, Resource
from opendata.versions import Made, lock_for_writing, newer_published, same_as, version_prepare
from portal.accounts.actors import SYSTEM, Actor
from portal.audit.services import record
from portal.workflow.commands import lock

MOST_TRIES = 3
KEPT_WITHOUT_JOB = dt.timedelta(days=1)
# How far a job is, in percent, when a stage of the reader begins (opendata.ingest says its stages by these names).
STAGES = {
    "unpack": 3,
    "encoding": 5,
    "dialect": 10,
    "survey": 15,
    "workbook": 10,
    "pages": 10,
    "records": 20,
    "load": 40,
    "types": 50,
    "serving": 50,
    "parquet": 65,
    "profile": 72,
    "personal": 76,
    "heads": 80,
    "csv": 82,
    "storing": 85,
    "measure": 90,
    "compare": 95,
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
    """Reads the job's file in a child process and makes a version of it, or records why it cannot.

    A file that cannot be read changes nothing that readers see: the resource keeps its current version. Bytes that are
    already the version that stands, read by the same settings, are not read again.
    """
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="ingest-") as folder:
        place = Path(folder)
        upload = storage.quarantine_take(job.quarantine, place)
        if not job.sha256:
            job.sha256 = storage.file_sha256(upload)
            IngestJob.objects.filter(pk=job.pk).update(sha256=job.sha256)
        if (same := same_as(job)) is not None:
            finding = {
                "level": "info",
                "code": "same_bytes",
                "params": {"number": same.number, "version": str(same.pk)},
            }
            mine = job_fail(job, [finding], now=now)
        else:
            mine = _read(job, upload, place, now=now)
    if mine:
        storage.quarantine_drop(job.quarantine)
    return job


def _read(job: IngestJob, upload: Path, place: Path, *, now: dt.datetime) -> bool:
    """Reads, stores, compares and measures the file; returns whether the job was ended by this try of it."""
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
    if not reading.ok or reading.parquet is None:
        return job_fail(job, [asdict(finding) for finding in reading.findings], now=now)
    job_stage(job, "storing")
    made = Made(
        reading=reading,
        original=storage.blob_put(upload, now=now),
        parquet=storage.blob_put(reading.parquet, now=now),
        serving=storage.blob_put(reading.serving, now=now) if reading.serving else None,
        refused=storage.blob_put(reading.refused_rows, now=now) if reading.refused_rows and reading.refused else None,
    )
    ended = None
    while ended is None:
        made = _compared(job, made, place)
        ended = _finish(job, made, now=now)
    return ended


def _compared(job: IngestJob, made: Made, scratch: Path) -> Made:
    """Adds what changed since the version that stands now, and what the declared rules found in every row."""
    resource = Resource.objects.select_related("current__parquet").get(pk=job.resource_id)
    base, columns = resource.current, [asdict(column) for column in made.reading.columns]
    parquet = storage.blob_path(made.parquet)
    quality = made.quality
    if quality.get("rules") != resource.rules:
        job_stage(job, "measure")
        quality = measure(parquet, columns, resource.rules, scratch=scratch)
    found: dict[str, Any] = {"key": resource.key_columns}
    if base is not None:
        job_stage(job, "compare")
        old, new = Side(storage.blob_path(base.parquet), base.columns), Side(parquet, columns)
        found |= {
            "against": base.number,
            "columns": columns_diff(base.columns, columns),
            "rows": rows_diff(old, new, resource.key_columns, scratch=scratch),
        }
    return replace(made, base=base, diff=found, quality=quality)


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
    first = next((finding["code"] for finding in findings if finding["level"] == "error"), "same_bytes")
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


@transaction.atomic
def _finish(job: IngestJob, made: Made, *, now: dt.datetime) -> bool | None:
    """Writes the version and ends the job, in one transaction: readers see all of it or none.

    The last upload stands, whichever was read first: an earlier one that is read later ends with a finding. Returns
    false, and changes nothing, where another try of the job has taken over; None where another version was published
    since this one was compared, so that it has to be compared anew.
    """
    resource = lock_for_writing(job.resource_id)
    if not _still_mine(job):
        return False
    if newer_published(resource, job):
        return job_fail(job, [{"level": "error", "code": "newer_upload"}], now=now)
    if resource.current_id != (made.base.pk if made.base else None):
        return None
    version = version_prepare(resource, job, made, now=now)
    job.state, job.findings, job.finished_at, job.progress = "succeeded", version.findings, now, 100
    job.save(update_fields=["state", "findings", "finished_at", "progress"])
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
