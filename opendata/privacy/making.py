"""The worker's part of a record of de-identification: the table is made and measured, and both are kept (Art. 26)."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from opendata import storage
from opendata.models import Deidentification
from opendata.privacy import table
from opendata.privacy.plan import ARTICLE, Plan, plan_from
from portal.accounts.actors import Actor
from portal.audit.services import record
from portal.workflow.commands import lock

MOST_TRIES = 3
WAITS_TOO_LONG = dt.timedelta(minutes=1)
# A worker's task ends after an hour (settings.TASK_SECONDS); what has not answered then has lost its worker.
ANSWERS_WITHIN = dt.timedelta(minutes=65)


def plan_of(made: Deidentification) -> Plan:
    """Returns the record's plan as it was checked when it was begun."""
    return plan_from(
        made.plan,
        made.source.columns,
        quasi=made.quasi_identifiers,
        sensitive=made.sensitive,
        k=made.k_wanted,
        l=made.l_wanted,
    )


def deidentification_claim(pk: str, *, now: dt.datetime) -> Deidentification | None:
    """Takes a waiting record for this worker, or returns None where another holds it or it is made."""
    with transaction.atomic():
        waiting = Deidentification.objects.select_for_update(skip_locked=True, of=("self",))
        made = waiting.filter(pk=pk, state="queued", tries__lt=MOST_TRIES).first()
        if made is None:
            return None
        made.tries += 1
        made.save(update_fields=["tries"])
        return made


def deidentification_run(made: Deidentification, *, now: dt.datetime) -> Deidentification:
    """Makes the table, measures it before and after, and keeps both on the record; or says why it could not."""
    limits = table.Limits(
        memory=settings.ROWS_MEMORY, threads=settings.ROWS_THREADS, packages=settings.ANONYMITY_PACKAGES
    )
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="deidentify-") as folder:
        try:
            done = table.make(storage.blob_path(made.source.parquet), plan_of(made), Path(folder), limits=limits)
        except table.CannotBeMade as error:
            _ended(made, now=now, problem=error.code)
            return made
        output = storage.blob_put(done.path, now=now)
    _ended(made, now=now, before=done.before, after=done.after, output_id=output.pk)
    return made


@transaction.atomic
def _ended(made: Deidentification, *, now: dt.datetime, problem: str = "", **measured: Any) -> None:
    """Keeps the end of a try; a try that another has taken over changes nothing."""
    tries = made.tries
    lock(made)
    if made.state != "queued" or made.tries != tries:
        return
    made.state, made.problem = ("failed", problem) if problem else ("measured", "")
    for name, value in measured.items():
        setattr(made, name, value)
    made.save(update_fields=["state", "problem", *measured])
    actor = Actor.of_user(made.made_by)
    if problem:
        record_step("opendata.deidentification.failed", made, actor, now, outcome="refused", problem=problem)
        return
    told = {f"{name}_{when}": getattr(made, when)[name] for when in ("before", "after") for name in ("k", "l", "rows")}
    record_step("opendata.deidentification.measured", made, actor, now, **told)


def deidentifications_overdue(*, now: dt.datetime) -> list[Deidentification]:
    """Returns the records nobody was told of and those whose worker was lost; after the last try one ends instead."""
    overdue = []
    for made in Deidentification.objects.filter(state="queued", made_at__lt=now - WAITS_TOO_LONG):
        if made.tries and now < made.made_at + made.tries * ANSWERS_WITHIN:
            continue
        if made.tries >= MOST_TRIES:
            _ended(made, now=now, problem="worker_lost")
        else:
            overdue.append(made)
    return overdue


def record_step(
    action: str, made: Deidentification, actor: Actor, now: dt.datetime, *, outcome: str = "done", **told: Any
) -> None:
    """Records one step of a record of de-identification; nothing of the data itself."""
    resource = made.source.resource
    record(
        action,
        actor=actor,
        obj=made,
        at=now,
        outcome=outcome,
        department=resource.entry.provider,
        article=ARTICLE,
        data={"version": made.source.number, "resource": str(resource.pk), **told},
    )
