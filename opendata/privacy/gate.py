"""The gate: data in which detectors found personal data does not open to all until it is decided on (Art. 26, 36)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

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
    entry = Entry.objects.select_for_update(of=("self",)).select_related("published").get(pk=resource.entry_id)
    if entry.published is None or entry.published.open_class != "unconditional":
        return False
    hits = hits_of(columns)
    return bool(hits) and (earlier is None or bool(hits_undecided(resource, hits)))


def stands_undecided(version: ResourceVersion) -> list[Hit]:
    """Returns what in a version keeps it from being open to all."""
    return hits_undecided(version.resource, hits_of(version.columns))


@transaction.atomic
def undecided_refresh(entry: Entry) -> bool:
    """Tells the catalogue anew whether data of the entry holds personal data that may not be opened; returns it.

    Counted are the versions that stand and those that wait. Called after a version was written, decided on, published
    or discarded, in the same transaction, with the entry's row locked: the catalogue reads the fact under that lock.
    """
    locked = Entry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    versions = ResourceVersion.objects.filter(resource__entry=locked).select_related("resource")
    standing = versions.filter(current_of__isnull=False) | versions.filter(state="awaiting")
    undecided = any(stands_undecided(version) for version in standing)
    if locked.personal_undecided != undecided:
        locked.personal_undecided = undecided
        locked.save(update_fields=["personal_undecided"])
    entry.personal_undecided = undecided
    return undecided
