"""`/api/v1/applications/` and the identity API: the same services, problem documents with the article, no keys."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from portal.accounts.models import Identity, Organisation
from portal.audit.models import Event
from requests_app.models import Agreement, Application, Review
from tests.factories import PASSWORD, make_entry, make_grant, make_key
from tests.requests_app.application_cases import (
    WHY,
    approved,
    ask_identity,
    citizen_number,
    conditional,
    disputed,
    draft,
    in_review,
    reconsidered,
    register,
    returned,
    signed,
    submitted,
    verify,
)

pytestmark = pytest.mark.django_db

ROOT = "/api/v1/applications/"


def as_(user=None):
    client = APIClient()
    if user is not None:
        client.force_login(user)
    return client


def at(application, *parts):
    return ROOT + "/".join([application.receipt, *parts]) + "/"


def body(*codes, **changes):
    today = timezone.localdate()
    return {
        "entries": list(codes),
        "scenario": "research",
        "purpose": "研究城市空气质量变化",
        "starts_on": today.isoformat(),
        "ends_on": (today + dt.timedelta(days=100)).isoformat(),
        "safeguards": "专人专机",
        **changes,
    }


def is_problem(answer, status, article=None):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert answer.json().get("article") == article
    return answer.json()


def test_applying_makes_a_draft_and_submitting_sends_it(cast):
    entry = conditional(cast)
    verify(cast, cast.applicant)
    client = as_(cast.applicant)
    made = client.post(ROOT, body(entry.code))
    assert made.status_code == 201
    told = made.json()
    assert (told["state"], told["entries"], told["commands"]) == ("draft", [entry.code], ["submit", "withdraw"])
    assert made["Location"].endswith(f"{ROOT}{told['receipt']}/")
    sent = client.post(f"{ROOT}{told['receipt']}/submit/")
    assert sent.json()["state"] == "conformity_check"
    clock = sent.json()["clocks"][0]
    assert (clock["kind"], clock["state"], clock["statutory"]) == ("conformity_check", "running", False)


def test_visitors_and_keys_apply_for_nothing_and_see_nothing(cast):
    entry = conditional(cast)
    application = submitted(cast, entry)
    _key, secret = make_key(cast.applicant, make_grant(cast.applicant, entry))
    by_key = APIClient(headers={"authorization": f"Bearer {secret}"})
    for client in (as_(), by_key):
        assert client.get(ROOT).json()["results"] == []
        is_problem(client.get(at(application)), 404)
        is_problem(client.post(ROOT, body(entry.code)), 403, 29)
    is_problem(by_key.post(at(application, "sign"), {"password": PASSWORD}), 403, 45)
    assert Application.objects.count() == 1


def test_list_holds_ones_own_and_the_offices(cast):
    application = submitted(cast)
    for name in ("applicant", "officer", "application_reviewer", "auditor"):
        rows = as_(getattr(cast, name)).get(ROOT).json()["results"]
        assert [row["receipt"] for row in rows] == [application.receipt], name
    for name in ("stranger", "registrar", "other_officer"):
        assert as_(getattr(cast, name)).get(ROOT).json()["results"] == []
        is_problem(as_(getattr(cast, name)).get(at(application)), 404)
    assert as_(cast.officer).get(ROOT, {"state": "granted"}).json()["results"] == []
    assert len(as_(cast.officer).get(ROOT, {"entry": "3065/0001"}).json()["results"]) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scenario": "espionage"}, "scenario"),
        ({"starts_on": "soon"}, "starts_on"),
        ({"ends_on": "2020-01-01"}, "ends_on"),
        ({"entries": []}, "entries"),
        ({"entries": ["9999/0001"]}, "entries"),
        ({"entries": "all"}, "entries"),
        ({"purpose": "x\x00y"}, "purpose"),
        ({"organisation": "me"}, "organisation"),
    ],
)
def test_malformed_applications_name_the_field(cast, changes, field):
    entry = conditional(cast)
    told = is_problem(as_(cast.applicant).post(ROOT, body(entry.code, **changes)), 400)
    assert field in told["errors"]
    assert not Application.objects.exists()


def test_unconditional_entry_is_refused_with_article_29(cast):
    entry = make_entry(cast)
    told = is_problem(as_(cast.applicant).post(ROOT, body(entry.code)), 409, 29)
    assert "entries" in told["errors"]


def test_strangers_organisation_is_not_found(cast):
    entry = conditional(cast)
    organisation = register(cast.citizen)
    is_problem(as_(cast.applicant).post(ROOT, body(entry.code, organisation=str(organisation.pk))), 404)


def test_draft_is_changed_in_part_by_its_applicant(cast):
    application = draft(cast)
    told = as_(cast.applicant).patch(at(application), {"purpose": "研究噪声"}).json()
    assert (told["purpose"], told["safeguards"]) == ("研究噪声", application.safeguards)
    is_problem(as_(cast.stranger).patch(at(application), {"purpose": "x"}), 404)
    sent = submitted(cast, conditional(cast, "3065/0002"))
    is_problem(as_(cast.applicant).patch(at(sent), {"purpose": "x"}), 409, 29)
    is_problem(as_(cast.officer).patch(at(sent), {"purpose": "x"}), 403, 29)


def test_file_is_attached_by_multipart(cast):
    application = draft(cast)
    client = as_(cast.applicant)
    sent = client.post(at(application, "files"), {"file": SimpleUploadedFile("a.txt", b"one")}, format="multipart")
    assert sent.status_code == 201
    assert client.get(at(application)).json()["attachments"][0]["sha256"] == sent.json()["sha256"]
    is_problem(client.post(at(application, "files"), {}, format="multipart"), 400)
    empty = SimpleUploadedFile("b.txt", b"")
    is_problem(client.post(at(application, "files"), {"file": empty}, format="multipart"), 409, 29)
    is_problem(as_(cast.stranger).post(at(application, "files"), {}, format="multipart"), 404)


COMMANDS = [
    (submitted, "accept", "officer", {}, "joint_review"),
    (submitted, "return", "officer", {"defects": [{"field": "purpose", "text": "请说明"}]}, "returned_for_changes"),
    (returned, "resubmit", "applicant", {}, "conformity_check"),
    (in_review, "approve", "application_reviewer", {"entry": "3065/0001"}, "joint_review"),
    (in_review, "refuse", "officer", WHY, "joint_review"),
    (in_review, "ask", "officer", {"note": "用于何处？"}, "returned_for_changes"),
    (disputed, "settle", "officer", {"decision": "approve", "note": "协商一致"}, "agreement_signing"),
    (approved, "sign", "applicant", {"password": PASSWORD}, "agreement_signing"),
    (signed, "countersign", "officer", {}, "granted"),
    (submitted, "withdraw", "applicant", {}, "withdrawn"),
    (reconsidered, "uphold", "officer2", {"note": "理由充分"}, "refused"),
    (reconsidered, "reopen", "officer2", {"note": "应予重审"}, "joint_review"),
]


@pytest.mark.parametrize(("make", "command", "who", "given", "after"), COMMANDS)
def test_each_command_by_the_right_person_and_by_others(cast, make, command, who, given, after):
    application = make(cast)
    events = Event.objects.count()
    is_problem(as_().post(at(application, command), given), 404)
    is_problem(as_(cast.stranger).post(at(application, command), given), 404)
    is_problem(as_(cast.auditor).post(at(application, command), given), 403, 45 if "sign" in command else 29)
    assert Event.objects.count() == events
    answer = as_(getattr(cast, who)).post(at(application, command), given)
    assert answer.status_code == 200, answer.content
    assert answer.json()["state"] == after
    assert Event.objects.count() > events


@pytest.mark.parametrize(
    ("make", "command", "who", "given", "status"),
    [
        (submitted, "return", "officer", {}, 409),
        (submitted, "return", "officer", {"defects": [{"field": "colour", "text": "x"}]}, 400),
        (submitted, "approve", "officer", {}, 409),
        (in_review, "refuse", "officer", {"note": "不行"}, 409),
        (in_review, "refuse", "officer", WHY | {"reason": "because"}, 400),
        (in_review, "approve", "officer", {"entry": "9999/0001"}, 409),
        (approved, "sign", "applicant", {"password": "wrong"}, 409),
        (approved, "countersign", "officer", {}, 409),
    ],
)
def test_what_is_missing_or_too_early_is_a_problem_document(cast, make, command, who, given, status):
    application = make(cast)
    events = Event.objects.count()
    answer = as_(getattr(cast, who)).post(at(application, command), given)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert Event.objects.count() == events


def test_second_approval_is_409_with_article_29(cast):
    application = in_review(cast)
    client = as_(cast.officer)
    assert client.post(at(application, "approve")).status_code == 200
    is_problem(client.post(at(application, "approve")), 409, 29)
    assert Review.objects.count() == 1


def test_unknown_and_system_commands_are_not_found(cast):
    application = submitted(cast)
    for name in ("lapse", "agree", "destroy"):
        is_problem(as_(cast.officer).post(at(application, name)), 404)


def test_case_tells_lines_reviews_and_agreement(cast):
    application = approved(cast)
    told = as_(cast.applicant).get(at(application)).json()
    assert [line["outcome"] for line in told["lines"]] == ["approved"]
    assert {review["side"] for review in told["lines"][0]["reviews"]} == {"provider", "authority"}
    assert told["agreement"]["sha256"] == Agreement.objects.get().sha256
    assert cast.officer.name not in str(told)


# --- Identity ---------------------------------------------------------------------------------------------------


def test_identity_is_asked_for_and_never_tells_the_number(cast):
    client = as_(cast.citizen)
    is_problem(client.get("/api/v1/identity/"), 404)
    given = {"real_name": "示例用户", "number": citizen_number(), "jurisdiction": "650000"}
    made = client.post("/api/v1/identity/", given)
    assert made.status_code == 201
    assert made.json()["state"] == "pending"
    assert citizen_number() not in made.content.decode() + client.get("/api/v1/identity/").content.decode()
    is_problem(client.post("/api/v1/identity/", given), 409, 36)
    is_problem(as_(cast.stranger).post("/api/v1/identity/", given), 409, 13)
    is_problem(as_().post("/api/v1/identity/", given), 403, 36)
    wrong = is_problem(as_(cast.stranger).post("/api/v1/identity/", given | {"number": "123"}), 400)
    assert "number" in wrong["errors"]
    assert Identity.objects.count() == 1


def test_organisation_is_registered_and_listed(cast):
    client = as_(cast.applicant)
    given = {
        "name": "示例科技有限公司",
        "uscc": "91350100M000100Y43",
        "kind": "legal_person",
        "authorisation": "授权书 1 号",
        "jurisdiction": "650000",
    }
    wrong = is_problem(client.post("/api/v1/organisations/", given | {"uscc": "91350100M000100Y44"}), 400)
    assert "uscc" in wrong["errors"]
    assert client.post("/api/v1/organisations/", given).status_code == 201
    assert [row["uscc"] for row in client.get("/api/v1/organisations/").json()] == ["91350100M000100Y43"]
    assert as_(cast.stranger).get("/api/v1/organisations/").json() == []
    is_problem(as_().get("/api/v1/organisations/"), 403, 36)
    is_problem(as_(cast.stranger).post("/api/v1/organisations/", given), 409, 13)


def test_officer_decides_by_the_api_and_others_do_not(cast):
    identity = ask_identity(cast.applicant)
    organisation = register(cast.applicant)
    person_at = f"/api/v1/identities/person/{identity.pk}"
    organisation_at = f"/api/v1/identities/organisation/{organisation.pk}"
    for user in (None, cast.stranger, cast.other_officer, cast.auditor):
        is_problem(as_(user).post(f"{person_at}/verify/"), 404)
    is_problem(as_(cast.applicant).post(f"{person_at}/verify/"), 403, 36)
    client = as_(cast.officer)
    is_problem(client.post(f"{organisation_at}/verify/"), 409, 36)
    is_problem(client.post(f"{person_at}/reject/"), 409, 36)
    is_problem(client.post(f"{person_at}/request/"), 404)
    assert client.post(f"{person_at}/verify/").json()["state"] == "verified"
    assert client.post(f"{organisation_at}/reject/", {"note": "授权书过期"}).json()["state"] == "rejected"
    assert Organisation.objects.get().note == "授权书过期"
