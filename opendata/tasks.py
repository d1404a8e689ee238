"""Workers' share of open data: reading uploads, turning grants by the day."""

from __future__ import annotations

import datetime as dt

from celery import shared_task
from django.utils import timezone

from opendata import fileexports, grants, jobs
from opendata.models import IngestJob
from opendata.privacy import making
from portal.workflow.waking import wake

WAITS_TOO_LONG = dt.timedelta(minutes=1)
RUNS_TOO_LONG = dt.timedelta(minutes=30)


@shared_task
def ingest_run(job_id: str) -> None:
    """Reads one upload; a second call for the same job finds nothing to do."""
    job = jobs.job_claim(job_id, now=timezone.now())
    if job is not None:
        jobs.job_run(job, now=timezone.now())


@shared_task
def ingest_sweep() -> int:
    """Wakes workers for jobs nobody was told of, and for those whose worker was lost; returns how many."""
    now = timezone.now()
    waiting = list(IngestJob.objects.filter(state="queued", created_at__lt=now - WAITS_TOO_LONG))
    lost = IngestJob.objects.filter(state="running", started_at__lt=now - RUNS_TOO_LONG)
    waiting += [job for job in lost if jobs.job_requeue(job, now=now)]
    for job in waiting:
        wake(ingest_run, str(job.pk))
    return len(waiting)


@shared_task
def deidentify_run(pk: str) -> None:
    """Makes and measures the table of one record of de-identification; a second call finds nothing to do."""
    made = making.deidentification_claim(pk, now=timezone.now())
    if made is not None:
        making.deidentification_run(made, now=timezone.now())


@shared_task
def deidentify_sweep() -> int:
    """Wakes workers for records nobody was told of, and for those whose worker was lost; returns how many."""
    overdue = making.deidentifications_overdue(now=timezone.now())
    for made in overdue:
        wake(deidentify_run, str(made.pk))
    return len(overdue)


@shared_task
def export_run(pk: str) -> None:
    """Makes one file for download; a second call for the same export finds nothing to do."""
    row = fileexports.export_claim(pk, now=timezone.now())
    if row is not None:
        fileexports.export_run(row, clock=timezone.now)


@shared_task
def exports_sweep() -> int:
    """Wakes workers for exports nobody was told of, and for those whose worker was lost; returns how many."""
    overdue = fileexports.exports_overdue(now=timezone.now())
    for row in overdue:
        wake(export_run, str(row.pk))
    return len(overdue)


@shared_task
def exports_trim() -> int:
    """Keeps the files made for download within their bound; returns how many went."""
    return fileexports.files_trim(now=timezone.now())


@shared_task
def quarantine_sweep() -> int:
    """Removes what lies in quarantine without a job that needs it."""
    return jobs.quarantine_sweep(now=timezone.now())


@shared_task
def grants_turn() -> int:
    """Activates and expires grants by today's date (Art. 45)."""
    now = timezone.now()
    return grants.grants_turn(today=timezone.localdate(now), now=now)
