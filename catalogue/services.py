"""Commands on entries and their versions. Each owns its transaction; the workflow checks, changes and records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from catalogue import search
from catalogue.models import DataElement, Entry, EntryReview, EntryVersion
from portal.accounts import access
from portal.accounts.actors import SYSTEM, Actor
from portal.accounts.models import Department
from portal.audit.services import record
from portal.law import RULES, Role, RuleBroken, rules
from portal.workflow.commands import carry_out, lock

ELEMENT_FIELDS = (
    "name",
    "meaning",
    "type",
    "length",
    "unit",
    "sensitivity",
    "deidentification",
    "is_open",
)
NOT_COPIED = {"id", "entry", "number", "state", "created_by", "created_at", "published_at", "change_note", "rule_set"}
CONTENT_FIELDS = tuple(
    field.name
    for field in EntryVersion._meta.concrete_fields
    if field.name not in NOT_COPIED | {"secrecy_conclusion"}
)


def _require_registrar(actor: Actor, provider: Department) -> None:
    if not access.has_role(actor.user, Role.REGISTRAR, provider):
        reason = _("Only a designated registrar of %(department)s does this.") % {"department": provider}
        raise access.NotAllowed(access.Denied(reason, 12))


def _check(version: EntryVersion) -> None:
    """Applies the rules that hold at every saving: Art. 5, 8, 12, 25–26 and the data level."""
    provider = version.entry.provider
    rules.not_classified(version.classified)
    rules.basis_present(version.open_class, version.open_condition, version.legal_basis)
    rules.share_basis_present(version.share_type, version.share_condition, version.share_basis)
    rules.level_allows(version.data_level, version.open_class)
    rules.base_library(
        version.library, is_regional_authority=provider.is_authority and provider.jurisdiction.parent_id is None
    )
    before = version.entry.published
    rules.reclassification(
        before.open_class if before else None, version.open_class, version.evidence_kind, version.evidence
    )
    version.full_clean(exclude=["entry", "created_by"])


@transaction.atomic
def entry_create(
    *,
    actor: Actor,
    provider: Department,
    code: str,
    fields: Mapping[str, Any],
    elements: Sequence[Mapping[str, Any]] = (),
    now: dt.datetime,
) -> EntryVersion:
    """Registers a new entry as a draft (Art. 7, 12) and returns its first version.

    Raises RuleBroken with the article, NotAllowed for anyone but a registrar, ValidationError for a malformed field.
    """
    _require_registrar(actor, provider)
    rules.not_classified(bool(fields.get("classified")))
    if Entry.objects.filter(code=code).exists():
        raise RuleBroken(_("The code %(code)s is taken; a code is never used twice.") % {"code": code}, 7, field="code")
    entry = Entry(code=code, provider=provider, created_at=now)
    entry.full_clean(exclude=["created_at"])
    entry.save()
    version = EntryVersion(entry=entry, number=1, created_by=access.person(actor), created_at=now, **fields)
    _check(version)
    version.save()
    _write_elements(version, elements)
    record(
        "catalogue.entry.created", actor=actor, obj=version, at=now, department=provider, article=7, data={"code": code}
    )
    return version


@transaction.atomic
def version_update(
    version: EntryVersion,
    *,
    actor: Actor,
    fields: Mapping[str, Any],
    elements: Sequence[Mapping[str, Any]] | None = None,
    now: dt.datetime,
) -> EntryVersion:
    """Changes a draft; only the listed content fields can be set, whatever is passed."""
    lock(version)
    _require_registrar(actor, version.entry.provider)
    if not version.is_editable:
        raise RuleBroken(_("Only a draft can be changed; this version is under review or published."), 12)
    changed = sorted(name for name, value in fields.items() if getattr(version, name) != value)
    for name, value in fields.items():
        if name not in (*CONTENT_FIELDS, "change_note"):
            raise ValidationError({name: _("This field cannot be set.")})
        setattr(version, name, value)
    _check(version)
    version.save()
    if elements is not None:
        _write_elements(version, elements)
    record(
        "catalogue.entry_version.changed",
        actor=actor,
        obj=version,
        at=now,
        department=version.entry.provider,
        article=11,
        data={"fields": changed, "elements": elements is not None},
    )
    return version


@transaction.atomic
def version_open(entry: Entry, *, actor: Actor, now: dt.datetime) -> EntryVersion:
    """Opens a new version of a published entry as a draft, copied from the published one, which still stands."""
    lock(entry)
    _require_registrar(actor, entry.provider)
    standing = entry.published
    if standing is None:
        raise RuleBroken(_("This entry has no published version yet; change its draft."), 11)
    if entry.versions.filter(state__in=["draft", "department_review", "secrecy_review", "authority_review"]).exists():
        raise RuleBroken(_("A new version of this entry is already in work."), 11)
    number = (entry.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    copied = {name: getattr(standing, name) for name in CONTENT_FIELDS}
    version = EntryVersion.objects.create(
        entry=entry, number=number, created_by=access.person(actor), created_at=now, **copied
    )
    _write_elements(version, [{name: getattr(e, name) for name in ELEMENT_FIELDS} for e in standing.elements.all()])
    record(
        "catalogue.entry_version.opened",
        actor=actor,
        obj=version,
        at=now,
        department=entry.provider,
        article=11,
        data={"number": number},
    )
    return version


def _write_elements(version: EntryVersion, elements: Sequence[Mapping[str, Any]]) -> None:
    version.elements.all().delete()
    names = [str(element["name"]) for element in elements]
    for name in names:
        if names.count(name) > 1:
            raise RuleBroken(_("The data element %(name)s stands twice.") % {"name": name}, 13, field="elements")
    for position, element in enumerate(elements):
        row = DataElement(version=version, position=position, **{n: element[n] for n in ELEMENT_FIELDS if n in element})
        row.full_clean(exclude=["version"])
        row.save()


@transaction.atomic
def version_command(
    version: EntryVersion, command: str, *, actor: Actor, now: dt.datetime, note: str = "", conclusion: str = ""
) -> EntryVersion:
    """Carries out one review command on a version: submit, approve, return, publish, discard.

    `conclusion` is the secrecy reviewer's written finding, needed by `secrecy_approve` (Art. 36).
    """
    lock(version)
    if command == "submit":
        _require_complete(version)
    if command == "secrecy_approve":
        if not conclusion.strip():
            raise RuleBroken(_("Write the conclusion of the secrecy review."), 36, field="conclusion")
    if command == "publish":
        _supersede_standing(version.entry, now=now)
    carry_out(version, "entry_version", command, actor=actor, now=now, note=note)
    if command == "secrecy_approve":
        version.secrecy_conclusion = conclusion.strip()
        version.save(update_fields=["secrecy_conclusion"])
    if actor.user is not None:
        EntryReview.objects.create(version=version, command=command, by=actor.user, at=now, note=note or conclusion)
    if command == "publish":
        _publish(version, now=now)
    return version


def _require_complete(version: EntryVersion) -> None:
    values = {field.name: getattr(version, field.name, None) for field in RULES.fields}
    values |= {"code": version.entry.code, "provider": version.entry.provider}
    values |= {"provider_uscc": version.entry.provider.uscc}
    rules.attributes_present(values, elements=version.elements.count())


def _supersede_standing(entry: Entry, *, now: dt.datetime) -> None:
    """Makes way for the version about to be published; in the same transaction, so readers never see a gap."""
    lock(entry)
    if entry.published is not None:
        carry_out(entry.published, "entry_version", "supersede", actor=SYSTEM, now=now)


def _publish(version: EntryVersion, *, now: dt.datetime) -> None:
    """Moves the entry's pointer to the published version and opens the entry if it was not live (Art. 10, 27)."""
    entry = version.entry
    entry.published = version
    entry.first_published_at = entry.first_published_at or now
    version.published_at = now
    version.save(update_fields=["published_at"])
    entry.save(update_fields=["published", "first_published_at"])
    if entry.availability == "not_live":
        carry_out(entry, "entry", "open", actor=SYSTEM, now=now)
    search.index(entry)
