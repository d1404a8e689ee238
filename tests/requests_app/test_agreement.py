"""The agreement: its text, its hash, its two signatures in order, and the grants that follow."""

import pytest

from opendata.models import Grant
from portal.accounts.access import NotAllowed
from portal.audit.models import Event
from portal.law import RuleBroken
from requests_app.models import Agreement
from requests_app.services.agreements import is_untouched, text_hash
from tests.factories import PASSWORD
from tests.requests_app.application_cases import (
    MORNING,
    approved,
    citizen_number,
    conditional,
    content,
    do,
    granted,
    in_review,
    register,
    signed,
)

pytestmark = pytest.mark.django_db


def test_text_states_parties_data_purpose_term_and_duties(cast):
    application = approved(cast)
    agreement = application.agreement
    fields = content()
    for part in (
        agreement.number,
        application.receipt,
        cast.authority.name,
        cast.authority.uscc,
        cast.department.name,
        "示例用户",
        "3065/0001",
        "空气质量监测数据",
        fields["purpose"],
        fields["safeguards"],
        "2026-03-02 至 2027-03-01",
        "科学研究",
        "不得转让",
        "注明数据来源和获取日期",
        "撤销授权",
        "销毁",
        "第四十五条",
    ):
        assert part in agreement.text
    assert citizen_number() not in agreement.text
    assert agreement.sha256 == text_hash(agreement.text)
    assert agreement.number.startswith("XY-")


def test_text_does_not_change_when_entry_or_department_do(cast):
    application = approved(cast)
    text = application.agreement.text
    cast.department.name = "改名后的部门"
    cast.department.save()
    do(application, "sign", cast.applicant, password=PASSWORD)
    assert Agreement.objects.get().text == text


def test_signatures_come_in_order_with_who_when_and_hash(cast):
    application = granted(cast)
    agreement = Agreement.objects.get()
    assert (agreement.applicant_signed_by, agreement.applicant_signed_at) == (cast.applicant, MORNING)
    assert (agreement.authority_signed_by, agreement.authority_signed_at) == (cast.officer, MORNING)
    events = Event.objects.filter(action__in=["requests.application.signed", "requests.application.countersigned"])
    assert [event.data["sha256"] for event in events] == [agreement.sha256] * 2
    assert application.state == "granted"


def test_a_second_signature_is_refused(cast):
    application = signed(cast)
    with pytest.raises(RuleBroken):
        do(application, "sign", cast.applicant, password=PASSWORD)
    assert Event.objects.filter(action="requests.application.signed").count() == 1


@pytest.mark.parametrize("command", ["sign", "countersign"])
def test_changed_text_is_signed_by_nobody(cast, command):
    application = approved(cast) if command == "sign" else signed(cast)
    Agreement.objects.update(text="另一份文本")
    application.refresh_from_db()
    who = cast.applicant if command == "sign" else cast.officer
    with pytest.raises(RuleBroken) as broken:
        do(application, command, who, password=PASSWORD)
    assert broken.value.article == 38
    assert not is_untouched(Agreement.objects.get())
    assert not Grant.objects.exists()


def test_only_the_authorised_person_of_today_signs_for_an_organisation(cast):
    organisation = register(cast.applicant)
    application = approved(cast)
    organisation.authorised_person = cast.citizen
    organisation.save()
    application.organisation = organisation
    application.save()
    with pytest.raises(NotAllowed) as denied:
        do(application, "sign", cast.applicant, password=PASSWORD)
    assert denied.value.article == 45


def test_grant_of_an_organisation_reaches_its_group(cast):
    organisation = register(cast.applicant)
    organisation.state = "verified"
    organisation.save()
    application = in_review(cast, conditional(cast), organisation=organisation)
    do(application, "approve", cast.application_reviewer)
    do(application, "approve", cast.officer)
    do(application, "sign", cast.applicant, password=PASSWORD)
    do(application, "countersign", cast.officer)
    assert organisation.name in application.agreement.text
    assert organisation.uscc in application.agreement.text
    grant = Grant.objects.get()
    assert (grant.organisation, grant.group) == (organisation, organisation.group)
    assert grant.state == "active"
