"""What the bench measures in: embedded services in a folder of their own, and tables published by the real services."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.core.management import call_command

from catalogue.models import Entry
from opendata.jobs import job_claim, job_run
from opendata.models import Resource
from opendata.services import resource_create, upload_receive
from portal.accounts.actors import Actor
from tests.cast import Cast, make_cast
from tests.factories import make_entry, now

CHUNK = 1024 * 1024


@cache
def world() -> tuple[Cast, Entry]:
    """Migrates the fresh database, appoints officials and publishes one unconditional entry; once for all parts."""
    call_command("migrate", verbosity=0, interactive=False)
    cast = make_cast()
    return cast, make_entry(cast)


def publish(cast: Cast, entry: Entry, path: Path, *, settings: dict[str, Any] | None = None) -> Resource:
    """Attaches a resource to the entry and takes a file in, as the upload form and the worker do."""
    actor = Actor.of_user(cast.registrar)
    resource = resource_create(entry=entry, actor=actor, title=path.stem, now=now())
    if settings:
        resource.settings = settings
        resource.save(update_fields=["settings"])
    job = upload_receive(resource=resource, actor=actor, filename=path.name, chunks=_pieces(path), now=now())
    claimed = job_claim(str(job.pk), now=now())
    if claimed is None:
        raise RuntimeError(f"the job {job.pk} was taken by another worker")
    job_run(claimed, now=now())
    resource = Resource.objects.select_related("current").get(pk=resource.pk)
    if resource.current is None:
        claimed.refresh_from_db()
        raise RuntimeError(f"{path.name} was not published: {claimed.state} {claimed.findings}")
    return resource


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while piece := source.read(CHUNK):
            yield piece
