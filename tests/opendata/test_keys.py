"""API keys: made once, stored as a hash, refused when wrong, expired or revoked."""

import datetime as dt
import random
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from opendata.keys import ALPHABET, key_actor, key_create, key_revoke, looks_right, new_secret
from opendata.models import APIKey
from portal.accounts.access import NotAllowed
from portal.accounts.actors import Actor
from portal.audit.models import Event
from portal.law import RuleBroken
from tests.factories import CONDITIONAL, make_entry, make_grant, make_key, make_resource, now

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant(cast):
    return make_grant(cast.applicant, make_entry(cast, **CONDITIONAL))


def test_ten_thousand_random_and_mutated_keys_are_refused(cast, grant):
    _key, secret = make_key(cast.applicant, grant)
    assert key_actor(secret, address="", now=now()).kind == "api_key"
    chance = random.Random(1)
    for turn in range(10_000):
        if turn % 2:
            wrong = new_secret()
        else:
            place = chance.randrange(len(secret))
            other = chance.choice([letter for letter in ALPHABET if letter != secret[place]])
            wrong = secret[:place] + other + secret[place + 1 :]
            assert not looks_right(wrong)
        assert key_actor(wrong, address="", now=now()) is None


def test_the_secret_is_nowhere_in_the_database(cast, grant):
    _key, secret = make_key(cast.applicant, grant)
    key = APIKey.objects.get()
    for field in key._meta.concrete_fields:
        assert secret not in str(getattr(key, field.attname))
    assert not Event.objects.filter(data__icontains=secret).exists()
    assert Event.objects.get(action="opendata.key.created").data["grants"] == [str(grant.pk)]


def test_expired_revoked_and_inactive_owners_keys_are_refused(cast, grant):
    key, secret = make_key(cast.applicant, grant, days=1)
    assert key_actor(secret, address="", now=now() + dt.timedelta(days=2)) is None
    cast.applicant.is_active = False
    cast.applicant.save()
    assert key_actor(secret, address="", now=now()) is None
    cast.applicant.is_active = True
    cast.applicant.save()
    with pytest.raises(NotAllowed):
        key_revoke(key, actor=Actor.of_user(cast.stranger), now=now())
    key_revoke(key, actor=Actor.of_user(cast.applicant), now=now())
    assert key_actor(secret, address="", now=now()) is None
    with pytest.raises(RuleBroken):
        key_revoke(key, actor=Actor.of_user(cast.applicant), now=now())
    assert Event.objects.filter(action="opendata.key.revoked").count() == 1


def test_a_key_is_made_for_own_active_grants_only(cast, grant):
    def make(user, grants=(grant,), name="x", days=10):
        expires = now() + dt.timedelta(days=days)
        return key_create(actor=Actor.of_user(user), name=name, grants=grants, expires_at=expires, now=now())

    with pytest.raises(NotAllowed):
        make(cast.stranger)
    for wrong in ({"grants": ()}, {"name": " "}, {"days": 0}, {"days": 400}):
        with pytest.raises(RuleBroken):
            make(cast.applicant, **wrong)
    assert not APIKey.objects.exists()


def test_key_draws_the_rows_of_its_grant_until_it_is_revoked(cast, client, grant):
    resource = make_resource(cast, grant.entry)
    other = make_resource(cast, make_entry(cast, "3065/0009", **CONDITIONAL))
    key, secret = make_key(cast.applicant, grant)
    rows, others = (reverse("api_rows", args=[one.pk]) for one in (resource, other))
    bearer = {"Authorization": f"Bearer {secret}"}
    assert client.get(rows).status_code == 403
    answer = client.get(rows, {"pm25__gte": "80", "sort": "-pm25"}, headers=bearer)
    assert answer.status_code == 200
    assert [row["station"] for row in answer.json()["rows"]] == ["0180C", "0164A"]
    assert client.get(rows, headers={"X-API-Key": secret}).status_code == 200
    refused = client.get(others, headers=bearer)
    assert refused.status_code == 403
    assert refused.json()["article"] == 29
    assert refused["Content-Type"] == "application/problem+json"
    key_revoke(key, actor=Actor.of_user(cast.applicant), now=now())
    assert client.get(rows, headers=bearer).status_code == 401
    assert client.get(rows, headers={"X-API-Key": "xjod_wrong"}).status_code == 401
    assert resource.uses.filter(key=key).count() == 2


def test_key_manages_nothing(cast, client, grant):
    _key, secret = make_key(cast.applicant, grant)
    bearer = {"Authorization": f"Bearer {secret}"}
    sent = {"name": "x", "grants": [str(grant.pk)], "expires_at": (now() + dt.timedelta(days=3)).isoformat()}
    assert client.post("/api/v1/keys/", sent, content_type="application/json", headers=bearer).status_code == 403
    ended = client.post(f"/api/v1/grants/{grant.pk}/end/", {}, content_type="application/json", headers=bearer)
    assert ended.status_code == 403
    grant.refresh_from_db()
    assert grant.state == "active"


def test_daily_rows_are_counted_and_refused_over_quota(cast, client):
    entry = make_entry(cast, **CONDITIONAL)
    resource = make_resource(cast, entry)
    _key, secret = make_key(cast.applicant, make_grant(cast.applicant, entry, daily_rows=4))
    rows, headers = reverse("api_rows", args=[resource.pk]), {"X-API-Key": secret}
    assert len(client.get(rows, {"limit": 3}, headers=headers).json()["rows"]) == 3
    assert len(client.get(rows, {"limit": 3}, headers=headers).json()["rows"]) == 1
    over = client.get(rows, {"limit": 1}, headers=headers)
    assert over.status_code == 429
    assert int(over["Retry-After"]) > 0


def test_narrowed_grant_knows_only_its_columns_and_rows(cast, client):
    entry = make_entry(cast, **CONDITIONAL)
    resource = make_resource(cast, entry)
    row_filter = {"column": "station", "op": "exact", "value": "0164A"}
    grant = make_grant(cast.applicant, entry, columns=["station", "day"], row_filter=row_filter)
    _key, secret = make_key(cast.applicant, grant)
    headers, rows = {"X-API-Key": secret}, reverse("api_rows", args=[resource.pk])
    answer = client.get(rows, {"count": "exact"}, headers=headers).json()
    assert answer["count"] == 2
    assert all(set(row) == {"station", "day"} for row in answer["rows"])
    for asked in ({"pm25__gt": "1"}, {"sort": "pm25"}, {"select": "pm25"}):
        assert client.get(rows, asked, headers=headers).status_code == 422
    download = reverse("api_download", args=[resource.pk])
    assert client.get(download, headers=headers).status_code == 403
    text = b"".join(client.get(download, {"format": "csv"}, headers=headers).streaming_content).decode()
    assert "35.5" not in text
    assert text.count("0164A") == 2
    assert "0171B" not in text


def test_the_page_shows_the_secret_once(cast, client, grant):
    client.force_login(cast.applicant)
    answer = client.post(reverse("opendata:key_new"), {"name": "分析程序", "grants": [grant.pk], "days": "30"})
    assert answer.status_code == 201
    secret = re.search(r"xjod_\w{36}", answer.content.decode()).group()
    assert looks_right(secret)
    assert "no-store" in answer["Cache-Control"]
    listed = client.get(reverse("opendata:keys")).content.decode()
    assert secret not in listed
    assert "分析程序" in listed
    client.post(reverse("opendata:key_revoke", args=[APIKey.objects.get().pk]))
    assert key_actor(secret, address="", now=timezone.now()) is None


def test_other_peoples_keys_are_not_found(cast, client, grant):
    key, _secret = make_key(cast.applicant, grant)
    client.force_login(cast.stranger)
    assert client.post(reverse("opendata:key_revoke", args=[key.pk])).status_code == 404
    assert client.delete(f"/api/v1/keys/{key.pk}/").status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None
