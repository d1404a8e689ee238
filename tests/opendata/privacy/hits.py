"""Puts personal data into versions as the detectors would, for tests of what follows from it."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import Any

from catalogue.models import Entry
from opendata import storage
from opendata.models import IngestJob, Resource, ResourceVersion
from opendata.privacy.gate import undecided_refresh
from opendata.services import resource_create
from portal.accounts.actors import SYSTEM, Actor
from portal.accounts.services import role_revoke
from portal.law import Role
from tests.factories import appoint, now
from tests.opendata.privacy.tables import written

PEOPLE = "姓名,手机,村\n张三,13912345678,东村\n李四,13812345679,西村\n王五,13712345670,东村\n"


def found(kind: str = "mobile", share: float = 1.0, hits: int = 3) -> dict[str, Any]:
    """Returns one hit as a profile tells it."""
    return {"kind": kind, "hits": hits, "share": share, "first_line": 2, "examples": ["139****5678"]}


def columns_with(version: ResourceVersion, **hits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the version's profiles with these hits and no others."""
    return [column | {"personal": hits.get(column["name"], [])} for column in version.columns]


def find(version: ResourceVersion, **hits: list[dict[str, Any]]) -> ResourceVersion:
    """Writes hits into a version and tells the catalogue, as the ingest of such a file does."""
    version.columns = columns_with(version, **hits)
    version.save(update_fields=["columns"])
    undecided_refresh(version.resource.entry)
    return version


def people(cast: Any, entry: Any, **hits: list[dict[str, Any]]) -> Resource:
    """Attaches a table of people in which these hits were found."""
    return stored(cast, attached(cast, entry), state="published", rows=None, **hits).resource


TABLE = {"姓名": "text", "手机": "text", "年龄": "integer", "村码": "text", "病": "text"}
SQL = {"text": "VARCHAR", "integer": "BIGINT"}
ROWS = [(f"张{n}", f"1391234{n:04d}", 20 + n % 40, "653101" if n % 2 else "653102", "甲乙丙"[n % 3]) for n in range(60)]


def stored(
    cast: Any, resource: Resource, *, state: str = "published", rows: list[Any] | None = None, **hits: list[Any]
) -> ResourceVersion:
    """Writes a version of a table of people as the ingest would, without a child process, and these hits in it."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / "p.parquet", TABLE, ROWS if rows is None else rows)
        blob = storage.blob_put(path, now=now())
    job = IngestJob.objects.create(
        resource=resource,
        state="succeeded",
        filename="people.csv",
        size=blob.size,
        quarantine=f"quarantine/{uuid.uuid4()}",
        created_by=cast.registrar,
        created_at=now(),
    )
    version = ResourceVersion.objects.create(
        resource=resource,
        number=resource.versions.count() + 1,
        job=job,
        filename="people.csv",
        media_type="text/csv",
        original=blob,
        parquet=blob,
        rows=len(ROWS),
        columns=[
            {
                "name": name,
                "type": kind,
                "sql_type": SQL[kind],
                "label": "",
                "position": at,
                "distinct": 1,
                "personal": hits.get(name, []),
            }
            for at, (name, kind) in enumerate(TABLE.items(), 1)
        ],
        reading={},
        state=state,
        held_for=["personal_data"] if state == "awaiting" else [],
        created_by=cast.registrar,
        created_at=now(),
        published_at=now() if state == "published" else None,
    )
    if state == "published":
        resource.current = version
        resource.save(update_fields=["current"])
    undecided_refresh(resource.entry)
    return version


def attached(cast: Any, entry: Entry) -> Resource:
    """Attaches an empty resource."""
    return resource_create(entry=entry, actor=Actor.of_user(cast.registrar), title="人员名册", now=now())


def becomes_secrecy_reviewer(cast: Any, person: Any) -> None:
    """Takes the registrar's office from a person and gives them the secrecy reviewer's."""
    role_revoke(actor=SYSTEM, user=person, role=Role.REGISTRAR, department=cast.department, now=now())
    appoint(person, Role.SECRECY_REVIEWER, cast.department)
