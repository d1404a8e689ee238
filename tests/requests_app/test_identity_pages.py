"""Pages of identity checks: the applicant's own, the officer's list and decision; the number stays hidden."""

import pytest
from django.urls import reverse

from portal.accounts.models import Identity, Organisation
from portal.audit.models import Event
from tests.requests_app.application_cases import ask_identity, citizen_number, register, verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def decide_at(applicant, command="verify"):
    kind = "person" if isinstance(applicant, Identity) else "organisation"
    return reverse("requests:identity_decide", args=[kind, applicant.pk, command])


PERSON = {"real_name": "示例用户", "number": citizen_number(), "jurisdiction": "650000"}
ORGANISATION = {
    "name": "示例科技有限公司",
    "uscc": "9135 0100 m000 100y43",
    "kind": "legal_person",
    "authorisation": "授权书 1 号",
    "jurisdiction": "650000",
}


def test_visitors_are_led_to_sign_in(client, cast):
    identity = ask_identity(cast.citizen)
    for name in ("identity", "organisation_new", "identities"):
        assert client.get(reverse(f"requests:{name}")).status_code == 302
    assert client.post(decide_at(identity)).status_code == 302
    assert client.post(reverse("requests:identity_number", args=[identity.pk])).status_code == 302


def test_citizen_asks_and_sees_the_number_masked(as_, cast):
    client = as_(cast.citizen)
    where = reverse("requests:identity")
    assert client.get(where).status_code == 200
    assert client.post(where, PERSON).status_code == 302
    page = client.get(where).content.decode()
    assert citizen_number() not in page
    assert "650*************" in page
    assert '<form method="post" novalidate' not in page
    assert client.post(where, PERSON).status_code == 409


@pytest.mark.parametrize(
    ("field", "value"), [("number", "650102199001010018"), ("real_name", ""), ("jurisdiction", "653200")]
)
def test_bad_facts_come_back_at_their_field(as_, cast, field, value):
    answer = as_(cast.citizen).post(reverse("requests:identity"), PERSON | {field: value})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Identity.objects.exists()


def test_organisation_is_registered_by_form(as_, cast):
    client = as_(cast.applicant)
    where = reverse("requests:organisation_new")
    wrong = client.post(where, ORGANISATION | {"uscc": "91350100M000100Y44"})
    assert wrong.status_code == 422
    assert "uscc" in wrong.context["form"].errors
    assert client.post(where, ORGANISATION).status_code == 302
    assert Organisation.objects.get().uscc == "91350100M000100Y43"
    taken = as_(cast.citizen).post(where, ORGANISATION)
    assert taken.status_code == 409
    assert "uscc" in taken.context["form"].errors


def test_desk_list_is_for_the_officers_of_the_authority(as_, cast):
    identity, organisation = ask_identity(cast.citizen), register(cast.applicant)
    where = reverse("requests:identities")
    page = as_(cast.officer).get(where).content.decode()
    assert decide_at(identity) in page
    assert decide_at(organisation) in page
    assert citizen_number() not in page
    other = as_(cast.other_officer).get(where)
    assert other.status_code == 200
    assert decide_at(identity) not in other.content.decode()
    for name in ("citizen", "application_reviewer", "auditor"):
        assert as_(getattr(cast, name)).get(where).status_code == 403
    verify(cast, cast.stranger, serial=7)
    assert "示例用户 stranger" in as_(cast.officer).get(where, {"show": "decided"}).content.decode()


@pytest.mark.parametrize("who", ["other_officer", "application_reviewer", "auditor", "citizen", "stranger"])
def test_only_its_officers_open_a_check(as_, cast, who):
    identity = ask_identity(cast.citizen)
    client = as_(getattr(cast, who))
    assert client.get(decide_at(identity)).status_code == 404
    assert client.post(decide_at(identity), {"note": ""}).status_code == 404
    assert client.post(reverse("requests:identity_number", args=[identity.pk])).status_code == 404
    identity.refresh_from_db()
    assert identity.state == "pending"


def test_officer_sees_what_is_to_be_checked_and_decides(as_, cast):
    identity, organisation = ask_identity(cast.applicant), register(cast.applicant)
    client = as_(cast.officer)
    assert identity.real_name in client.get(decide_at(identity)).content.decode()
    assert organisation.authorisation in client.get(decide_at(organisation)).content.decode()
    assert client.post(decide_at(organisation), {"note": ""}).status_code == 409
    assert client.post(decide_at(identity), {"note": ""}).status_code == 302
    assert client.post(decide_at(organisation), {"note": ""}).status_code == 302
    assert {Identity.objects.get().state, Organisation.objects.get().state} == {"verified"}


def test_rejection_needs_its_reason_and_the_applicant_reads_it(as_, cast):
    identity = ask_identity(cast.citizen)
    client = as_(cast.officer)
    assert client.post(decide_at(identity, "reject"), {"note": ""}).status_code == 422
    assert client.post(decide_at(identity, "reject"), {"note": "姓名与证件不一致"}).status_code == 302
    page = as_(cast.citizen).get(reverse("requests:identity")).content.decode()
    assert "姓名与证件不一致" in page
    assert '<form method="post" novalidate' in page


def test_officers_own_identity_is_another_officers_to_check(as_, cast):
    identity = ask_identity(cast.officer)
    page = as_(cast.officer).get(decide_at(identity))
    assert page.status_code == 200
    assert page.context["denied"].article == 36
    assert as_(cast.officer).post(decide_at(identity), {"note": ""}).status_code == 403
    assert as_(cast.officer2).post(decide_at(identity), {"note": ""}).status_code == 302


def test_number_is_shown_on_request_once_and_recorded(as_, cast):
    identity = ask_identity(cast.citizen)
    client = as_(cast.officer)
    assert citizen_number() not in client.get(decide_at(identity)).content.decode()
    where = reverse("requests:identity_number", args=[identity.pk])
    assert client.get(where).status_code == 405
    shown = client.post(where)
    assert citizen_number() in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert Event.objects.filter(action="accounts.identity.number_shown", actor_id=str(cast.officer.pk)).count() == 1


def test_unknown_kinds_and_commands_are_not_found(as_, cast):
    identity = ask_identity(cast.citizen)
    client = as_(cast.officer)
    assert client.get(decide_at(identity, "request")).status_code == 404
    assert client.get(reverse("requests:identity_decide", args=["robot", identity.pk, "verify"])).status_code == 404
