"""What applicants do: write, change, submit, correct, withdraw, ask for reconsideration (Art. 29, 36, 45)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.models import Entry
from portal.accounts import access
from portal.accounts.actors import Actor
from portal.accounts.models import Department, Identity, Organisation, User
from portal.audit.services import record
from portal.law import RuleBroken
from portal.workflow import clocks
from portal.workflow.commands import allow, lock
from portal.workflow.models import Clock
from requests_app.models import Application, ApplicationLine
from requests_app.receipts import new_receipt
from requests_app.services.steps import MACHINE, require_need, step, tell

PREFIX = "SQ"
CONTENT_FIELDS = ("scenario", "purpose", "starts_on", "ends_on", "safeguards")
MAY_STAY_BLANK = ("purpose", "safeguards")
EDITABLE_STATES = frozenset({"draft", "returned_for_changes"})
REVIEW_CLOCKS = ("provider_review", "authority_review")
MOST_ENTRIES = 50


def person_of(actor: Actor) -> User:
    """Returns the person who acts; keys, visitors and the system apply for nothing."""
    if actor.kind != "user" or actor.user is None:
        raise access.NotAllowed(access.Denied(_("Sign in with your own account to do this."), 29))
    return actor.user


def entry_require_applicable(entry: Entry) -> None:
    """Refuses an entry that nobody needs to apply for, or whose data is not given out at present (Art. 29, 30)."""
    if entry.published is None or entry.availability in {"not_live", "withdrawn"}:
        raise RuleBroken(_("“%(entry)s” is not in the open catalogue.") % {"entry": entry}, 27, field="entries")
    if entry.availability == "suspended":
        message = _("The data of “%(entry)s” is suspended at present; please apply when it is open again.")
        raise RuleBroken(message % {"entry": entry}, 30, field="entries")
    if entry.published.open_class == "unconditional":
        message = _("“%(entry)s” is open without conditions: it can be had directly, no application is needed.")
        raise RuleBroken(message % {"entry": entry}, 29, field="entries")


def _authority_of(entries: Sequence[Entry]) -> Department:
    """Returns the one data authority that decides on all entries; an application never goes to two of them."""
    if not entries:
        raise RuleBroken(_("Choose at least one catalogue entry."), 29, field="entries")
    if len(entries) > MOST_ENTRIES:
        message = _("One application holds at most %(n)s entries.") % {"n": MOST_ENTRIES}
        raise RuleBroken(message, 29, field="entries")
    for entry in entries:
        entry_require_applicable(entry)
    found = {authority.pk: authority for entry in entries if (authority := entry.provider.authority) is not None}
    if len(found) != 1:
        message = _("The entries of one application must belong to the same data authority; apply for each apart.")
        raise RuleBroken(message, 6, field="entries")
    return next(iter(found.values()))


def _require_standing(user: User, organisation: Organisation | None) -> None:
    if organisation is not None and organisation.authorised_person_id != user.pk:
        reason = _("Only the organisation's authorised person acts for it.")
        raise access.NotAllowed(access.Denied(reason, 29))


def _check_content(application: Application) -> None:
    """Checks each given value; purpose and safeguards may still be blank in a draft."""
    blank = {name for name in MAY_STAY_BLANK if not getattr(application, name)}
    others = {field.name for field in Application._meta.concrete_fields} - set(CONTENT_FIELDS)
    application.clean_fields(exclude=blank | others)
    if application.ends_on <= application.starts_on:
        raise ValidationError({"ends_on": _("The last day of use must come after the first.")})


def _set_content(application: Application, fields: Mapping[str, Any]) -> list[str]:
    unknown = sorted(set(fields) - set(CONTENT_FIELDS))
    if unknown:
        raise ValidationError({name: _("This field cannot be set.") for name in unknown})
    changed = sorted(name for name, value in fields.items() if getattr(application, name) != value)
    for name, value in fields.items():
        setattr(application, name, value.strip() if isinstance(value, str) else value)
    _check_content(application)
    return changed


def _fresh_receipt(now: dt.datetime) -> str:
    while True:
        number = new_receipt(PREFIX, timezone.localdate(now))
        if not Application.objects.filter(receipt=number).exists():
            return number


@transaction.atomic
def application_create(
    *,
    actor: Actor,
    entries: Sequence[Entry],
    fields: Mapping[str, Any],
    organisation: Organisation | None = None,
    now: dt.datetime,
) -> Application:
    """Opens a draft for one or several conditional or non-open entries of one data authority, with its receipt number.

    Raises RuleBroken (Art. 29) for an unconditional entry, ValidationError for a malformed field.
    """
    user = person_of(actor)
    chosen = list({entry.pk: entry for entry in entries}.values())
    authority = _authority_of(chosen)
    _require_standing(user, organisation)
    application = Application(
        receipt=_fresh_receipt(now), applicant=user, organisation=organisation, authority=authority, created_at=now
    )
    _set_content(application, fields)
    application.save()
    ApplicationLine.objects.bulk_create(ApplicationLine(application=application, entry=entry) for entry in chosen)
    record(
        "requests.application.created",
        actor=actor,
        obj=application,
        at=now,
        department=authority,
        article=29,
        data={"entries": [entry.code for entry in chosen]},
    )
    return application


def require_editable(application: Application, actor: Actor) -> None:
    """Lets only the applicant change an application, and only a draft or one returned for changes."""
    user = person_of(actor)
    if not application.is_applicant(user):
        raise access.NotAllowed(access.Denied(_("Only the applicant changes an application."), 29))
    if application.state not in EDITABLE_STATES:
        message = _("It can be changed only as a draft or after it was returned; withdraw it to begin anew.")
        raise RuleBroken(message, 29)


@transaction.atomic
def application_update(
    application: Application,
    *,
    actor: Actor,
    fields: Mapping[str, Any],
    entries: Sequence[Entry] | None = None,
    now: dt.datetime,
) -> Application:
    """Changes a draft or a returned application; which entries are asked for can be changed in a draft alone."""
    lock(application)
    require_editable(application, actor)
    changed = _set_content(application, fields)
    if entries is not None:
        chosen = {entry.pk: entry for entry in entries}
        if set(application.lines.values_list("entry", flat=True)) != set(chosen):
            _change_lines(application, list(chosen.values()))
            changed.append("entries")
    application.save()
    record(
        "requests.application.changed",
        actor=actor,
        obj=application,
        at=now,
        department=application.authority,
        article=29,
        data={"fields": changed},
    )
    return application


def _change_lines(application: Application, entries: list[Entry]) -> None:
    if application.state != "draft":
        message = _("The entries asked for cannot be changed any more; other data is another application.")
        raise RuleBroken(message, 29, field="entries")
    application.authority = _authority_of(entries)
    application.lines.all().delete()
    ApplicationLine.objects.bulk_create(ApplicationLine(application=application, entry=entry) for entry in entries)


def _require_ready(application: Application, user: User, today: dt.date) -> None:
    """Checks what submitting needs: who applies is verified, what for is stated, and the data can be applied for."""
    _require_standing(user, application.organisation)
    identity = Identity.objects.filter(user=user).first()
    require_need(identity is not None and identity.is_verified, "identity_verified", field="identity")
    if application.organisation is not None:
        require_need(application.organisation.is_verified, "identity_verified", field="organisation")
    require_need(bool(application.purpose), "purpose_stated", field="purpose")
    if not application.safeguards:
        message = _("Describe the safeguards: who reaches the data, where it lies, how it is protected.")
        raise RuleBroken(message, 45, field="safeguards")
    if application.ends_on < today:
        raise RuleBroken(_("The time of use is over already; choose a later last day."), 45, field="ends_on")
    for line in application.lines.select_related("entry__published"):
        entry_require_applicable(line.entry)


@transaction.atomic
def application_submit(application: Application, *, actor: Actor, now: dt.datetime) -> Application:
    """Submits a draft: the conformity check begins, the day of receipt is day zero (Art. 29)."""
    lock(application)
    allow(application, MACHINE, "submit", actor=actor)
    _require_ready(application, person_of(actor), timezone.localdate(now))
    step(application, "submit", actor=actor, now=now)
    application.submitted_at = now
    application.save(update_fields=["submitted_at"])
    tell(
        application,
        gettext_lazy("Application %(receipt)s has been received"),
        gettext_lazy(
            "We have received your application %(receipt)s. The conformity check takes at most 3 working days; "
            "today is not counted. You can follow each step under “My applications”."
        ),
        now=now,
    )
    return application


@transaction.atomic
def application_resubmit(application: Application, *, actor: Actor, now: dt.datetime, note: str = "") -> Application:
    """Sends a corrected application back to the stage it left; the clocks go on.

    Coming back to joint review opens a new round: what was decided on the former text no longer counts.
    """
    lock(application)
    allow(application, MACHINE, "resubmit", actor=actor)
    _require_ready(application, person_of(actor), timezone.localdate(now))
    stage = application.returned_from or "conformity_check"
    step(application, "resubmit", actor=actor, now=now, note=note, target=stage, data={"stage": stage})
    application.returned_from = ""
    if stage == "joint_review":
        round_open(application, now=now)
    application.save(update_fields=["returned_from", "round"])
    return application


def round_open(application: Application, *, now: dt.datetime) -> None:
    """Opens a new round of joint review: all lines are pending again, both sides' clocks run; the caller saves."""
    application.round += 1
    application.lines.update(outcome="pending")
    running = set(Clock.objects.of(application).running().values_list("kind", flat=True))
    for kind in REVIEW_CLOCKS:
        if kind not in running:
            clocks.start(application, kind, now=now)


@transaction.atomic
def application_withdraw(application: Application, *, actor: Actor, now: dt.datetime, note: str = "") -> Application:
    """Ends an application at its applicant's wish; no reason is asked."""
    lock(application)
    step(application, "withdraw", actor=actor, now=now, note=note)
    return application


@transaction.atomic
def application_reconsider(application: Application, *, actor: Actor, now: dt.datetime, note: str) -> Application:
    """Asks once, within its time, for another officer to look at a refusal again."""
    lock(application)
    allow(application, MACHINE, "reconsider", actor=actor)
    before = application.steps.filter(command="reconsider").exists()
    require_need(not before, "not_reconsidered_before")
    window = Clock.objects.of(application).running().filter(kind="reconsideration_window").first()
    in_time = window is not None and window.due_on is not None and timezone.localdate(now) <= window.due_on
    require_need(in_time, "within_reconsideration_window")
    step(application, "reconsider", actor=actor, now=now, note=note)
    return application
