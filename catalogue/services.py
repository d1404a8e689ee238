"""Commands on entries and their versions. Each owns its transaction; the workflow checks, changes and records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from catalogue import search
from catalogue.codes import is_code
from catalogue.models import DataElement, Entry, EntryReview, EntryVersion
from portal.accounts import access
from portal.accounts.actors import SYSTEM, Actor
from portal.accounts.models import Department, User
from portal.audit.services import record
from portal.law import RULES, Role, RuleBroken, rules
from portal.workflow import clocks
from portal.workflow.commands import carry_out, lock

MACHINE = "entry_version"
LONGEST_TEXT = 5000
MOST_ELEMENTS = 500

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
NOT_SETTABLE = {
    "id",
    "entry",
    "number",
    "state",
    "rule_set",
    "created_by",
    "created_at",
    "published_at",
    "change_note",
    "secrecy_conclusion",
}
CONTENT_FIELDS = tuple(field.name for field in EntryVersion._meta.concrete_fields if field.name not in NOT_SETTABLE)
# What a new version does not take over from the standing one: each change has its own evidence and its own next check.
OWN_TO_VERSION = {"evidence_kind", "evidence", "next_check_on", "classified"}
SETTABLE = {"change_note"} | {
    name
    for field in EntryVersion._meta.concrete_fields
    if field.name in CONTENT_FIELDS
    for name in (field.name, field.attname)
}
ATTRIBUTES = {
    field.name: field.attname
    for field in EntryVersion._meta.concrete_fields
    if field.name in {row.name for row in RULES.fields}
}


def check_code(code: str) -> None:
    """Raises ValidationError unless the code is a class code, a slash and a sequence, of digits and letters."""
    if not is_code(code):
        message = _("The code is a class code, “/” and a sequence number, in digits and letters: 3065/0001.")
        raise ValidationError({"code": message})


def require_registrar(actor: Actor, provider: Department) -> User:
    """Returns the signed-in registrar of the department; raises NotAllowed for anyone else, keys included (Art. 12)."""
    user = actor.user
    if user is None or actor.kind != "user" or not access.has_role(user, Role.REGISTRAR, provider):
        reason = _("Only a designated registrar of %(department)s does this.") % {"department": provider}
        raise access.NotAllowed(access.Denied(reason, 12))
    return user


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
    registrar = require_registrar(actor, provider)
    rules.not_classified(bool(fields.get("classified")))
    check_code(code)
    entry = Entry(code=code, provider=provider, created_at=now)
    version = EntryVersion(entry=entry, number=1, created_by=registrar, created_at=now)
    _set(version, fields)
    _check(version)
    _save_with_code(entry)
    version.save()
    _write_elements(version, elements)
    record(
        "catalogue.entry.created", actor=actor, obj=version, at=now, department=provider, article=7, data={"code": code}
    )
    return version


def _save_with_code(entry: Entry) -> None:
    """Saves a new entry; the database decides between two people who take the same code at the same moment."""
    taken = RuleBroken(
        _("The code %(code)s is taken; a code is never used twice.") % {"code": entry.code}, 7, field="code"
    )
    if Entry.objects.filter(code=entry.code).exists():
        raise taken
    try:
        with transaction.atomic():
            entry.save()
    except IntegrityError as error:
        raise taken from error


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
    require_registrar(actor, version.entry.provider)
    if not version.is_editable:
        raise RuleBroken(_("Only a draft can be changed; this version is under review or published."), 12)
    changed = _set(version, fields)
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
    """Opens a new version of an entry as a draft, copied from the published one, which still stands.

    An entry whose only drafts were discarded begins again from the last of them, under its own code.
    """
    lock(entry)
    registrar = require_registrar(actor, entry.provider)
    _require_not_withdrawn(entry)
    if entry.versions.in_work().exists():
        raise RuleBroken(_("A new version of this entry is already in work."), 11)
    number = (entry.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    source = entry.published or entry.versions.get(number=number - 1)
    copied = {name: getattr(source, name) for name in CONTENT_FIELDS if name not in OWN_TO_VERSION}
    version = EntryVersion.objects.create(entry=entry, number=number, created_by=registrar, created_at=now, **copied)
    _write_elements(version, [{name: getattr(e, name) for name in ELEMENT_FIELDS} for e in source.elements.all()])
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


@transaction.atomic
def version_command(
    version: EntryVersion, command: str, *, actor: Actor, now: dt.datetime, note: str = "", conclusion: str = ""
) -> EntryVersion:
    """Carries out one review command on a version: submit, approve, return, publish, discard.

    `conclusion` is the secrecy reviewer's written finding, needed by `secrecy_approve` (Art. 36). Who may not do
    this now learns that first, before anything is said about the version.
    """
    lock(version)
    before = version.entry.published
    if access.can(actor, MACHINE, command, version):
        _require_needs(version, command, conclusion=conclusion)
        if command == "publish":
            _supersede_standing(version.entry, now=now)
    data = {"number": version.number, "code": version.entry.code}
    if command == "publish":
        data |= {"open_class": version.open_class, "open_class_before": before.open_class if before else ""}
    carry_out(version, MACHINE, command, actor=actor, now=now, note=note, data=data)
    if actor.user is not None:
        EntryReview.objects.create(version=version, command=command, by=actor.user, at=now, note=note or conclusion)
    if command == "secrecy_approve":
        _conclude(version, conclusion.strip())
    elif version.is_editable:
        _conclude(version, "")
    if command == "publish":
        _publish(version, now=now)
    return version


def _set(version: EntryVersion, fields: Mapping[str, Any]) -> list[str]:
    """Sets content fields and returns the names of those that changed; any other name is refused."""
    for name in fields:
        if name not in SETTABLE:
            raise ValidationError({name: _("This field cannot be set.")})
    changed = sorted(name for name, value in fields.items() if getattr(version, name, None) != value)
    for name, value in fields.items():
        setattr(version, name, value)
    return changed


def _check(version: EntryVersion) -> None:
    """Applies the rules that hold at every saving: Art. 5, 7, 8, 12, 25–27 and the data level."""
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
    rules.attributes_present(_attributes(version), elements=1)
    _check_shape(version)
    version.full_clean(exclude=["entry", "created_by"])


def _check_shape(version: EntryVersion) -> None:
    """Raises ValidationError for values that contradict each other or are longer than a page bears."""
    errors: dict[str, str] = {}
    if version.covers_from and version.covers_to and version.covers_to < version.covers_from:
        errors["covers_to"] = _("The end lies before the beginning.")
    if version.base_kind and version.library != "base":
        errors["base_kind"] = _("Only an entry of the base library has a kind of base library.")
    if version.lead_department_id and version.library not in ("theme", "special"):
        errors["lead_department"] = _("Only entries of theme and special libraries have a lead department.")
    for field in EntryVersion._meta.concrete_fields:
        if isinstance(field, models.TextField) and len(getattr(version, field.attname)) > LONGEST_TEXT:
            errors[field.name] = _("Please keep this under %(n)s characters.") % {"n": LONGEST_TEXT}
    if errors:
        raise ValidationError(errors)


def _attributes(version: EntryVersion) -> dict[str, Any]:
    """Returns the values of the law's field table for this version."""
    values = {name: getattr(version, attname) for name, attname in ATTRIBUTES.items()}
    provider = version.entry.provider
    return values | {"code": version.entry.code, "provider": provider.name, "provider_uscc": provider.uscc}


def _write_elements(version: EntryVersion, elements: Sequence[Mapping[str, Any]]) -> None:
    """Replaces the version's data elements; what is wrong is told by the number of the row."""
    if len(elements) > MOST_ELEMENTS:
        raise ValidationError({"elements": _("Please list at most %(n)s data elements.") % {"n": MOST_ELEMENTS}})
    rows, seen, errors = [], set(), []
    for position, element in enumerate(elements):
        row = DataElement(version=version, position=position, **{n: element[n] for n in ELEMENT_FIELDS if n in element})
        if row.name in seen:
            message = _("The data element %(name)s stands twice.") % {"name": row.name}
            raise RuleBroken(message, 13, field="elements")
        seen.add(row.name)
        try:
            row.full_clean(exclude=["version"])
        except ValidationError as error:
            errors += [
                _("Row %(n)s, %(field)s: %(message)s")
                % {"n": position + 1, "field": _element_label(name), "message": " ".join(messages)}
                for name, messages in error.message_dict.items()
            ]
        rows.append(row)
    if errors:
        raise ValidationError({"elements": errors})
    version.elements.all().delete()
    DataElement.objects.bulk_create(rows)


def _element_label(name: str) -> str:
    return str(DataElement._meta.get_field(name).verbose_name) if name in ELEMENT_FIELDS else name  # type: ignore[union-attr]


def _require_not_withdrawn(entry: Entry) -> None:
    if entry.availability == "withdrawn":
        raise RuleBroken(_("This entry is withdrawn for good. Please register a new one."), 30)


def _require_needs(version: EntryVersion, command: str, *, conclusion: str) -> None:
    """Checks the facts that the command's row needs; raises RuleBroken with the need's article."""
    if command in ("submit", "publish"):
        _require_not_withdrawn(version.entry)
        _check(version)
        rules.attributes_present(_attributes(version), elements=version.elements.count())
    if command in ("secrecy_approve", "publish"):
        _require_personal_decided(version)
    if command == "secrecy_approve" and not conclusion.strip():
        raise RuleBroken(_("Write the conclusion of the secrecy review."), 36, field="conclusion")
    if command == "publish" and not version.secrecy_conclusion.strip():
        need = RULES.need("secrecy_review_passed")
        raise RuleBroken(need.says, need.article)


def _require_personal_decided(version: EntryVersion) -> None:
    """Checks, with the entry locked, what the floor above said of personal data in it (Art. 26, 36)."""
    lock(version.entry)
    before = version.entry.published
    rules.personal_data_decided(
        before.open_class if before else None, version.open_class, undecided=version.entry.personal_undecided
    )


def _conclude(version: EntryVersion, conclusion: str) -> None:
    """Keeps the finding of this round's secrecy review; a return to draft voids it."""
    if version.secrecy_conclusion != conclusion:
        version.secrecy_conclusion = conclusion
        version.save(update_fields=["secrecy_conclusion"])


def _supersede_standing(entry: Entry, *, now: dt.datetime) -> None:
    """Makes way for the version about to be published; in the same transaction, so readers never see a gap."""
    lock(entry)
    _require_not_withdrawn(entry)
    if entry.published is not None:
        carry_out(entry.published, MACHINE, "supersede", actor=SYSTEM, now=now)


def _publish(version: EntryVersion, *, now: dt.datetime) -> None:
    """Moves the entry's pointer to the published version and opens the entry if it was not live (Art. 10, 27).

    The next conformity check is due a year later unless the registrar stated a day to come (Art. 12).
    """
    entry, today = version.entry, timezone.localdate(now)
    entry.published = version
    entry.first_published_at = entry.first_published_at or now
    version.published_at = now
    if version.next_check_on is None or version.next_check_on <= today:
        version.next_check_on = a_year_after(today)
    version.save(update_fields=["published_at", "next_check_on"])
    entry.save(update_fields=["published", "first_published_at"])
    clocks.stop(entry, "entry_update", now=now)
    if entry.availability == "not_live":
        carry_out(entry, "entry", "open", actor=SYSTEM, now=now)
    search.index(entry)


def a_year_after(day: dt.date) -> dt.date:
    """Returns the same day of the next year; the last of February for the 29th."""
    if (day.month, day.day) == (2, 29):
        day = day.replace(day=28)
    return day.replace(year=day.year + 1)
