"""Workers' share: sending the outbox, writing down overdue clocks."""

from __future__ import annotations

import datetime as dt
import smtplib

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from portal.accounts.actors import SYSTEM
from portal.audit.services import record
from portal.workflow.models import Clock, OutboxMessage
from portal.workflow.waking import wake

MAX_WAIT = dt.timedelta(hours=6)


@shared_task
def outbox_send(message_id: str) -> None:
    """Sends one message; a failure is written on its row and tried again later, each time after a longer wait.

    The row stays locked while the mail server is spoken to, so two workers never send the same one.
    """
    now = timezone.now()
    with transaction.atomic():
        message = OutboxMessage.objects.select_for_update(skip_locked=True).filter(pk=message_id, sent_at=None).first()
        if message is None:
            return
        message.tries += 1
        try:
            EmailMessage(message.subject, message.body, settings.DEFAULT_FROM_EMAIL, [message.to]).send()
        except (OSError, smtplib.SMTPException) as error:
            message.last_error = str(error)[:300]
            message.next_try_at = now + min(MAX_WAIT, dt.timedelta(minutes=2 ** min(message.tries, 10)))
        else:
            message.sent_at = now
            message.last_error = ""
        message.save()


@shared_task
def outbox_sweep() -> int:
    """Wakes a worker for each message that waits: what was committed but never announced is found here."""
    waiting = list(OutboxMessage.objects.waiting(timezone.now()).values_list("pk", flat=True)[:500])
    for pk in waiting:
        wake(outbox_send, str(pk))
    return len(waiting)


@shared_task
def clocks_mark_overdue() -> int:
    """Writes, once for each clock that ran over, the lasting event that it did (Art. 44(4))."""
    now = timezone.now()
    marked = 0
    with transaction.atomic():
        found = Clock.objects.overdue(now, timezone.localdate(now)).filter(overdue_at=None)
        for clock in found.select_for_update(skip_locked=True):
            clock.overdue_at = now
            clock.save(update_fields=["overdue_at"])
            record(
                "workflow.clock.overdue",
                actor=SYSTEM,
                obj=clock,
                at=now,
                department=clock.department,
                article=clock.article,
                data={"kind": clock.kind, "statutory": clock.statutory, "object": clock.object_label},
            )
            marked += 1
    return marked
