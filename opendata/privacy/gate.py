"""The gate: data in which detectors found personal data does not open to all until it is decided on (Art. 26, 36)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q

from catalogue.models import Entry
from opendata.models import PersonalDataDecision, Resource, ResourceVersion


@dataclass(frozen=True, slots=True)
class Hit:
    """What detectors found of one kind in one column: how many cells, their share of the rows, masked examples."""

    column: str
    kind: str
    hits: int
    share: float
    first_line: int | None
    examples: tuple[str, ...]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Hit:
        """Makes the hit from its JSON, as a profile or a decision keeps it."""
        return cls(
            column=str(told["column"]),
            kind=str(told["kind"]),
            hits=int(told["hits"]),
            share=float(told["share"]),
            first_line=told.get("first_line"),
            examples=tuple(map(str, told.get("examples", ()))),
        )

    def to_json(self) -> dict[str, Any]:
        """Returns the JSON that a decision keeps."""
        return {
            "column": self.column,
            "kind": self.kind,
            "hits": self.hits,
            "share": self.share,
            "first_line": self.first_line,
            "examples": list(self.examples),
        }


def hits_of(columns: Iterable[Mapping[str, Any]]) -> list[Hit]:
    """Returns the hits in profiles of columns, in the order of the columns."""
    return [Hit.of({**found, "column": column["name"]}) for column in columns for found in column.get("personal") or ()]


def hits_undecided(resource: Resource, hits: Iterable[Hit]) -> list[Hit]:
    """Returns the hits that no decision on this resource lets open.

    A decision carries over to later versions for the same column and kind as long as they spread no wider: their
    share of the rows is at most the share that was decided on. Of several decisions the last one that speaks of the
    column and kind counts; after `not_to_open` nothing is let open until another decision says so.
    """
    decided: dict[tuple[str, str], tuple[bool, float]] = {}
    rows = PersonalDataDecision.objects.filter(version__resource=resource).order_by("decided_at", "pk")
    for row in rows:
        for hit in map(Hit.of, row.hits):
            decided[hit.column, hit.kind] = (row.opens, hit.share)
    undecided = []
    for hit in hits:
        opens, share = decided.get((hit.column, hit.kind), (False, 0.0))
        if not opens or hit.share > share:
            undecided.append(hit)
    return undecided


def must_be_decided(resource: Resource, columns: Iterable[Mapping[str, Any]], earlier: ResourceVersion | None) -> bool:
    """Says whether a new version has to wait for the secrecy reviewer before it stands for readers (Art. 26, 36).

    `columns` are the new version's profiles, `earlier` is the version that stands now. True when the entry is open to
    all and a column holds personal data on which no decision carries over. Where the entry is open on conditions or
    not at all, the version may stand: `Entry.personal_undecided` then keeps the entry from becoming unconditional.

    Called inside the transaction that writes the version: it locks the entry, so that a version and a change of the
    entry's class cannot pass each other unseen.
    """
    if not is_open_to_all(_locked(resource.entry_id)):
        return False
    hits = hits_of(columns)
    return bool(hits) and (earlier is None or bool(hits_undecided(resource, hits)))


def is_open_to_all(entry: Entry) -> bool:
    """Says whether the entry stands as unconditional, which anyone draws without asking (Art. 29)."""
    return entry.published is not None and entry.published.open_class == "unconditional"


def blocking_hits(version: ResourceVersion) -> list[Hit]:
    """Returns the personal data in a version that keeps it from being open to all."""
    return hits_undecided(version.resource, hits_of(version.columns))


def blocks_opening(version: ResourceVersion) -> bool:
    """Says whether a version may not be open to all as it is.

    It holds personal data that no decision lets open, or an approved record says that it had to be de-identified
    first: then it stays what grants give, and only what was made from it is opened (Art. 26).
    """
    return version.deidentifications.filter(state="approved").exists() or bool(blocking_hits(version))


@transaction.atomic
def undecided_refresh(entry: Entry) -> bool:
    """Tells the catalogue anew whether data of the entry keeps it from becoming unconditional; returns it.

    Counted are the versions that stand and those that wait. Called after a version was written, decided on, published
    or discarded, in the same transaction, with the entry's row locked: the catalogue reads the fact under that lock.
    """
    locked = _locked(entry.pk)
    counted = ResourceVersion.objects.filter(
        Q(current_of__isnull=False) | Q(state="awaiting"), resource__entry=locked
    ).select_related("resource")
    undecided = any(blocks_opening(version) for version in counted)
    if locked.personal_undecided != undecided:
        locked.personal_undecided = undecided
        locked.save(update_fields=["personal_undecided"])
    entry.personal_undecided = undecided
    return undecided


def opened_at(entry: Entry) -> dt.datetime | None:
    """Returns since when the entry has been unconditional without a break, None where it is not.

    A change of class opens what stands then and what comes later. Versions that stood only before it, under
    conditions or not open at all, are not opened with it: for them a grant is needed as it was (Art. 26).
    """
    since = None
    wordings = entry.versions.filter(state__in=["published", "superseded"], published_at__isnull=False)
    for open_class, at in wordings.order_by("-published_at").values_list("open_class", "published_at"):
        if open_class != "unconditional":
            break
        since = at
    return since


def opened_with_entry(resource: Resource, version: ResourceVersion) -> bool:
    """Says whether a published version of an unconditional entry's resource is one that anyone may draw."""
    if resource.current_id == version.pk:
        return True
    since = opened_at(resource.entry)
    if since is None or version.published_at is None:
        return False
    later = resource.versions.filter(state="published", number__gt=version.number).order_by("number").first()
    return version.published_at >= since or (later is not None and (later.published_at or since) > since)


def _locked(entry_id: Any) -> Entry:
    """Locks the entry's row and reads it anew; what it points at is read afterwards, not joined to the lock.

    A row that was waited for comes back as it is now, but rows joined to it as they were when the waiting began.
    """
    return Entry.objects.select_for_update(of=("self",)).get(pk=entry_id)
