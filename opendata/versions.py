"""Versions of resources: written once; held while a person must decide; published by moving one pointer (Art. 10, 15).

A version that is held changes nothing for readers. What it is held for stands in `held_for`: a changed schema and rows
that could not be read are confirmed by the publisher, personal data is decided on by the secrecy reviewer (Art. 36).
The last upload stands: a version never replaces one that was uploaded after it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from catalogue.models import Entry
from opendata.diff import columns_differ
from opendata.duties import require_attacher
from opendata.ingest.reading import PATHS, Reading
from opendata.models import Blob, IngestJob, Resource, ResourceVersion
from opendata.privacy import must_be_decided, undecided_refresh
from portal.accounts import access
from portal.accounts.actors import SYSTEM, Actor
from portal.audit.services import record
from portal.law import Role, RuleBroken

SCHEMA_CHANGED, ROWS_REFUSED, PERSONAL_DATA = "schema_changed", "rows_refused", "personal_data"
REASONS = (SCHEMA_CHANGED, ROWS_REFUSED, PERSONAL_DATA)
CONFIRMED_BY_PUBLISHER = frozenset({SCHEMA_CHANGED, ROWS_REFUSED})
ARTICLES = {SCHEMA_CHANGED: 11, ROWS_REFUSED: 15, PERSONAL_DATA: 36}


@dataclass(frozen=True, slots=True)
class Made:
    """What the worker made of a file: stored blobs, the reading, what changed since `base`, what was measured."""

    reading: Reading
    original: Blob
    parquet: Blob
    serving: Blob | None = None
    refused: Blob | None = None
    base: ResourceVersion | None = None
    diff: Mapping[str, Any] = field(default_factory=dict)
    quality: Mapping[str, Any] = field(default_factory=dict)


def lock_for_writing(resource_id: Any) -> Resource:
    """Locks the entry and the resource, always in this order, and returns the resource as it is now."""
    entry_id = Resource.objects.values_list("entry_id", flat=True).get(pk=resource_id)
    Entry.objects.select_for_update(of=("self",)).get(pk=entry_id)
    locked = Resource.objects.select_for_update(of=("self",))
    return locked.select_related("entry__provider", "current").get(pk=resource_id)


def newer_published(resource: Resource, job: IngestJob) -> bool:
    """Says whether an upload that came after this one has been published already."""
    return resource.versions.filter(state="published", job__created_at__gt=job.created_at).exists()


def version_prepare(resource: Resource, job: IngestJob, made: Made, *, now: dt.datetime) -> ResourceVersion:
    """Writes the version, and publishes it at once where nothing holds it.

    Called with the resource and its entry locked (`lock_for_writing`), so that readers see all of it or none.
    """
    reading = made.reading
    told = reading.to_json()
    findings, columns = told.pop("findings"), told.pop("columns")
    for dropped in PATHS:
        told.pop(dropped)
    version = ResourceVersion(
        resource=resource,
        number=(resource.versions.aggregate(last=Max("number"))["last"] or 0) + 1,
        job=job,
        filename=job.filename,
        media_type=job.media_type,
        original=made.original,
        parquet=made.parquet,
        serving=made.serving,
        rows=reading.rows,
        refused=made.refused,
        refused_rows=reading.refused,
        columns=columns,
        reading=told,
        findings=findings,
        state="awaiting",
        diff=dict(made.diff),
        quality=dict(made.quality),
        personal=[{**hit, "column": one["name"]} for one in columns for hit in one.get("personal") or ()],
        created_by=job.created_by,
        created_at=now,
    )
    version.held_for = _reasons(resource, version)
    version.save()
    actor = Actor.of_user(job.created_by) if job.created_by_id else SYSTEM
    if version.held_for:
        _record("opendata.version.held", version, actor, now, article=ARTICLES[version.held_for[0]])
        undecided_refresh(resource.entry)
    else:
        _publish(resource, version, actor=actor, now=now)
    return version


def _reasons(resource: Resource, version: ResourceVersion) -> list[str]:
    """Returns what must be decided before a new version may stand."""
    held = []
    if resource.current is not None and columns_differ(version.diff.get("columns", {})):
        held.append(SCHEMA_CHANGED)
    if version.refused_rows:
        held.append(ROWS_REFUSED)
    if must_be_decided(resource, version.columns, resource.current):
        held.append(PERSONAL_DATA)
    return held


def _publish(resource: Resource, version: ResourceVersion, *, actor: Actor, now: dt.datetime) -> None:
    """Moves the pointer; what was uploaded before and still waits is passed over, which is said of each."""
    version.state, version.published_at = "published", now
    version.save(update_fields=["state", "published_at", "held_for"])
    resource.current = version
    resource.save(update_fields=["current"])
    _record("opendata.version.published", version, actor, now, article=10)
    older = resource.versions.filter(state="awaiting", job__created_at__lt=version.job.created_at)
    for passed_over in older:
        version_give_up(passed_over, actor=actor, now=now, note=_("A later upload was published."))
    undecided_refresh(resource.entry)


@transaction.atomic
def hold_lift(version: ResourceVersion, reason: str, *, actor: Actor, now: dt.datetime, note: str = "") -> bool:
    """Confirms one of the things a version is held for; publishes it, and says so, when it was the last one.

    The publisher's registrar confirms a changed schema and refused rows. Personal data is lifted by the provider's
    secrecy reviewer alone, and only once a decision on this very version lets it open (Art. 26, 36).
    """
    resource, entry = _locked(version)
    if reason == PERSONAL_DATA:
        _require_decision(version, actor)
    else:
        require_attacher(actor, entry)
    if version.state != "awaiting" or reason not in version.held_for:
        raise RuleBroken(_("This version does not wait for that."), ARTICLES.get(reason, 10))
    if newer_published(resource, version.job):
        raise RuleBroken(_("A later upload has been published; this version cannot take its place."), 11)
    version.held_for = [one for one in version.held_for if one != reason]
    version.save(update_fields=["held_for"])
    told = {"reason": reason, "note": note}
    _record("opendata.version.confirmed", version, actor, now, article=ARTICLES[reason], **told)
    if not version.held_for:
        _publish(resource, version, actor=actor, now=now)
    return version.state == "published"


def _require_decision(version: ResourceVersion, actor: Actor) -> None:
    provider = version.resource.entry.provider
    if not access.serves(actor, Role.SECRECY_REVIEWER, provider):
        reason = _("Only the secrecy reviewer of %(department)s decides this.") % {"department": provider}
        raise access.NotAllowed(access.Denied(reason, 36))
    decision = version.personal_decisions.order_by("-decided_at", "-pk").first()
    if decision is None or not decision.opens:
        raise RuleBroken(_("No decision on the personal data in this version lets it open."), 26)


@transaction.atomic
def version_discard(version: ResourceVersion, *, actor: Actor, now: dt.datetime, note: str = "") -> None:
    """Gives a waiting version up; what readers see stays as it is, and the file can be uploaded again."""
    _resource, entry = _locked(version)
    require_attacher(actor, entry)
    if version.state != "awaiting":
        raise RuleBroken(_("This version does not wait for a decision."), 10)
    version_give_up(version, actor=actor, now=now, note=note)
    undecided_refresh(entry)


def version_give_up(version: ResourceVersion, *, actor: Actor, now: dt.datetime, note: str) -> None:
    """Marks a waiting version as given up; whoever calls has locked it and asked who may."""
    version.state = "discarded"
    version.save(update_fields=["state"])
    _record("opendata.version.discarded", version, actor, now, article=10, note=note)


def _locked(version: ResourceVersion) -> tuple[Resource, Entry]:
    """Locks what a decision on a version changes, and reads the version as it is now."""
    resource = lock_for_writing(version.resource_id)
    fresh = ResourceVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    version.state, version.held_for, version.resource = fresh.state, fresh.held_for, resource
    return resource, resource.entry


def _record(
    action: str, version: ResourceVersion, actor: Actor, now: dt.datetime, *, article: int, **more: Any
) -> None:
    told = {
        "number": version.number,
        "rows": version.rows,
        "sha256": version.original_id,
        "filename": version.filename,
        "held_for": list(version.held_for),
        **more,
    }
    record(
        action,
        actor=actor,
        obj=version.resource,
        at=now,
        department=version.resource.entry.provider,
        article=article,
        data=told,
    )


def same_as(job: IngestJob) -> ResourceVersion | None:
    """Returns the version that stands, or waits, made of the very same bytes in the very same way, if there is one.

    The way is the kind of file, the reading settings, the key columns and the declared rules: where one of them is new,
    reading the bytes again tells something new.
    """
    resource = job.resource
    found = resource.versions.filter(original_id=job.sha256).exclude(state="discarded").select_related("job")
    for version in found.order_by("-number"):
        stands = version.pk == resource.current_id or version.state == "awaiting"
        if stands and made_alike(version, job):
            return version
    return None


def made_alike(version: ResourceVersion, job: IngestJob) -> bool:
    """Says whether a version was read as a job would be read now."""
    return (
        version.media_type == job.media_type
        and version.job.overrides == job.overrides
        and version.quality.get("rules", []) == job.resource.rules
        and version.diff.get("key", []) == job.resource.key_columns
    )
