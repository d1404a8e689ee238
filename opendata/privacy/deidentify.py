"""The record of de-identification: begun by the registrar, made and measured by a worker, decided by another (Art. 26).

A record that is decided is never changed. What comes of an approved one goes the way of any file: read, profiled,
scanned for personal data, published as a version.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from opendata import storage
from opendata.duties import require_attacher
from opendata.models import Deidentification, Resource, ResourceVersion
from opendata.privacy.gate import blocking_hits, undecided_refresh
from opendata.privacy.making import record_step
from opendata.privacy.measure import reaches
from opendata.privacy.plan import ARTICLE, K_DEFAULT, L_DEFAULT, plan_from
from opendata.services import job_queue, quarantine_name, require_open, resource_create
from opendata.tasks import deidentify_run
from opendata.versions import lock_for_writing
from portal.accounts import access
from portal.accounts.actors import Actor
from portal.law import Role, RuleBroken
from portal.workflow.commands import lock
from portal.workflow.waking import wake

COMMANDS = ("approve", "return")
LONGEST_NOTE = 2000
LONGEST_TITLE = 200


@transaction.atomic
def deidentification_begin(
    source: ResourceVersion,
    *,
    actor: Actor,
    plan: Mapping[str, Any],
    quasi: Sequence[str],
    sensitive: Sequence[str],
    k: int = K_DEFAULT,
    l: int = L_DEFAULT,  # noqa: E741
    target: Resource | None = None,
    title: str = "",
    now: dt.datetime,
) -> Deidentification:
    """Begins a record: checks the plan and queues the making of the table; returns the record, whose page follows it.

    The output is meant for `target`, a resource of the same entry, or for a new resource called `title`.
    Raises NotAllowed for anyone but the provider's registrar, RuleBroken with the field of the plan that is wrong.
    """
    entry = source.resource.entry
    require_attacher(actor, entry)
    title = title.strip()
    if target is None and not title:
        raise RuleBroken(_("Choose the resource the result is meant for, or name a new one."), ARTICLE, "target")
    if len(title) > LONGEST_TITLE:
        raise RuleBroken(_("Please keep this under %(n)s characters.") % {"n": LONGEST_TITLE}, ARTICLE, "title")
    if target is not None:
        if target.entry_id != entry.pk:
            raise RuleBroken(_("The result goes to a resource of the same entry."), ARTICLE, "target")
        require_open(target, actor)
    checked = plan_from(
        plan,
        source.columns,
        quasi=quasi,
        sensitive=sensitive,
        k=k,
        l=l,
        not_kept={hit.column for hit in blocking_hits(source)},
    )
    made = Deidentification.objects.create(
        source=source,
        target=target,
        plan=checked.to_json() | {"title": "" if target else title},
        quasi_identifiers=list(checked.quasi),
        sensitive=list(checked.sensitive),
        k_wanted=checked.k,
        l_wanted=checked.l,
        made_by=access.person(actor),
        made_at=now,
    )
    record_step("opendata.deidentification.begun", made, actor, now, k_wanted=made.k_wanted, l_wanted=made.l_wanted)
    wake(deidentify_run, str(made.pk))
    return made


# --- The decision ----------------------------------------------------------------------------------------------------


def may_decide(actor: Actor, made: Deidentification) -> access.Denied | None:
    """Returns why the actor may not decide on this record, or None: the provider's secrecy reviewer, four eyes."""
    provider = made.source.resource.entry.provider
    if not access.serves(actor, Role.SECRECY_REVIEWER, provider):
        return access.Denied(
            _("Only the secrecy reviewer of %(department)s decides this.") % {"department": provider}, 36
        )
    if actor.user is not None and actor.user.pk == made.made_by_id:
        return access.Denied(_("You began this record yourself; another person decides on it."), 12)
    return None


def reaches_thresholds(made: Deidentification) -> bool:
    """Says whether the table that was made reaches both thresholds of the record."""
    return reaches(made.after, k=made.k_wanted, l=made.l_wanted)


@transaction.atomic
def deidentification_approve(
    made: Deidentification, *, actor: Actor, now: dt.datetime, note: str = ""
) -> Deidentification:
    """Approves a record that reaches its thresholds and sends its table on as an upload of the maker's (Art. 26).

    From then on the source itself may not be opened to all any more: what was made from it takes its place.
    """
    lock_for_writing(made.source.resource_id)
    _decidable(made, actor)
    if not reaches_thresholds(made) or made.output is None:
        reason = _("The table misses its thresholds: it needs k of at least %(k)s and l of at least %(l)s.")
        raise RuleBroken(reason % {"k": made.k_wanted, "l": made.l_wanted}, ARTICLE)
    maker = Actor.of_user(made.made_by)
    if made.target is None:
        made.target = resource_create(entry=made.source.resource.entry, actor=maker, title=made.plan["title"], now=now)
    job_id = uuid.uuid4()
    storage.quarantine_adopt(storage.blob_path(made.output), quarantine_name(job_id))
    made.job = job_queue(
        job_id=job_id,
        resource=made.target,
        actor=maker,
        name=f"deidentified-{timezone.localdate(now):%Y%m%d}.parquet",
        taken=storage.Taken(made.output.size, made.output.pk),
        overrides=None,
        now=now,
    )
    _decide(made, "approved", actor, note, now)
    undecided_refresh(made.source.resource.entry)
    return made


@transaction.atomic
def deidentification_return(made: Deidentification, *, actor: Actor, now: dt.datetime, note: str) -> Deidentification:
    """Returns a record with the reason; the registrar may begin another."""
    _decidable(made, actor)
    if not note.strip():
        raise RuleBroken(_("Write the reason: this step needs one."), ARTICLE, "note")
    _decide(made, "returned", actor, note, now)
    return made


def deidentification_command(
    made: Deidentification, command: str, *, actor: Actor, now: dt.datetime, note: str = ""
) -> Deidentification:
    """Carries out one of COMMANDS and returns the record in its new state."""
    decide = deidentification_approve if command == "approve" else deidentification_return
    return decide(made, actor=actor, now=now, note=note)


def _decidable(made: Deidentification, actor: Actor) -> None:
    """Locks the record and raises what stands against a decision on it by this actor."""
    lock(made)
    denied = may_decide(actor, made)
    if denied is not None:
        raise access.NotAllowed(denied)
    if made.state != "measured":
        raise RuleBroken(
            _("This cannot be done now: the present state is “%(state)s”.") % {"state": made.get_state_display()},
            ARTICLE,
        )


def _decide(made: Deidentification, state: str, actor: Actor, note: str, now: dt.datetime) -> None:
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise RuleBroken(_("Please keep this under %(n)s characters.") % {"n": LONGEST_NOTE}, ARTICLE, "note")
    made.state, made.decided_by, made.decided_at, made.decision_note = state, access.person(actor), now, note
    made.save(update_fields=["state", "decided_by", "decided_at", "decision_note", "target", "job"])
    told = {"note": note} | ({"job": str(made.job_id), "resource": str(made.target_id)} if made.job_id else {})
    record_step(f"opendata.deidentification.{state}", made, actor, now, **told)
