"""Pages of deciding and signing: each button asks for what its command needs; refusals come back with the reason."""

import re

import pytest
from django.urls import reverse

from opendata.models import Grant
from requests_app.models import Review
from tests.factories import PASSWORD
from tests.requests_app.application_cases import (
    WHY,
    approved,
    conditional,
    disputed,
    do,
    draft,
    in_review,
    line_of,
    submitted,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def address(application, name="application", *extra):
    return reverse(f"requests:{name}", args=[application.receipt, *extra])


# --- Commands ---------------------------------------------------------------------------------------------------


def test_buttons_lead_to_pages_that_ask_and_do(as_, cast):
    application = submitted(cast)
    client = as_(cast.officer)
    where = address(application, "application_command", "accept")
    assert where in client.get(address(application)).content.decode()
    assert client.get(where).status_code == 200
    assert client.post(where, {"note": ""}).status_code == 302
    application.refresh_from_db()
    assert application.state == "joint_review"


def test_wrong_person_reads_why_with_the_article(as_, cast):
    application = submitted(cast)
    answer = as_(cast.application_reviewer).post(address(application, "application_command", "accept"), {"note": ""})
    assert answer.status_code == 403
    assert "/law/#art-29" in answer.content.decode()


def test_stranger_finds_nothing_to_command(as_, cast):
    application = submitted(cast)
    assert as_(cast.stranger).post(address(application, "application_command", "accept")).status_code == 404


def test_unknown_and_system_commands_have_no_page(as_, cast):
    application = submitted(cast)
    for name in ("destroy", "lapse", "agree", "disagree"):
        assert as_(cast.officer).get(address(application, "application_command", name)).status_code == 404


def test_return_takes_its_defects_field_by_field(as_, cast):
    application = submitted(cast)
    client = as_(cast.officer)
    where = address(application, "application_command", "return")
    empty = client.post(where, {})
    assert empty.status_code == 409
    assert client.post(where, {"defect_purpose": "请具体说明", "defect_term": ""}).status_code == 302
    assert application.steps.get(command="return").data["defects"] == [{"field": "purpose", "text": "请具体说明"}]


def test_refusal_form_demands_reason_basis_and_explanation(as_, cast):
    application = in_review(cast)
    line = application.lines.get()
    client = as_(cast.officer)
    where = address(application, "application_command", "refuse")
    bare = client.post(where, {"line": str(line.pk)})
    assert bare.status_code == 422
    assert set(bare.context["form"].errors) == {"reason", "basis", "note"}
    assert client.post(where, {"line": str(line.pk), **WHY}).status_code == 302
    assert Review.objects.get().basis == WHY["basis"]


def test_second_approval_comes_back_with_the_reason(as_, cast):
    application = in_review(cast)
    line = application.lines.get()
    client = as_(cast.officer)
    where = address(application, "application_command", "approve")
    assert client.post(where, {"line": str(line.pk), "note": ""}).status_code == 302
    again = client.post(where, {"line": str(line.pk), "note": ""})
    assert again.status_code == 409
    assert "/law/#art-29" in again.content.decode()
    assert Review.objects.count() == 1


def test_line_is_chosen_by_the_button_pressed(as_, cast):
    entries = [conditional(cast), conditional(cast, "3065/0002")]
    application = in_review(cast, *entries)
    second = line_of(application, "3065/0002")
    client = as_(cast.officer)
    page = client.get(address(application, "application_command", "approve"), {"line": str(second.pk)})
    assert re.search(rf'<option value="{second.pk}" selected', page.content.decode())
    foreign = draft(cast, conditional(cast, "3065/0003")).lines.get()
    answer = client.post(address(application, "application_command", "approve"), {"line": str(foreign.pk), "note": ""})
    assert answer.status_code == 422


def test_settlement_page_decides_and_records(as_, cast):
    application = disputed(cast)
    where = address(application, "application_command", "settle")
    client = as_(cast.officer)
    line = str(application.lines.get().pk)
    assert client.post(where, {"line": line, "decision": "refuse", "note": "x"}).status_code == 409
    assert client.post(where, {"line": line, "decision": "approve", "note": "协商一致"}).status_code == 302
    application.refresh_from_db()
    assert application.state == "agreement_signing"


# --- Signing ----------------------------------------------------------------------------------------------------


def test_agreement_is_signed_with_the_password_and_then_countersigned(as_, cast):
    application = approved(cast)
    client = as_(cast.applicant)
    page = client.get(address(application, "agreement")).content.decode()
    assert application.agreement.sha256 in page
    assert 'type="password"' in page
    sign = address(application, "application_command", "sign")
    wrong = client.post(sign, {"read": "on", "password": "wrong"})
    assert wrong.status_code == 409
    assert "password" in wrong.context["sign"].errors
    assert client.post(sign, {"password": PASSWORD}).status_code == 422
    assert client.post(sign, {"read": "on", "password": PASSWORD}).status_code == 302
    assert 'type="password"' not in client.get(address(application, "agreement")).content.decode()
    countersign = address(application, "application_command", "countersign")
    assert as_(cast.application_reviewer).post(countersign, {"note": ""}).status_code == 403
    assert countersign in as_(cast.officer).get(address(application, "agreement")).content.decode()
    assert as_(cast.officer).post(countersign, {"note": ""}).status_code == 302
    assert Grant.objects.get().user == cast.applicant


def test_changed_text_is_shown_as_changed(as_, cast):
    application = approved(cast)
    application.agreement.text += "补充条款"
    application.agreement.save()
    page = as_(cast.applicant).get(address(application, "agreement"))
    assert page.context["untouched"] is False


def test_hostile_text_is_shown_as_text(as_, cast):
    payload = "<script>alert('x')</script>"
    application = in_review(cast, purpose=payload, safeguards=payload)
    do(application, "approve", cast.officer, note=payload)
    do(application, "approve", cast.application_reviewer)
    for user in (cast.applicant, cast.officer):
        for name in ("application", "agreement"):
            assert payload not in as_(user).get(address(application, name)).content.decode()
