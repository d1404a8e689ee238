"""The open-use agreement: made from what was approved, signed by the applicant, then by the authority (Art. 29, 45)."""

from __future__ import annotations

import datetime as dt
import hashlib

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opendata.grants import grant_open
from portal.accounts import access
from portal.accounts.actors import Actor
from portal.law import RuleBroken
from portal.workflow.commands import allow, lock
from requests_app.models import Agreement, Application
from requests_app.receipts import new_receipt
from requests_app.services.agreement_text import agreement_text
from requests_app.services.applications import person_of
from requests_app.services.steps import MACHINE, require_need, step, tell

PREFIX = "XY"


def text_hash(text: str) -> str:
    """Returns the SHA-256 of an agreement's text in UTF-8, as hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_untouched(agreement: Agreement) -> bool:
    """Says whether the stored text still has the hash that was signed."""
    return text_hash(agreement.text) == agreement.sha256


def agreement_make(application: Application, *, now: dt.datetime) -> Agreement:
    """Writes the agreement on the approved lines, in the caller's transaction; its text never changes afterwards."""
    today = timezone.localdate(now)
    number = new_receipt(PREFIX, today)
    while Agreement.objects.filter(number=number).exists():
        number = new_receipt(PREFIX, today)
    approved = application.lines.filter(outcome="approved").select_related("entry__published", "entry__provider")
    text = agreement_text(application, list(approved), number=number, day=today)
    return Agreement.objects.create(
        number=number, application=application, text=text, sha256=text_hash(text), created_at=now
    )


@transaction.atomic
def agreement_sign(application: Application, *, actor: Actor, now: dt.datetime, password: str) -> Agreement:
    """Signs for the applicant, who types the password again: a session left open signs nothing (Art. 45)."""
    lock(application)
    allow(application, MACHINE, "sign", actor=actor)
    user = person_of(actor)
    organisation = application.organisation
    if organisation is not None and organisation.authorised_person_id != user.pk:
        reason = _("Only the organisation's authorised person signs for it.")
        raise access.NotAllowed(access.Denied(reason, 45))
    agreement = application.agreement
    if agreement.applicant_signed_at is not None:
        raise RuleBroken(_("The agreement has been signed already; the data authority's signature comes next."), 45)
    if not user.check_password(password):
        raise RuleBroken(_("The password is not right; nothing has been signed."), 45, field="password")
    _require_untouched(agreement)
    step(application, "sign", actor=actor, now=now, data=_told(agreement))
    agreement.applicant_signed_by = user
    agreement.applicant_signed_at = now
    agreement.applicant_address = actor.address
    agreement.save(update_fields=["applicant_signed_by", "applicant_signed_at", "applicant_address"])
    return agreement


@transaction.atomic
def agreement_countersign(application: Application, *, actor: Actor, now: dt.datetime, note: str = "") -> Agreement:
    """Signs for the data authority and opens a grant for each approved entry, all in one transaction (Art. 29, 45)."""
    lock(application)
    allow(application, MACHINE, "countersign", actor=actor)
    user = person_of(actor)
    agreement = application.agreement
    require_need(agreement.applicant_signed_at is not None, "applicant_signed")
    _require_untouched(agreement)
    if application.ends_on < timezone.localdate(now):
        raise RuleBroken(_("The time of use named in the agreement is over; a new application is needed."), 45)
    step(application, "countersign", actor=actor, now=now, note=note, data=_told(agreement))
    agreement.authority_signed_by = user
    agreement.authority_signed_at = now
    agreement.authority_address = actor.address
    agreement.save(update_fields=["authority_signed_by", "authority_signed_at", "authority_address"])
    for line in application.lines.filter(outcome="approved").select_related("entry"):
        grant_open(
            entry=line.entry,
            user=application.applicant,
            organisation=application.organisation,
            agreement=agreement.number,
            starts_on=application.starts_on,
            ends_on=application.ends_on,
            now=now,
        )
    tell(
        application,
        gettext_lazy("Application %(receipt)s: the data is open to you"),
        gettext_lazy(
            "Agreement %(number)s on application %(receipt)s is signed by both sides. You may use the data from "
            "%(from_day)s to %(to_day)s: download it, or make an API key under “My keys”."
        ),
        now=now,
        number=agreement.number,
        from_day=application.starts_on.isoformat(),
        to_day=application.ends_on.isoformat(),
    )
    return agreement


def _require_untouched(agreement: Agreement) -> None:
    if not is_untouched(agreement):
        message = _("The stored text no longer has the hash of the agreement. Sign nothing and tell the operator.")
        raise RuleBroken(message, 38)


def _told(agreement: Agreement) -> dict[str, str]:
    return {"number": agreement.number, "sha256": agreement.sha256}
