"""The pages and the API of personal data: who sees them, what they show, and that they lead to the services."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from opendata.models import Deidentification
from opendata.privacy import making
from portal.accounts.actors import Actor
from tests.factories import make_entry, now
from tests.opendata.privacy.hits import attached, found, stored
from tests.opendata.privacy.test_deidentify import DEEDS, NON_OPEN, begin

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _measured_once(settings, tmp_path):
    settings.ANONYMITY_PACKAGES = tmp_path / "none"


@pytest.fixture
def waiting(cast):
    return stored(cast, attached(cast, make_entry(cast)), state="awaiting", 手机=[found()])


@pytest.fixture
def measured(cast):
    source = stored(cast, attached(cast, make_entry(cast, **NON_OPEN)), 手机=[found()])
    claimed = making.deidentification_claim(str(begin(cast, source).pk), now=now())
    return making.deidentification_run(claimed, now=now())


def address(name, version):
    return reverse(f"opendata:{name}", args=[version.resource_id, version.number])


def as_(client, user):
    client.force_login(user)
    return client


def test_the_reviewer_sees_what_was_found_masked_and_decides(cast, client, waiting):
    page = as_(client, cast.secrecy).get(address("personal", waiting))
    text = page.content.decode()
    assert page.status_code == 200
    assert "139****5678" in text
    assert "手机号码" in text
    assert "100.00 %" in text
    assert not any(f"1391234{n:04d}" in text for n in range(60))
    sent = {"decision": "lawfully_public", "reason": "依法公示", "basis": "某条例第六条"}
    assert client.post(address("personal", waiting), sent | {"basis": ""}).status_code == 422
    answer = client.post(address("personal", waiting), sent)
    assert answer.status_code == 302
    waiting.refresh_from_db()
    assert waiting.state == "published"
    assert "某条例第六条" in client.get(answer["Location"]).content.decode()


def test_not_to_open_leads_on_to_de_identification(cast, client, waiting):
    as_(client, cast.secrecy).post(address("personal", waiting), {"decision": "not_to_open", "reason": "含手机号"})
    text = as_(client, cast.registrar).get(address("personal", waiting)).content.decode()
    assert address("deidentify_new", waiting) in text
    assert 'name="decision"' not in text


def test_others_of_the_department_see_and_do_not_decide(cast, client, waiting):
    page = as_(client, cast.registrar).get(address("personal", waiting))
    assert page.status_code == 200
    assert 'name="decision"' not in page.content.decode()
    answer = client.post(address("personal", waiting), {"decision": "no_personal_data", "reason": "x"})
    assert answer.status_code == 403
    for stranger in (cast.citizen, cast.other_registrar, cast.other_officer):
        assert as_(client, stranger).get(address("personal", waiting)).status_code == 404


def test_the_plan_is_filled_in_and_begun(cast, client, waiting):
    page = as_(client, cast.registrar).get(address("deidentify_new", waiting))
    assert page.status_code == 200
    form = page.context["form"]
    keep = {row.column["name"]: "keep" in dict(row.fields["do"].choices) for row in form.columns}
    assert keep["病"] is True
    assert keep["手机"] is False
    sent = {"k": "5", "l": "2", "title": "去标识化名册", "suppress": "on"}
    for place, (deed, n, role) in enumerate(
        [
            ("drop", "", ""),
            ("mask", "3", ""),
            ("range", "20", "quasi"),
            ("prefecture", "", "quasi"),
            ("keep", "", "sensitive"),
        ]
    ):
        sent |= {f"c{place}-do": deed, f"c{place}-n": n, f"c{place}-role": role}
    answer = client.post(address("deidentify_new", waiting), sent)
    made = Deidentification.objects.get()
    assert answer["Location"] == reverse("opendata:deidentification", args=[made.pk])
    assert made.plan["columns"]["年龄"] == {"do": "range", "width": 20}
    assert made.plan["columns"]["手机"] == {"do": "mask", "first": 3}
    assert (made.quasi_identifiers, made.sensitive, made.plan["suppress"]) == (["年龄", "村码"], ["病"], True)
    refused = client.post(
        address("deidentify_new", waiting), {name: "" if "role" in name else v for name, v in sent.items()}
    )
    assert refused.status_code == 422
    assert "准标识符" in refused.content.decode()


def test_a_record_shows_before_and_after_and_is_approved_by_another(cast, client, measured):
    page = reverse("opendata:deidentification", args=[measured.pk])
    text = as_(client, cast.registrar).get(page).content.decode()
    assert reverse("opendata:deidentification_command", args=[measured.pk, "approve"]) not in text
    shown = as_(client, cast.secrecy).get(page)
    assert shown.context["bands"] == [["1", 20, 0], ["2–4", 40, 0], ["5–9", 0, 0], ["10 及以上", 0, 60]]
    assert "张" not in shown.content.decode().replace("张表", "").replace("一张", "").replace("主张", "")
    approve = reverse("opendata:deidentification_command", args=[measured.pk, "approve"])
    assert client.get(approve).status_code == 200
    assert client.post(approve, {"note": ""}).status_code == 302
    measured.refresh_from_db()
    assert (measured.state, measured.target.title) == ("approved", "去标识化名册")
    assert client.post(approve, {"note": ""}).status_code == 409
    assert str(measured.pk) in client.get(page).content.decode()


def test_a_return_needs_its_reason(cast, client, measured):
    back = reverse("opendata:deidentification_command", args=[measured.pk, "return"])
    assert as_(client, cast.secrecy).post(back, {"note": " "}).status_code == 409
    assert client.post(back, {"note": "应当删除病名"}).status_code == 302
    page = reverse("opendata:deidentification", args=[measured.pk])
    assert "应当删除病名" in client.get(page).content.decode()
    assert client.get(reverse("opendata:deidentification_command", args=[measured.pk, "delete"])).status_code == 404


def test_the_measurements_are_downloaded_without_any_of_the_data(cast, client, measured):
    answer = as_(client, cast.auditor).get(reverse("opendata:deidentification_measurements", args=[measured.pk]))
    told = json.loads(answer.content)
    assert answer["Content-Disposition"].startswith("attachment")
    assert (told["before"]["k"], told["after"]["k"], told["reaches_thresholds"]) == (1, 20, True)
    assert "张" not in answer.content.decode()
    assert "653101" not in answer.content.decode()


def test_the_api_does_the_same(cast, client, waiting):
    path = reverse("api_version_personal", args=[waiting.resource_id, waiting.number])
    assert client.get(path).status_code == 404
    told = as_(client, cast.secrecy).get(path).json()
    assert (told["undecided"], told["found"][0]["column"], told["decisions"]) == (True, "手机", [])
    sent = {"decision": "not_to_open", "reason": "含手机号"}
    told = client.post(path, sent, content_type="application/json").json()
    assert (told["state"], told["decisions"][0]["decision"]) == ("discarded", "not_to_open")
    assert client.post(path, sent, content_type="application/json").status_code == 409
    begin_at = reverse("api_version_deidentify", args=[waiting.resource_id, waiting.number])
    plan = {"plan": {"columns": DEEDS}, "quasi": ["年龄", "村码"], "sensitive": ["病"], "title": "去标识化名册"}
    assert client.post(begin_at, plan, content_type="application/json").status_code == 403
    answer = as_(client, cast.registrar).post(begin_at, plan, content_type="application/json")
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    making.deidentification_run(making.deidentification_claim(answer.json()["id"], now=now()), now=now())
    record = reverse("api_deidentification", args=[answer.json()["id"]])
    assert client.get(record).json()["after"]["k"] == 20
    approve = reverse("api_deidentification_command", args=[answer.json()["id"], "approve"])
    assert client.post(approve, {}, content_type="application/json").status_code == 403
    approved = as_(client, cast.secrecy).post(approve, {}, content_type="application/json").json()
    assert approved["state"] == "approved"
    assert Actor.of_user(cast.secrecy).user == Deidentification.objects.get().decided_by
