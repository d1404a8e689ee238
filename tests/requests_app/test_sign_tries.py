"""Trying passwords at the signature is slowed down by page and API alike (Art. 45)."""

import pytest
from django.urls import reverse

from tests.requests_app.application_cases import approved

pytestmark = pytest.mark.django_db


def test_the_api_takes_no_endless_tries(client, cast, settings):
    settings.ACCOUNT_RATE_LIMITS = {"reauthenticate": "3/m/user"}
    application = approved(cast)
    client.force_login(cast.applicant)
    address = reverse("api_application_command", args=[application.receipt, "sign"])
    tries = [client.post(address, {"password": f"wrong-{n}"}, content_type="application/json") for n in range(4)]
    assert [answer.status_code for answer in tries] == [409, 409, 409, 429]
    assert tries[-1]["Retry-After"] == "60"
    application.agreement.refresh_from_db()
    assert application.agreement.applicant_signed_at is None
