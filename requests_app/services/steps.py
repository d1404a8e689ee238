"""One step of an application: the workflow's command, its row on the timeline, and the letter about it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise

from portal.accounts.actors import Actor
from portal.audit.models import Event
from portal.law import RULES, RuleBroken
from portal.workflow.commands import carry_out
from portal.workflow.outbox import mail_queue
from requests_app.models import Application, ApplicationLine, Step

MACHINE = "application"


def step(
    application: Application,
    command: str,
    *,
    actor: Actor,
    now: dt.datetime,
    note: str = "",
    target: str | None = None,
    data: dict[str, Any] | None = None,
    through: ApplicationLine | None = None,
) -> Event:
    """Carries out a command of the application's machine and writes its step, in the caller's transaction."""
    event = carry_out(
        application, MACHINE, command, actor=actor, now=now, note=note, target=target, data=data, through=through
    )
    Step.objects.create(
        application=application,
        command=command,
        side=event.data["side"],
        by=actor.user,
        at=now,
        note=note,
        data=data or {},
    )
    return event


def require_need(holds: bool, name: str, *, field: str | None = None) -> None:
    """Refuses, with the law table's own words and article, when a fact that a command needs does not hold."""
    if not holds:
        need = RULES.need(name)
        raise RuleBroken(need.says, need.article, field)


def tell(application: Application, subject: Promise, body: Promise, *, now: dt.datetime, **words: Any) -> None:
    """Queues a letter to the applicant: for an organisation, to whoever is its authorised person now.

    Nobody has asked which language they read, so letters are written in the site's own.
    """
    organisation = application.organisation
    person = application.applicant if organisation is None else organisation.authorised_person
    with translation.override(settings.LANGUAGE_CODE):
        filled = {"receipt": application.receipt, **words}
        texts = str(subject) % filled, str(body) % filled
        mail_queue(to=person.email, subject=texts[0], body=texts[1], now=now)
