"""Commands on resources: attach, upload, and the job that turns an upload into a published version (Art. 10, 28)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from catalogue.models import Entry
from opendata import storage
from opendata.choices import latest_version, overrides_for, settings_clean
from opendata.duties import require_attacher
from opendata.grants import resource_join_grants
from opendata.models import IngestJob, Resource
from opendata.tasks import ingest_run
from portal.accounts import access
from portal.accounts.actors import Actor
from portal.audit.services import record
from portal.law import RuleBroken
from portal.workflow.waking import wake

LONGEST_NAME = 200
MEDIA_TYPES = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".tab": "text/tab-separated-values",
    ".txt": "text/plain",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    ".geojson": "application/geo+json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xls": "application/vnd.ms-excel",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".parquet": "application/vnd.apache.parquet",
    ".zip": "application/zip",
}


@transaction.atomic
def resource_create(
    *, entry: Entry, actor: Actor, title: str, description: str = "", title_en: str = "", now: dt.datetime
) -> Resource:
    """Attaches an empty resource to an entry; it becomes visible with its first published version."""
    require_attacher(actor, entry)
    if entry.availability == "withdrawn":
        raise RuleBroken(_("This entry is withdrawn; nothing can be attached to it."), 10)
    resource = Resource(
        entry=entry,
        title=title.strip(),
        title_en=title_en.strip(),
        description=description.strip(),
        position=entry.resources.count(),
        created_by=access.person(actor),
        created_at=now,
    )
    resource.full_clean(exclude=["created_at"])
    resource.save()
    resource_join_grants(resource)
    record("opendata.resource.attached", actor=actor, obj=resource, at=now, department=entry.provider, article=10)
    return resource


def upload_name(filename: str) -> str:
    """Returns the name a file is kept under, without its folders; raises RuleBroken for a kind not read here."""
    name = PurePath(filename.replace("\\", "/")).name[-LONGEST_NAME:] or "upload"
    suffix = PurePath(name).suffix.lower()
    if suffix not in MEDIA_TYPES:
        known = ", ".join(sorted(MEDIA_TYPES))
        raise RuleBroken(
            _("Files of the kind “%(suffix)s” are not read here. Please upload one of: %(known)s.")
            % {"suffix": suffix or "?", "known": known},
            28,
            field="file",
        )
    return name


def upload_receive(
    *,
    resource: Resource,
    actor: Actor,
    filename: str,
    chunks: Iterable[bytes],
    now: dt.datetime,
    overrides: Mapping[str, Any] | None = None,
) -> IngestJob:
    """Takes a file into quarantine and queues its reading; returns the job, whose page shows the progress.

    Refused before a byte is kept: a person who may not, a kind of file not read here, settings that are not understood,
    a retired resource. `overrides` are settings of reading; they are kept with the resource.
    """
    require_open(resource, actor)
    settings_clean(overrides or {})
    name, job_id = upload_name(filename), uuid.uuid4()
    try:
        taken = storage.quarantine_put(chunks, quarantine_name(job_id), most=settings.UPLOAD_FORM_BYTES)
    except storage.TooLarge as error:
        raise RuleBroken(_("The file is larger than this page takes."), 28, field="file") from error
    return job_queue(
        job_id=job_id, resource=resource, actor=actor, name=name, taken=taken, overrides=overrides, now=now
    )


def require_open(resource: Resource, actor: Actor) -> None:
    """Raises NotAllowed for who may not upload, RuleBroken where the resource is retired and takes no new file."""
    require_attacher(actor, resource.entry)
    if resource.retired_at is not None:
        raise RuleBroken(_("This resource is retired: it takes no new files."), 24)


def quarantine_name(job_id: uuid.UUID) -> str:
    """Returns where the file of a job lies until it is read."""
    return f"{storage.QUARANTINE}/{job_id}"


@transaction.atomic
def job_queue(
    *,
    job_id: uuid.UUID,
    resource: Resource,
    actor: Actor,
    name: str,
    taken: storage.Taken,
    overrides: Mapping[str, Any] | None,
    now: dt.datetime,
) -> IngestJob:
    """Queues the reading of a file that lies in quarantine, however it came there."""
    require_open(resource, actor)
    job = IngestJob.objects.create(
        id=job_id,
        resource=resource,
        filename=name,
        media_type=MEDIA_TYPES[PurePath(name).suffix.lower()],
        size=taken.size,
        sha256=taken.sha256,
        quarantine=quarantine_name(job_id),
        overrides=overrides_for(resource, overrides),
        created_by=access.person(actor),
        created_at=now,
    )
    record(
        "opendata.upload.received",
        actor=actor,
        obj=resource,
        at=now,
        department=resource.entry.provider,
        article=10,
        data={"filename": name, "size": taken.size, "job": str(job.pk)},
    )
    wake(ingest_run, str(job.pk))
    return job


def resource_read_again(resource: Resource, *, actor: Actor, now: dt.datetime) -> IngestJob:
    """Queues a new reading of the present file's kept original, by the settings as they are now."""
    require_attacher(actor, resource.entry)
    version = latest_version(resource)
    if version is None:
        raise RuleBroken(_("There is no file yet that could be read again."), 10)
    job_id = uuid.uuid4()
    storage.quarantine_adopt(storage.blob_path(version.original), quarantine_name(job_id))
    return job_queue(
        job_id=job_id,
        resource=resource,
        actor=actor,
        name=version.filename,
        taken=storage.Taken(version.original.size, version.original_id),
        overrides=None,
        now=now,
    )
