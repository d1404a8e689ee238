"""Mail leaves by the outbox: a row in the act's transaction, sent by a worker afterwards."""

from __future__ import annotations

import datetime as dt

from portal.workflow.models import OutboxMessage
from portal.workflow.tasks import outbox_send
from portal.workflow.waking import wake


def mail_queue(*, to: str, subject: str, body: str, now: dt.datetime) -> OutboxMessage:
    """Writes a mail into the outbox in the caller's transaction and wakes a worker once it is committed."""
    message = OutboxMessage.objects.create(
        to=to, subject=" ".join(subject.split()), body=body, created_at=now, next_try_at=now
    )
    wake(outbox_send, str(message.pk))
    return message
