"""`/api/v1/reports/`: the same services as the pages, with problem documents."""

import pytest
from django.test import Client

from catalogue.models import Entry
from portal.accounts.actors import Actor
from portal.audit.models import Event
from requests_app.models import Report
from tests.factories import make_draft, make_entry, make_grant, make_key, make_resource
from tests.requests_app.report_cases import ANSWER, TEXT, act, bring_to, fresh, send

pytestmark = pytest.mark.django_db
URL = "/api/v1/reports/"


@pytest.fixture
def entry(cast):
    return make_entry(cast)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def post(client, url=URL, headers=None, **data):
    return client.post(url, data, content_type="application/json", headers=headers)


def problem(response, status):
    assert response.status_code == status, response.content.decode()
    assert response.headers["Content-Type"].startswith("application/problem+json")
    return response.json()


def address(report, command=""):
    return f"{URL}{report.receipt}/{command + '/' if command else ''}"


def test_anyone_reports_and_follows_by_the_secret(client, cast, entry):
    made = post(client, entry=entry.code, kind="error", text=TEXT)
    assert made.status_code == 201
    body = made.json()
    assert made.headers["Location"].endswith(f"/api/v1/reports/{body['receipt']}/")
    report = Report.objects.get()
    secret = {"X-Report-Secret": body["secret"]}
    seen = client.get(address(report), headers=secret)
    assert seen.status_code == 200
    assert "no-store" in seen.headers["Cache-Control"]
    told = seen.json()
    assert (told["receipt"], told["state"], told["text"], told["entry"]) == (
        body["receipt"],
        "submitted",
        TEXT,
        entry.code,
    )
    assert body["secret"] not in seen.content.decode()
    assert (told["commands"], told["answer"]) == ([], "")
    bring_to(report, "outcome_proposed", cast)
    assert ANSWER not in client.get(address(report), headers=secret).content.decode()
    act(report, "send_feedback", cast.handler)
    told = client.get(address(report), headers=secret).json()
    assert (told["outcome"], told["answer"], told["commands"]) == ("keep_open", ANSWER, ["say_not_solved"])
    done = post(client, address(report, "say_not_solved"), headers=secret, note="仍然有误")
    assert (done.status_code, done.json()["state"]) == (200, "verifying")


def test_without_the_secret_there_is_no_report(client, cast, entry):
    report, secret = send(entry)
    for headers in (None, {"X-Report-Secret": "A" * 20}, {"X-Report-Secret": ""}):
        problem(client.get(address(report), headers=headers), 404)
        problem(post(client, address(report, "say_not_solved"), headers=headers), 404)
    problem(client.get(f"{URL}FK-20260101-AAAAAA/", headers={"X-Report-Secret": secret}), 404)
    problem(client.get(f"{URL}nonsense/", headers={"X-Report-Secret": secret}), 404)
    for name in ("stranger", "registrar", "other_officer"):
        problem(signed_in(getattr(cast, name)).get(address(report)), 404)


def test_wrong_secrets_are_limited(client, entry):
    report, secret = send(entry)
    for _number in range(10):
        problem(client.get(address(report), headers={"X-Report-Secret": "A" * 20}), 404)
    limited = client.get(address(report), headers={"X-Report-Secret": secret})
    problem(limited, 429)
    assert int(limited.headers["Retry-After"]) <= 900


def test_a_session_that_knows_a_secret_reads_but_commands_nothing(client, cast, entry):
    report, secret = send(entry)
    client.post(f"/reports/{report.receipt}/", {"secret": secret})
    bring_to(report, "feedback_sent", cast)
    assert client.get(address(report)).json()["text"] == TEXT
    problem(post(client, address(report, "say_not_solved")), 404)
    assert fresh(report).state == "feedback_sent"


def test_place_and_bad_input(client, cast, entry):
    resource = make_resource(cast, entry)
    good = {"entry": entry.code, "kind": "error", "text": TEXT}
    made = post(client, **good, resource=str(resource.pk), version=1, column="pm25", row="2")
    assert made.status_code == 201
    assert problem(post(client, **good, resource=str(resource.pk), column="x"), 409)["errors"]["column"]
    assert problem(post(client, **good, column="pm25"), 409)["article"] == 30
    problem(post(client, **good, resource="00000000-0000-0000-0000-000000000000"), 404)
    problem(post(client, **good, resource=str(resource.pk), version=9), 404)
    for wrong, field in (
        ({"text": "太短"}, "text"),
        ({"text": TEXT + "\x00"}, "text"),
        ({"kind": "praise"}, "kind"),
        ({"resource": "x"}, "resource"),
        ({"row": "9" * 201}, "row"),
        ({"entry": None}, "entry"),
    ):
        assert field in problem(post(client, **{**good, **wrong}), 400)["errors"]
    assert Report.objects.count() == 1


def test_an_invisible_entry_answers_404(client, cast):
    make_draft(cast, "3065/0009")
    problem(post(client, entry="3065/0009", kind="error", text=TEXT), 404)
    assert not Report.objects.exists()


def test_a_flood_is_answered_429(client, entry):
    for _number in range(10):
        assert post(client, entry=entry.code, kind="error", text=TEXT).status_code == 201
    limited = post(client, entry=entry.code, kind="error", text=TEXT)
    problem(limited, 429)
    assert 0 < int(limited.headers["Retry-After"]) <= 3600


def test_officials_handle_by_api(cast, entry):
    report, _secret = send(entry, contact="someone@example.org")
    client = signed_in(cast.handler)
    assert set(client.get(address(report)).json()["commands"]) == {"accept", "reject", "merge"}
    assert client.get(address(report)).json()["contact"] == "someone@example.org"
    assert signed_in(cast.auditor).get(address(report)).json()["contact"] == ""
    assert problem(post(client, address(report, "reject")), 409)["errors"]["note"]
    assert problem(post(signed_in(cast.officer), address(report, "accept")), 403)["article"] == 30
    assert problem(post(client, address(report, "verify")), 409)["article"] == 30
    for command, data in (
        ("accept", {}),
        ("verify", {}),
        ("propose_outcome", {"outcome": "suspend", "note": ANSWER}),
        ("send_feedback", {}),
    ):
        answer = post(client, address(report, command), **data)
        assert answer.status_code == 200, answer.content
    assert answer.json()["state"] == "feedback_sent"
    assert Entry.objects.get(pk=entry.pk).availability == "suspended"
    problem(post(client, address(report, "destroy")), 404)
    problem(post(client, address(report, "submit")), 404)
    assert problem(post(client, address(report, "propose_outcome"), outcome="delete"), 400)["errors"]["outcome"]


def test_the_list_holds_ones_own_and_ones_offices_reports(client, cast, entry):
    mine = send(entry, Actor.of_user(cast.citizen))[0]
    other = send(entry, kind="objection")[0]

    def receipts(who, **filters):
        return {row["receipt"] for row in who.get(URL, filters).json()["results"]}

    assert receipts(signed_in(cast.citizen)) == {mine.receipt}
    assert receipts(signed_in(cast.handler)) == {mine.receipt, other.receipt}
    assert receipts(signed_in(cast.handler), kind="objection") == {other.receipt}
    assert receipts(signed_in(cast.handler), entry="3065/0002") == set()
    assert receipts(signed_in(cast.stranger)) == receipts(client) == set()


def test_an_api_key_neither_sees_nor_handles_reports_but_may_report(client, cast, entry):
    report = send(entry, Actor.of_user(cast.handler))[0]
    _key, key = make_key(cast.handler, make_grant(cast.handler, entry))
    headers = {"Authorization": f"Bearer {key}"}
    problem(client.get(address(report), headers=headers), 404)
    problem(post(client, address(report, "accept"), headers=headers), 404)
    assert client.get(URL, headers=headers).json()["results"] == []
    assert post(client, headers=headers, entry=entry.code, kind="error", text=TEXT).status_code == 201
    assert Report.objects.filter(reporter=None).count() == 1
    assert Event.objects.filter(action="requests.report.submitted", actor_kind="visitor").count() == 1


def test_a_signed_in_session_needs_its_csrf_token(cast, entry):
    report, _secret = send(entry)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.handler)
    problem(post(strict, address(report, "accept")), 403)
    assert fresh(report).state == "submitted"
