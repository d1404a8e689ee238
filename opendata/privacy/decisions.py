"""What the secrecy reviewer decides about personal data that was found in a version (Art. 26, 36)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from opendata.models import PersonalDataDecision, ResourceVersion
from opendata.privacy.gate import hits_of, undecided_refresh
from opendata.versions import PERSONAL_DATA, hold_lift, lock_for_writing, version_give_up
from portal.accounts import access
from portal.accounts.actors import Actor
from portal.audit.services import record
from portal.law import Role, RuleBroken

OPENING = ("no_personal_data", "lawfully_public")
NOT_TO_OPEN = "not_to_open"
DECISIONS = (*OPENING, NOT_TO_OPEN)
LONGEST_REASON = 2000
# Between the legal basis, which is one line, and the reason after it.
GAP = "\n\n"


def may_decide(actor: Actor, version: ResourceVersion) -> access.Denied | None:
    """Returns why the actor may not decide on this version, or None: the provider's secrecy reviewer, four eyes."""
    provider = version.resource.entry.provider
    if not access.serves(actor, Role.SECRECY_REVIEWER, provider):
        return access.Denied(
            _("Only the secrecy reviewer of %(department)s decides this.") % {"department": provider}, 36
        )
    if actor.user is not None and actor.user.pk == version.created_by_id:
        return access.Denied(_("You uploaded this file yourself; another person decides on it."), 12)
    return None


@transaction.atomic
def personal_decide(
    version: ResourceVersion, decision: str, *, actor: Actor, now: dt.datetime, reason: str, basis: str = ""
) -> PersonalDataDecision:
    """Records a decision and carries it out; a decision is never changed, a later one stands beside it.

    `no_personal_data` and `lawfully_public` (which needs its legal basis) let the version open: where it waited for
    nothing else it is published. `not_to_open` gives a waiting version up; its file is kept, and what may be opened
    can be made from it by a record of de-identification. A version that stands under conditions goes on standing,
    and keeps its entry from becoming unconditional.

    Raises NotAllowed for anyone but the provider's secrecy reviewer and for the uploader, RuleBroken for a missing
    reason or basis and for a version that neither stands nor waits.
    """
    resource = lock_for_writing(version.resource_id)
    version.refresh_from_db()
    version.resource = resource
    denied = may_decide(actor, version)
    if denied is not None:
        raise access.NotAllowed(denied)
    reason, basis = _words(decision, reason, basis)
    hits = hits_of(version.columns)
    if not hits:
        raise RuleBroken(_("No personal data was found in this version; there is nothing to decide."), 36)
    waits, stands = version.state == "awaiting", version.pk == resource.current_id
    if not waits and not stands:
        raise RuleBroken(_("This version neither stands nor waits; there is nothing to decide any more."), 36)
    decided = PersonalDataDecision.objects.create(
        version=version,
        decision=decision,
        reason=f"{basis}{GAP}{reason}" if basis else reason,
        hits=[hit.to_json() for hit in hits],
        decided_by=access.person(actor),
        decided_at=now,
    )
    record(
        "opendata.personal_data.decided",
        actor=actor,
        obj=resource,
        at=now,
        department=resource.entry.provider,
        article=36,
        data={
            "number": version.number,
            "decision": decision,
            "found": sorted({f"{hit.column}: {hit.kind}" for hit in hits}),
            "note": decided.reason,
        },
    )
    _carry_out(version, decided, actor=actor, now=now)
    return decided


def _words(decision: str, reason: str, basis: str) -> tuple[str, str]:
    """Returns reason and basis as they are kept, or raises RuleBroken for what is missing."""
    if decision not in DECISIONS:
        raise RuleBroken(_("Please choose one of the three decisions."), 36, "decision")
    reason, basis = reason.strip(), " ".join(basis.split())
    if not reason:
        raise RuleBroken(_("Write the reason: this step needs one."), 36, "reason")
    if max(len(reason), len(basis)) > LONGEST_REASON:
        raise RuleBroken(_("Please keep this under %(n)s characters.") % {"n": LONGEST_REASON}, 36, "reason")
    if decision == "lawfully_public" and not basis:
        raise RuleBroken(_("State the law by which this personal data is public."), 36, "basis")
    return reason, basis if decision == "lawfully_public" else ""


def _carry_out(version: ResourceVersion, decided: PersonalDataDecision, *, actor: Actor, now: dt.datetime) -> None:
    """Lifts the hold or gives the version up, and tells the catalogue."""
    if version.state == "awaiting" and not decided.opens:
        version_give_up(version, actor=actor, now=now, note=_("The secrecy reviewer decided not to open it."))
    if version.state == "awaiting" and PERSONAL_DATA in version.held_for:
        hold_lift(version, PERSONAL_DATA, actor=actor, now=now, note=decided.reason)
    undecided_refresh(version.resource.entry)


def basis_and_reason(decided: PersonalDataDecision) -> tuple[str, str]:
    """Returns the legal basis ("" where there is none) and the reason of a decision."""
    if decided.decision == "lawfully_public" and GAP in decided.reason:
        basis, _gap, reason = decided.reason.partition(GAP)
        return basis, reason
    return "", decided.reason
