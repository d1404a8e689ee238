"""Puts personal data into versions as the detectors would, for tests of what follows from it."""

from __future__ import annotations

from typing import Any

from opendata.models import Resource, ResourceVersion
from opendata.privacy.gate import undecided_refresh
from tests.factories import make_resource

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
    resource = make_resource(cast, entry, PEOPLE, "people.csv")
    assert resource.current is not None
    find(resource.current, **hits)
    resource.refresh_from_db()
    return resource
