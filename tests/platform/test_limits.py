"""Requests that are refused before anything of them is read, and answers that no cache may keep."""

import json

import pytest
from django.test import RequestFactory
from django.urls import reverse

from portal.accounts.actors import Actor
from portal.limits import FORM_MARGIN, FORM_MAX_BYTES, PIECES, body_limit
from tests.factories import make_entry, make_grant, make_key, make_resource

pytestmark = pytest.mark.django_db
MIB = 1024 * 1024


class Unreadable:
    """A body that fails the test when a byte of it is asked for."""

    def read(self, *_size):
        raise AssertionError("the body was read")

    readline = read


def announce(client, url, size, content_type):
    return client.generic(
        "POST", url, content_type=content_type, **{"wsgi.input": Unreadable(), "CONTENT_LENGTH": str(size)}
    )


@pytest.mark.parametrize("url", ["/account/login/", "/api/v1/reports/", "/i18n/setlang/"])
@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x"])
def test_a_visitors_large_body_is_refused_unread(client, db, url, content_type):
    answer = announce(client, url, 6 * MIB, content_type)
    assert answer.status_code == 413
    assert "5 MB" in answer.content.decode()


def test_json_is_never_read_beyond_its_limit(client, cast):
    client.force_login(cast.registrar)
    assert announce(client, "/api/v1/applications/", 6 * MIB, "application/json").status_code == 413


def test_files_come_by_forms_and_large_ones_from_officials(cast, settings):
    def limit(actor, content_type):
        request = RequestFactory().post("/", data=b"x", content_type=content_type)
        request.actor = actor
        return body_limit(request)

    form = "multipart/form-data; boundary=x"
    assert limit(Actor.visitor(), form) == settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert limit(Actor.of_user(cast.applicant), form) == FORM_MAX_BYTES
    assert limit(Actor.of_user(cast.registrar), form) == settings.UPLOAD_FORM_BYTES + FORM_MARGIN
    assert limit(Actor.of_user(cast.registrar), PIECES) == settings.UPLOAD_MAX_BYTES
    assert limit(Actor.of_user(cast.applicant), PIECES) == settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert limit(Actor.of_user(cast.registrar), "application/json") == settings.DATA_UPLOAD_MAX_MEMORY_SIZE


@pytest.mark.parametrize(
    "url",
    [
        "/catalogue/3065/0001%00/",
        "/catalogue/3065/0001%00/report/",
        "/apply/3065/0001%00/",
        "/applications/%00/",
        "/api/v1/entries/3065/0001%00/",
        "/api/v1/entries/3065/0001%00/resources/",
    ],
)
def test_an_address_with_nul_is_nowhere(client, cast, url):
    client.force_login(cast.registrar)
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("name", ["department", "region", "domain", "q", "format", "year"])
def test_a_filter_with_nul_is_no_fault(client, cast, name):
    assert client.get("/catalogue/", {name: "\x00"}).status_code == 200


@pytest.mark.parametrize("before", ["²", "\u0663", "9" * 40, "\x00", "-1"])
def test_a_strange_place_in_the_record_is_no_fault(client, cast, before):
    client.force_login(cast.auditor)
    assert client.get("/audit/", {"before": before}).status_code == 200


@pytest.mark.parametrize(
    "url", ["/", "/desk/", "/desk/entries/", "/account/", "/keys/", "/applications/", "/api/v1/grants/", "/catalogue/"]
)
def test_what_a_named_person_is_answered_is_kept_nowhere(client, cast, url):
    client.force_login(cast.registrar)
    told = client.get(url)["Cache-Control"]
    assert "no-store" in told
    assert "private" in told


def test_what_a_key_is_answered_is_kept_nowhere(client, cast):
    entry = make_entry(cast, open_class="conditional", open_condition="研究", legal_basis="《数据安全法》第二十一条")
    resource = make_resource(cast, entry)
    _key, secret = make_key(cast.applicant, make_grant(cast.applicant, entry))
    for url in (
        "/api/v1/grants/",
        reverse("api_resource", args=[resource.pk]),
        reverse("api_rows", args=[resource.pk]),
    ):
        answer = client.get(url, headers={"X-API-Key": secret})
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        assert {"Authorization", "X-API-Key"} <= {name.strip() for name in answer["Vary"].split(",")}
        assert secret not in json.dumps(dict(answer.headers))


def test_a_visitors_page_may_be_kept_by_the_visitor(client, cast):
    assert not client.get("/law/").has_header("Cache-Control")
