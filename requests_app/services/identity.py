"""Who applicants are: natural persons and organisations ask to be checked, an officer decides (Art. 13, 29, 36)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts import access, sealing
from portal.accounts.actors import Actor
from portal.accounts.models import Identity, Jurisdiction, Organisation, User
from portal.accounts.validators import compact, validate_citizen_number, validate_uscc
from portal.audit.services import record
from portal.law import Role, RuleBroken, Side
from portal.workflow.commands import allow, carry_out, lock
from portal.workflow.outbox import mail_queue

MACHINE = "identity"
ASKABLE = frozenset({"unverified", "rejected"})
DECISIONS = ("verify", "reject")


def _person(actor: Actor) -> User:
    if actor.kind != "user" or actor.user is None:
        raise access.NotAllowed(access.Denied(_("Sign in with your own account to do this."), 36))
    return actor.user


def _require_authority(jurisdiction: Jurisdiction) -> None:
    if jurisdiction.authority is None:
        message = _("No data authority checks identities in %(place)s yet; choose the one above it.")
        raise RuleBroken(message % {"place": jurisdiction}, 36, field="jurisdiction")


def _require_askable(applicant: Identity | Organisation) -> None:
    if applicant.state == "pending":
        raise RuleBroken(_("The check is under way already; you will be told of its result."), 36)
    if applicant.state not in ASKABLE:
        raise RuleBroken(_("It is verified already; nothing needs to be done."), 36)


def _ask(applicant: Identity | Organisation, *, actor: Actor, now: dt.datetime) -> None:
    """Sends the request to the authority, in the caller's transaction."""
    carry_out(applicant, MACHINE, "request", actor=actor, now=now)
    applicant.requested_at = now
    applicant.decided_at = applicant.decided_by = None
    applicant.note = ""
    applicant.save(update_fields=["requested_at", "decided_at", "decided_by", "note"])


@transaction.atomic
def identity_request(
    *, actor: Actor, real_name: str, number: str, jurisdiction: Jurisdiction, now: dt.datetime
) -> Identity:
    """Asks for a natural person's check; the number's check digit is tested, then it is sealed (Art. 13, 36).

    After a rejection the same person asks again with corrected facts. A number stands for one account only.
    """
    user = _person(actor)
    number = compact(number)
    try:
        validate_citizen_number(number)
    except ValidationError as error:
        raise ValidationError({"number": error.messages}) from error
    if not real_name.strip():
        raise ValidationError({"real_name": _("Write the name as it stands on the identity card.")})
    _require_authority(jurisdiction)
    User.objects.select_for_update().get(pk=user.pk)
    identity = Identity.objects.filter(user=user).first() or Identity(user=user)
    if identity.requested_at is not None:
        lock(identity)
        _require_askable(identity)
    digests = sealing.digests(number)
    taken = RuleBroken(
        _("This identity number belongs to another account. If that is not you, please tell the data authority."),
        13,
        field="number",
    )
    if Identity.objects.filter(number_digest__in=digests).exclude(user=user).exists():
        raise taken
    identity.real_name = real_name.strip()
    identity.number_sealed = sealing.seal(number)
    identity.number_digest = digests[0]
    identity.jurisdiction = jurisdiction
    try:
        with transaction.atomic():
            identity.save()
    except IntegrityError as error:
        raise taken from error
    _ask(identity, actor=actor, now=now)
    return identity


@transaction.atomic
def organisation_register(
    *,
    actor: Actor,
    name: str,
    uscc_code: str,
    kind: str,
    authorisation: str,
    jurisdiction: Jurisdiction,
    now: dt.datetime,
) -> Organisation:
    """Registers an organisation with the actor as its authorised person and asks for its check (Art. 13, 29).

    Its group is made here and holds the authorised person, so that a grant to the group reaches that person. A code
    stands for one organisation; after a rejection it can be registered again, by another person too.
    """
    user = _person(actor)
    code = compact(uscc_code)
    try:
        validate_uscc(code)
    except ValidationError as error:
        raise ValidationError({"uscc": error.messages}) from error
    _require_authority(jurisdiction)
    fields = {"name": name.strip(), "kind": kind, "authorisation": authorisation.strip(), "jurisdiction": jurisdiction}
    organisation = Organisation.objects.filter(uscc=code).first()
    if organisation is None:
        organisation = _organisation_new(user, code, fields)
    else:
        _organisation_again(organisation, user, fields)
    organisation.group.user_set.set([user])
    _ask(organisation, actor=actor, now=now)
    return organisation


def _organisation_new(user: User, code: str, fields: dict[str, Any]) -> Organisation:
    group = Group.objects.create(name=f"organisation:{uuid.uuid4()}")
    organisation = Organisation(uscc=code, authorised_person=user, group=group, **fields)
    organisation.clean_fields(exclude=["state"])
    try:
        with transaction.atomic():
            organisation.save()
    except IntegrityError as error:
        raise _taken() from error
    return organisation


def _organisation_again(organisation: Organisation, user: User, fields: dict[str, Any]) -> None:
    lock(organisation)
    if organisation.authorised_person_id != user.pk and organisation.state != "rejected":
        raise _taken()
    _require_askable(organisation)
    for field, value in {**fields, "authorised_person": user}.items():
        setattr(organisation, field, value)
    organisation.clean_fields(exclude=["state"])
    organisation.save()


def _taken() -> RuleBroken:
    return RuleBroken(
        _("This organisation is registered already. Ask its authorised person, or tell the data authority."),
        13,
        field="uscc",
    )


@transaction.atomic
def identity_decide(
    applicant: Identity | Organisation, decision: str, *, actor: Actor, now: dt.datetime, note: str = ""
) -> Identity | Organisation:
    """Verifies or rejects a person's or an organisation's identity; a rejection says why (Art. 36).

    An organisation is verified only together with a verified authorised person: a stranger stands for nobody.
    """
    lock(applicant)
    if decision not in DECISIONS:
        raise RuleBroken(_("Decide either to verify or to reject."), 36, field="decision")
    allow(applicant, MACHINE, decision, actor=actor)
    if decision == "verify" and isinstance(applicant, Organisation):
        known = Identity.objects.filter(user=applicant.authorised_person, state="verified").exists()
        if not known:
            message = _("Verify the authorised person's own identity first; this organisation acts through them.")
            raise RuleBroken(message, 36)
    carry_out(applicant, MACHINE, decision, actor=actor, now=now, note=note)
    applicant.decided_at, applicant.decided_by, applicant.note = now, actor.user, note.strip()
    applicant.save(update_fields=["decided_at", "decided_by", "note"])
    _tell(applicant, decision, now=now)
    return applicant


@transaction.atomic
def identity_number_show(identity: Identity, *, actor: Actor, now: dt.datetime) -> str:
    """Returns a person's whole number to the officer who checks it; each look leaves an event (Art. 36, 38)."""
    lock(identity)
    authority = identity.department_of(Side.AUTHORITY)
    if actor.kind != "user" or not access.has_role(actor.user, Role.AUTHORITY_OFFICER, authority):
        reason = _("Only an officer of the authority that checks this identity sees the number.")
        raise access.NotAllowed(access.Denied(reason, 36))
    if identity.state != "pending":
        raise RuleBroken(_("The number is shown only while the check is under way."), 36)
    record("accounts.identity.number_shown", actor=actor, obj=identity, at=now, department=authority, article=36)
    return sealing.unseal(identity.number_sealed)


SUBJECTS: dict[str, Promise] = {
    "verify": gettext_lazy("Identity verified: %(who)s"),
    "reject": gettext_lazy("Identity not verified: %(who)s"),
}
BODIES: dict[str, Promise] = {
    "verify": gettext_lazy("The identity of %(who)s is verified. Applications can now be submitted."),
    "reject": gettext_lazy(
        "The identity of %(who)s could not be verified:\n\n%(note)s\n\nPlease correct it and ask again."
    ),
}


def _tell(applicant: Identity | Organisation, decision: str, *, now: dt.datetime) -> None:
    person = applicant.authorised_person if isinstance(applicant, Organisation) else applicant.user
    words = {"who": str(applicant), "note": applicant.note}
    with translation.override(settings.LANGUAGE_CODE):
        subject, body = str(SUBJECTS[decision]) % words, str(BODIES[decision]) % words
    mail_queue(to=person.email, subject=subject, body=body, now=now)
