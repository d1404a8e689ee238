"""A letter that cannot be sent waits longer each time, at most six hours, however often it was tried."""

import datetime as dt

import pytest

from portal.workflow.models import OutboxMessage
from portal.workflow.tasks import MAX_WAIT, outbox_send
from tests.factories import now

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("tries", "wait"), [(0, dt.timedelta(minutes=2)), (50, MAX_WAIT), (2000, MAX_WAIT)])
def test_a_dead_mail_server_is_tried_again_after_a_bounded_wait(settings, tries, wait):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    message = OutboxMessage.objects.create(
        to="a@example.org", subject="示例", body="示例", created_at=now(), next_try_at=now(), tries=tries
    )
    before = now()
    outbox_send(str(message.pk))
    message.refresh_from_db()
    assert message.tries == tries + 1
    assert message.sent_at is None
    assert message.last_error
    assert before + wait <= message.next_try_at <= now() + wait
