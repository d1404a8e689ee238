"""The catalogue's API: what each persona reads, and what hostile or wrong input gets."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from catalogue.availability import entry_suspend, entry_withdraw
from catalogue.services import version_open, version_update
from portal.accounts.actors import Actor
from portal.law import FIELDS
from tests.factories import CONDITIONAL, make_draft, make_entry, now, publish

pytestmark = pytest.mark.django_db
PERSONAS = ("registrar", "officer", "auditor", "other_registrar", "other_officer", "citizen", None)
ENTRIES = "/api/v1/entries/"


@pytest.fixture
def api(cast):
    def client(persona=None):
        made = APIClient(enforce_csrf_checks=False)
        if persona:
            made.force_login(getattr(cast, persona))
        return made

    return client


@pytest.mark.parametrize("persona", PERSONAS)
def test_the_list_is_the_open_catalogue_for_everyone(cast, api, persona):
    make_entry(cast, "1/1", title="空气质量")
    make_entry(cast, "1/2", title="学校名录", **CONDITIONAL)
    make_draft(cast, "1/3", title="秘密草稿词")
    gone = make_entry(cast, "1/4", title="撤回条目词")
    entry_withdraw(gone, actor=Actor.of_user(cast.officer), now=now(), note="撤回")
    held = make_entry(cast, "1/5", title="中止条目")
    entry_suspend(held, actor=Actor.of_user(cast.officer), now=now(), note="核实")
    answer = api(persona).get(ENTRIES)
    assert answer.status_code == 200
    assert [row["code"] for row in answer.json()["results"]] == ["1/5", "1/2", "1/1"]
    assert answer.json()["count"] == 3
    text = answer.content.decode() + api(persona).get(f"{ENTRIES}facets/").content.decode()
    assert "秘密" not in text
    assert "撤回条目词" not in text
    card = answer.json()["results"][1]
    assert card["open_class"] == {"value": "conditional", "zh": "有条件开放", "en": "Conditional"}
    assert card["provider"]["code"] == "xj-env"


def test_search_filters_and_facets_are_those_of_the_page(cast, api):
    make_entry(cast, "1/1", title="空气质量", domain="environment")
    make_entry(cast, "1/2", title="空气站点", domain="technology", format_class="database")
    client = api()
    assert [r["code"] for r in client.get(ENTRIES, {"q": "kongqi", "domain": "technology"}).json()["results"]] == [
        "1/2"
    ]
    assert [r["code"] for r in client.get(ENTRIES, {"format": "database"}).json()["results"]] == ["1/2"]
    facets = {f["name"]: f["options"] for f in client.get(f"{ENTRIES}facets/", {"format": "database"}).json()}
    assert facets["format"] == [
        {"value": "spreadsheet", "label": "电子表格", "count": 1, "selected": False},
        {"value": "database", "label": "数据库", "count": 1, "selected": True},
    ]
    assert [(o["value"], o["count"]) for o in facets["domain"]] == [("technology", 1)]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("domain=x", "domain"), ("format=json", "format"), ("year=x", "year"), ("q=%00", "q"), ("region=1", "region")],
)
@pytest.mark.parametrize("address", [ENTRIES, f"{ENTRIES}facets/"])
def test_a_wrong_parameter_is_named(api, address, query, parameter):
    answer = api().get(f"{address}?{query}")
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert list(answer.json()["errors"]) == [parameter]


@pytest.mark.parametrize("words", ["'", "\\", "qqq & | !", "<->", ":*", "%", "x" * 9000, "\u202e", "(((", "'; DROP"])
def test_hostile_words_are_only_words(cast, api, words):
    make_entry(cast)
    answer = api().get(ENTRIES, {"q": words})
    assert answer.status_code == 200
    assert answer.json()["results"] == []


def test_cursors_lead_through_the_whole_list_once(cast, api):
    expected = {make_entry(cast, f"1/{n}", title=f"冰川 {n}").code for n in range(7)}
    for query in ({"limit": "3"}, {"limit": "3", "q": "冰川"}):
        address, found, pages = ENTRIES, [], 0
        answer = api().get(address, query)
        while True:
            pages += 1
            found += [row["code"] for row in answer.json()["results"]]
            if answer.json()["next"] is None:
                break
            answer = api().get(answer.json()["next"])
        assert (pages, len(found), set(found)) == (3, 7, expected)
        back = api().get(answer.json()["previous"]).json()
        assert [row["code"] for row in back["results"]] == found[3:6]


@pytest.mark.parametrize("cursor", ["x", "cD1hYmM=", "WzAsZmFsc2UsIjEiXQ:abc", "\x00", "é", "a" * 5000])
def test_a_forged_cursor_is_not_found(cast, api, cursor):
    make_entry(cast)
    assert api().get(ENTRIES, {"cursor": cursor}).status_code == 404
    assert api().get(ENTRIES, {"cursor": cursor, "q": "空气"}).status_code == 404


def test_a_cursor_of_another_order_is_not_found(cast, api):
    for number in range(3):
        make_entry(cast, f"1/{number}")
    following = api().get(ENTRIES, {"limit": 1}).json()["next"]
    assert api().get(following + "&q=空气").status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_list(cast, api):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answer = api().get(ENTRIES, {"limit": 100})
        return len(captured), len(answer.json()["results"])

    for number in range(3):
        make_entry(cast, f"1/{number}")
    few = count()
    for number in range(27):
        make_entry(cast, f"2/{number}")
    many = count()
    assert (few[1], many[1]) == (3, 30)
    assert few[0] == many[0] <= 4


def test_an_entry_in_full(cast, api):
    entry = make_entry(cast, **CONDITIONAL)
    draft = version_open(entry, actor=Actor.of_user(cast.registrar), now=now())
    version_update(
        draft, actor=Actor.of_user(cast.registrar), fields={"change_note": "补充站点", "title": "新题"}, now=now()
    )
    publish(cast, draft)
    body = api().get(f"{ENTRIES}3065/0001/").json()
    assert set(body["open_catalogue"]) == {
        "open_scope",
        "open_content",
        "open_class",
        "open_condition",
        "data_form",
        "update_frequency",
    }
    assert body["open_catalogue"]["update_frequency"] == {
        "label": {"zh": "更新频率", "en": "Update frequency"},
        "value": "daily",
        "says": {"zh": "每日", "en": "Daily"},
        "article": 7,
    }
    assert set(body["attributes"]) == {field.name for field in FIELDS} - {"elements", "secrecy_conclusion"}
    assert body["attributes"]["legal_basis"]["value"] == CONDITIONAL["legal_basis"]
    assert body["attributes"]["provider_uscc"]["value"] == cast.department.uscc
    assert [element["name"] for element in body["elements"]] == ["station", "pm25"]
    assert [(v["number"], v["state"]["value"], v["change_note"]) for v in body["history"]] == [
        (2, "published", "补充站点"),
        (1, "superseded", ""),
    ]
    assert body["secrecy_reviewed"] is True
    assert body["availability"] == {"value": "live", "zh": "正常提供", "en": "Live", "suspension": None}
    assert (body["commands"], body["in_work"]) == ([], None)


def test_a_hold_says_why_and_not_who(cast, api):
    entry = make_entry(cast)
    entry_suspend(entry, actor=Actor.of_user(cast.handler), now=now(), note="核实坐标", cause="R-2026-1")
    answer = api().get(f"{ENTRIES}3065/0001/")
    assert answer.json()["availability"]["value"] == "suspended"
    assert answer.json()["availability"]["suspension"]["reason"] == "核实坐标"
    assert cast.handler.name not in answer.content.decode()
    assert "R-2026-1" not in answer.content.decode()


@pytest.mark.parametrize(
    ("persona", "sees"),
    [("registrar", 200), ("officer", 200), ("auditor", 200), ("other_registrar", 404), ("citizen", 404), (None, 404)],
)
def test_a_draft_is_seen_from_inside_alone(cast, api, persona, sees):
    make_draft(cast)
    assert api(persona).get(f"{ENTRIES}3065/0001/").status_code == sees
    assert api(persona).get(f"{ENTRIES}3065/0001/versions/").status_code == sees
    assert api(persona).get(f"{ENTRIES}3065/0001/versions/1/").status_code == sees
    rows = api(persona).get("/api/v1/versions/?state=draft").json()["results"]
    assert len(rows) == (1 if sees == 200 else 0)


def test_a_new_version_in_work_leaks_nothing(cast, api):
    entry = make_entry(cast)
    draft = version_open(entry, actor=Actor.of_user(cast.registrar), now=now())
    secret = dict.fromkeys(("title", "abstract", "keywords", "open_scope", "contact", "change_note"), "绝密新词")
    elements = [{"name": "绝密新词", "type": "text"}]
    version_update(draft, actor=Actor.of_user(cast.registrar), fields=secret, elements=elements, now=now())
    addresses = [
        ENTRIES,
        f"{ENTRIES}?q=绝密新词",
        f"{ENTRIES}facets/",
        f"{ENTRIES}facets/?q=绝密新词",
        f"{ENTRIES}3065/0001/",
        f"{ENTRIES}3065/0001/versions/",
        f"{ENTRIES}3065/0001/versions/1/",
        f"{ENTRIES}3065/0001/versions/2/",
        "/api/v1/versions/",
        "/api/v1/departments/",
    ]
    for persona in ("other_registrar", "other_officer", "citizen", None):
        for address in addresses:
            assert "绝密新词" not in api(persona).get(address).content.decode(), (persona, address)
    assert "绝密新词" in api("registrar").get(f"{ENTRIES}3065/0001/versions/2/").content.decode()
    assert api("registrar").get(ENTRIES, {"q": "绝密新词"}).json()["count"] == 0
    inside = api("auditor").get(f"{ENTRIES}3065/0001/").json()
    assert inside["in_work"].endswith("/api/v1/entries/3065/0001/versions/2/")


def test_reviews_and_the_secrecy_conclusion_stay_inside(cast, api):
    make_entry(cast)
    public = api().get(f"{ENTRIES}3065/0001/versions/1/").json()
    assert not {"reviews", "clocks", "commands", "evidence"} & set(public)
    assert "secrecy_conclusion" not in public["attributes"]
    inside = api("officer").get(f"{ENTRIES}3065/0001/versions/1/").json()
    assert [review["command"] for review in inside["reviews"]] == [
        "submit",
        "department_approve",
        "secrecy_approve",
        "publish",
    ]
    assert inside["attributes"]["secrecy_conclusion"]["value"]
    assert {clock["kind"] for clock in inside["clocks"]} == {
        "entry_department_review",
        "entry_secrecy_review",
        "entry_authority_review",
    }


@pytest.mark.parametrize("code", ["nothing", "9/9", "3065/0001/x", "%00/1", "..%2f..", "3065/'", "a" * 300 + "/1"])
def test_what_is_no_entry_is_not_found(cast, api, code):
    make_entry(cast)
    for address in (f"{ENTRIES}{code}/", f"{ENTRIES}{code}/versions/", f"{ENTRIES}{code}/versions/1/"):
        assert api("registrar").get(address).status_code == 404


def test_version_numbers_out_of_range_are_not_found(cast, api):
    make_entry(cast)
    for number in (0, 2, 2**31, 10**30):
        assert api("registrar").get(f"{ENTRIES}3065/0001/versions/{number}/").status_code == 404


def test_the_queue_filters_by_state_and_names_a_wrong_one(cast, api):
    make_draft(cast, "1/1")
    make_entry(cast, "1/2")
    client = api("officer")
    assert [r["entry"] for r in client.get("/api/v1/versions/?state=draft").json()["results"]] == ["1/1"]
    assert len(client.get("/api/v1/versions/").json()["results"]) == 2
    answer = client.get("/api/v1/versions/?state=dreaming")
    assert answer.status_code == 422
    assert "state" in answer.json()["errors"]


def test_departments_count_their_public_entries(cast, api):
    make_entry(cast, "1/1")
    make_draft(cast, "1/2")
    rows = {row["code"]: row for row in api().get("/api/v1/departments/").json()["results"]}
    assert {code: row["entries"] for code, row in rows.items()} == {
        "ks-data": 0,
        "xj-data": 0,
        "xj-env": 1,
        "xj-health": 0,
    }
    assert rows["xj-env"]["jurisdiction"]["zh"] == "新疆维吾尔自治区"
    assert api().get("/api/v1/departments/xj-env/").json()["uscc"] == cast.department.uscc
    assert api().get("/api/v1/departments/nobody/").status_code == 404
    assert len(api().get("/api/v1/departments/?jurisdiction=653100").json()["results"]) == 1
    for query in ("jurisdiction=1", "kind=x"):
        assert api().get(f"/api/v1/departments/?{query}").status_code == 422


def test_code_lists_bear_both_labels(api, db):
    domains = api().get("/api/v1/codes/domain/").json()
    assert len(domains["items"]) == 12
    assert domains["items"][0] == {"value": "education", "zh": "教育", "en": "Education", "note": None}
    assert {"domain", "open_class", "region"} <= {codes["name"] for codes in api().get("/api/v1/codes/").json()}
    assert api().get("/api/v1/codes/nothing/").status_code == 404
