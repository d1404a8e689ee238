"""Open files, attached tables and memory of the web workers while thousands of resources are queried in turn."""

from __future__ import annotations

import json
import shutil
import uuid
from pathlib import Path

from bench.report import Context, Section, Table
from bench.rows import address
from bench.table import write
from bench.web import Client, Web, serving
from bench.world import publish, world
from opendata import storage
from opendata.models import Blob, IngestJob, Resource, ResourceVersion
from tests.factories import now

ROWS = 500
STEPS = 5


def run(context: Context) -> Section:
    """Publishes one small table, lays many copies of it beside, and queries each once, and all once more."""
    many = int(context.options["resources"])
    cast, entry = world()
    first = publish(cast, entry, write(context.folder / "small.csv", rows=ROWS))
    resources = [first, *(clone(first, number) for number in range(1, many))]
    context.say(f"{many} resources stand")
    lines = [["resources queried", "open files of all workers", "serving files open", "memory, MB (PSS)"]]
    with serving(context.var) as web, Client(web.host, web.port) as client:
        for turn in range(2):
            for number, resource in enumerate(resources, start=turn * many + 1):
                status, body = client.get(f"{address(resource)}?id__exact=7")
                if status != 200 or len(json.loads(body)["rows"]) != 1:
                    raise RuntimeError(f"{resource.pk}: {status} {body[:200]!r}")
                if not number % max(1, 2 * many // STEPS // 2):
                    lines.append([f"{number:,}", *looked_at(web)])
    note = (
        f"{many:,} resources of {ROWS} rows each, every one queried once, then once more, through two web workers; "
        "each keeps at most 64 serving files attached."
    )
    return Section("handles", "Open files and memory over many resources", [Table(lines)], [note])


def clone(first: Resource, number: int) -> Resource:
    """Makes another resource with files of its own that hold the same, without the ingest (measured elsewhere)."""
    version = ResourceVersion.objects.select_related("job").get(current_of=first)
    resource = Resource.objects.get(pk=first.pk)
    resource.pk, resource.title, resource.current, resource._state.adding = uuid.uuid4(), f"copy {number}", None, True
    resource.save()
    job = IngestJob.objects.get(pk=version.job_id)
    job.pk, job.resource, job._state.adding = uuid.uuid4(), resource, True
    job.save()
    version.parquet = _copy(version.parquet, number)
    version.serving = None if version.serving is None else _copy(version.serving, number)
    version.pk, version.resource, version.job, version._state.adding = uuid.uuid4(), resource, job, True
    version.save()
    resource.current = version
    resource.save(update_fields=["current"])
    return resource


def _copy(blob: Blob, number: int) -> Blob:
    made = Blob(sha256=f"{number:08x}{blob.sha256[8:]}", size=blob.size, created_at=now())
    target = storage.blob_path(made)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(storage.blob_path(blob), target)
    made.save()
    return made


def looked_at(web: Web) -> list[str]:
    """Returns how many files all processes of the web server have open, how many are tables, and their memory."""
    opened = [link for pid in web.processes() for link in _links(pid)]
    return [str(len(opened)), str(sum("/blobs/" in link for link in opened)), f"{web.memory() / 1e6:.0f}"]


def _links(pid: int) -> list[str]:
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(str(entry.readlink()))
        except FileNotFoundError:
            # Closed between the listing and the look.
            continue
    return found
