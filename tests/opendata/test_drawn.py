"""Only bytes that leave are logged, counted and taken off a quota (Art. 15)."""

import pytest
from django.urls import reverse

from catalogue.models import Entry
from opendata.models import Use
from tests.factories import CONDITIONAL, make_entry, make_grant, make_key, make_resource

pytestmark = pytest.mark.django_db


def head(client, address, **kwargs):
    """Asks for the headers alone and returns the validator; a server would close the unsent file."""
    asked = client.head(address, **kwargs)
    for close in asked._resource_closers:
        close()
    assert asked.status_code == 200
    return asked["ETag"]


@pytest.mark.parametrize("name", ["opendata:download", "api_download"])
def test_asking_about_a_file_draws_nothing(client, cast, name):
    entry = make_entry(cast)
    address = reverse(name, args=[make_resource(cast, entry).pk])
    etag = head(client, address)
    again = client.get(address, headers={"If-None-Match": etag})
    assert again.status_code == 304
    assert not Use.objects.exists()
    assert Entry.objects.get(pk=entry.pk).downloads == 0
    b"".join(client.get(address).streaming_content)
    assert Use.objects.get().kind == "download"
    assert Entry.objects.get(pk=entry.pk).downloads == 1


def test_an_unchanged_file_costs_no_quota(client, cast):
    entry = make_entry(cast, **CONDITIONAL)
    resource = make_resource(cast, entry)
    _key, secret = make_key(cast.applicant, make_grant(cast.applicant, entry, daily_rows=5))
    address, who = reverse("api_download", args=[resource.pk]), {"X-API-Key": secret}
    etag = head(client, address, headers=who)
    assert client.get(address, headers={**who, "If-None-Match": etag}).status_code == 304
    b"".join(client.get(address, headers=who).streaming_content)
    assert client.get(address, headers=who).status_code == 429
