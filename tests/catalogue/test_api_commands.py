"""Registering, changing, reviewing and holding entries by the API: the same services as the pages."""

import json

import pytest
from rest_framework.test import APIClient

from catalogue.models import Entry, EntryVersion
from portal.audit.models import Event
from tests.factories import ELEMENTS, entry_fields, make_draft, make_entry

pytestmark = pytest.mark.django_db
ENTRIES = "/api/v1/entries/"
VERSION = f"{ENTRIES}3065/0001/versions/1/"


@pytest.fixture
def api(cast):
    def client(persona=None):
        made = APIClient(enforce_csrf_checks=False)
        if persona:
            made.force_login(getattr(cast, persona))
        return made

    return client


def body(**changes):
    fields = entry_fields(**changes)
    fields["region"] = fields.pop("region_id")
    return {"provider": "xj-env", "code": "3065/0001", "elements": ELEMENTS, **fields}


def test_the_whole_way_by_api(api):
    answer = api("registrar").post(ENTRIES, body())
    assert answer.status_code == 201, answer.content
    assert answer.json()["state"]["value"] == "draft"
    answer = api("registrar").patch(VERSION, {"title": "空气质量", "lead_department": None})
    assert answer.json()["attributes"]["title"]["value"] == "空气质量"
    assert len(answer.json()["elements"]) == 2
    for command, persona, sent in (
        ("submit", "registrar", {}),
        ("department_approve", "reviewer", {"note": "同意"}),
        ("secrecy_approve", "secrecy", {"conclusion": "可以开放"}),
        ("publish", "officer", {}),
    ):
        offered = {row["name"]: row["allowed"] for row in api(persona).get(VERSION).json()["commands"]}
        assert offered[command] is True
        answer = api(persona).post(f"{VERSION}{command}/", sent)
        assert answer.status_code == 200, answer.content
    assert Entry.objects.get().availability == "live"
    answer = api("registrar").post(f"{ENTRIES}3065/0001/versions/")
    assert (answer.status_code, answer.json()["number"]) == (201, 2)
    assert api("registrar").post(f"{ENTRIES}3065/0001/versions/").status_code == 409
    assert list(
        Event.objects.filter(action__startswith="catalogue").order_by("id").values_list("action", flat=True)
    ) == [
        "catalogue.entry.created",
        "catalogue.entry_version.changed",
        "catalogue.entry_version.submitted",
        "catalogue.entry_version.department_approved",
        "catalogue.entry_version.secrecy_approved",
        "catalogue.entry_version.published",
        "catalogue.entry.opened",
        "catalogue.entry_version.opened",
    ]


@pytest.mark.parametrize(
    ("changes", "article", "field"),
    [
        ({"open_class": "conditional", "open_condition": "须申请"}, 5, "legal_basis"),
        ({"open_class": "non_open"}, 5, "legal_basis"),
        ({"classified": True}, 12, "classified"),
        ({"title": ""}, 7, "title"),
        ({"domain": ""}, 7, "domain"),
        ({"library": "base", "base_kind": "population"}, 8, "library"),
        ({"library": "theme"}, 8, "lead_department"),
        ({"data_level": "core"}, 36, "open_class"),
    ],
)
def test_a_broken_rule_names_article_and_field(api, changes, article, field):
    answer = api("registrar").post(ENTRIES, body(**changes))
    assert answer.status_code == 409, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.json()["article"], list(answer.json()["errors"])) == (article, [field])
    assert not Entry.objects.exists()
    assert not Event.objects.filter(action__startswith="catalogue").exists()


def test_a_missing_attribute_is_refused_by_name(api):
    sent = body()
    del sent["abstract"], sent["open_scope"]
    answer = api("registrar").post(ENTRIES, sent)
    assert answer.status_code == 409
    assert answer.json()["article"] == 7
    assert "摘要" in answer.json()["detail"]
    assert "开放范围" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "no slash"}, "code"),
        ({"code": "x" * 65}, "code"),
        ({"code": "\x00/1"}, "code"),
        ({"code": None}, "code"),
        ({"provider": "nobody"}, "provider"),
        ({"provider": "\x00"}, "provider"),
        ({"provider": 1}, "provider"),
        ({"provider": ["xj-env"]}, "provider"),
        ({"region": "1"}, "region"),
        ({"region": None}, "region"),
        ({"region": {}}, "region"),
        ({"lead_department": "é"}, "lead_department"),
        ({"domain": "cooking"}, "domain"),
        ({"domain": ["education"]}, "domain"),
        ({"title": "\x00"}, "title"),
        ({"title": {"zh": "x"}}, "title"),
        ({"title": None}, "title"),
        ({"title": "长" * 201}, "title"),
        ({"abstract": "长" * 5001}, "abstract"),
        ({"covers_from": "yesterday"}, "covers_from"),
        ({"covers_from": "2025-01-02", "covers_to": "2025-01-01"}, "covers_to"),
        ({"classified": "perhaps"}, "classified"),
        ({"elements": "x"}, "elements"),
        ({"elements": [1]}, "elements"),
        ({"elements": [{"name": "a"}]}, "elements"),
        ({"elements": [{"name": "a", "type": "x"}]}, "elements"),
        ({"elements": [{"name": "a", "type": "text", "length": 10**12}]}, "elements"),
        ({"elements": [{"name": "a", "type": "text", "secret": 1}]}, "elements"),
        ({"elements": [{"name": "a", "type": "text"}] * 501}, "elements"),
        ({"state": "published"}, "state"),
        ({"published_at": "2026-01-01"}, "published_at"),
        ({"secrecy_conclusion": "可以"}, "secrecy_conclusion"),
        ({"created_by": "x"}, "created_by"),
        ({"id": "x"}, "id"),
        ({"number": 7}, "number"),
        ({"availability": "live"}, "availability"),
    ],
)
def test_malformed_values_are_named_and_nothing_is_kept(api, changes, field):
    sent = body() | changes
    if "region" in changes:
        sent["region"] = changes["region"]
    answer = api("registrar").post(ENTRIES, sent)
    assert answer.status_code == 400, answer.content
    assert list(answer.json()["errors"]) == [field]
    assert not Entry.objects.exists()


def test_a_duplicate_element_is_a_broken_rule(api):
    answer = api("registrar").post(ENTRIES, body() | {"elements": [ELEMENTS[0], ELEMENTS[0]]})
    assert (answer.status_code, answer.json()["article"]) == (409, 13)
    assert not Entry.objects.exists()


def test_a_taken_code_is_a_broken_rule(cast, api):
    make_draft(cast)
    answer = api("registrar").post(ENTRIES, body())
    assert (answer.status_code, answer.json()["article"], list(answer.json()["errors"])) == (409, 7, ["code"])


@pytest.mark.parametrize("sent", ["", "[]", "1", "null", '"x"', "{", '{"title": "\\ud800"}', "\x00"])
def test_what_is_not_an_object_is_refused(cast, api, sent):
    make_draft(cast)
    for method, address in (("post", ENTRIES), ("patch", VERSION), ("post", f"{VERSION}submit/")):
        if sent in ("", "null") and address != ENTRIES:
            continue
        answer = getattr(api("registrar"), method)(address, data=sent, content_type="application/json")
        assert answer.status_code == 400, (method, address, answer.content)
    assert EntryVersion.objects.get().state == "draft"


def test_other_content_types_are_refused(api):
    answer = api("registrar").post(ENTRIES, data="title=x", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("persona", "register", "change"),
    [
        (None, 401, 401),
        ("citizen", 403, 404),
        ("other_registrar", 403, 404),
        ("other_officer", 403, 404),
        ("reviewer", 403, 403),
        ("officer", 403, 403),
        ("auditor", 403, 403),
    ],
)
def test_others_are_denied_with_the_article(cast, api, persona, register, change):
    answer = api(persona).post(ENTRIES, body() | {"code": "1/1"})
    assert answer.status_code == register
    if register == 403:
        assert answer.json()["article"] == 12
    make_draft(cast)
    assert api(persona).patch(VERSION, {"title": "x"}).status_code == change
    assert api(persona).post(f"{VERSION}submit/", {}).status_code == change
    assert api(persona).post(f"{ENTRIES}3065/0001/versions/").status_code == change
    assert not EntryVersion.objects.exclude(title="空气质量监测数据").exists()


def test_commands_say_what_is_missing(cast, api):
    make_draft(cast)
    assert api("registrar").post(f"{VERSION}fly/", {}).status_code == 404
    assert api("registrar").post(f"{VERSION}supersede/", {}).status_code == 404
    assert api("registrar").post(f"{VERSION}submit/", {"note": "x" * 5001}).status_code == 400
    assert api("registrar").post(f"{VERSION}submit/", {"state": "published"}).status_code == 400
    assert api("registrar").get(f"{VERSION}submit/").status_code == 405
    assert api("registrar").post(f"{VERSION}submit/").status_code == 200
    answer = api("registrar").post(f"{VERSION}submit/")
    assert (answer.status_code, answer.json()["article"]) == (409, 7)
    answer = api("reviewer").post(f"{VERSION}department_return/", {})
    assert (answer.status_code, list(answer.json()["errors"])) == (409, ["note"])
    api("reviewer").post(f"{VERSION}department_approve/", {})
    answer = api("secrecy").post(f"{VERSION}secrecy_approve/", {"note": "x"})
    assert (answer.status_code, answer.json()["article"], list(answer.json()["errors"])) == (409, 36, ["conclusion"])


def test_a_missing_button_says_why(cast, api):
    make_draft(cast)
    rows = {row["name"]: row for row in api("reviewer").get(VERSION).json()["commands"]}
    assert rows["submit"]["allowed"] is False
    assert "登记" in rows["submit"]["reason"]


def test_availability_by_api(cast, api):
    make_entry(cast)
    address = f"{ENTRIES}3065/0001/availability/"
    assert api().post(f"{address}suspend/", {"note": "x"}).status_code == 401
    for persona in ("citizen", "other_reviewer", "registrar"):
        answer = api(persona).post(f"{address}suspend/", {"note": "x"})
        assert (answer.status_code, answer.json()["article"]) == (403, 30)
    answer = api("handler").post(f"{address}suspend/", {})
    assert (answer.status_code, list(answer.json()["errors"])) == (409, ["note"])
    answer = api("handler").post(f"{address}suspend/", {"note": "核实"})
    assert answer.json()["availability"]["suspension"]["reason"] == "核实"
    assert api("reviewer").post(f"{address}agree_resume/").json()["availability"]["value"] == "suspended"
    assert api("reviewer").post(f"{address}agree_resume/").status_code == 409
    assert api("officer").post(f"{address}agree_resume/").json()["availability"]["value"] == "live"
    assert api("officer").post(f"{address}open/").status_code == 404
    assert api("officer").post(f"{address}resume/").status_code == 404
    assert api("officer").post(f"{address}withdraw/", {"note": "撤回"}).json()["availability"]["value"] == "withdrawn"
    assert api("citizen").get(f"{ENTRIES}3065/0001/").status_code == 404


def test_the_schema_documents_every_address_with_examples(api, db):
    schema = api().get("/api/v1/schema/", headers={"accept": "application/vnd.oai.openapi+json"})
    paths = json.loads(schema.content)["paths"]
    post = paths["/api/v1/entries/"]["post"]
    assert {"201", "400", "401", "403", "409"} <= set(post["responses"])
    assert post["requestBody"]["content"]["application/json"]["examples"]
    assert {p["name"] for p in paths["/api/v1/entries/"]["get"]["parameters"]} >= {"q", "domain", "format", "cursor"}
    assert "/api/v1/entries/{code}/versions/{number}/{command}/" in paths
