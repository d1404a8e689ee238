"""Lines: each entry is decided on its own, by its own provider and the authority; the header follows."""

import pytest

from catalogue.models import EntryVersion
from opendata.models import Grant
from portal.accounts.access import NotAllowed
from portal.accounts.actors import Actor
from portal.audit.models import Event
from portal.law import Role, RuleBroken
from portal.workflow.models import Clock
from requests_app.models import Application, ApplicationLine, Review
from requests_app.services.applications import application_create, application_update
from requests_app.services.reviews import line_review
from tests.factories import PASSWORD, appoint, make_entry, make_user
from tests.requests_app.application_cases import (
    MORNING,
    WHY,
    conditional,
    content,
    disputed,
    do,
    draft,
    in_review,
    line_of,
    submitted,
    verify,
)

pytestmark = pytest.mark.django_db

A, B = "3065/0001", "3065/0002"


def two(cast):
    return [conditional(cast, A), conditional(cast, B, title="噪声监测数据")]


def test_unconditional_entry_needs_no_application(cast):
    with pytest.raises(RuleBroken) as broken:
        draft(cast, make_entry(cast))
    assert broken.value.article == 29
    assert broken.value.field == "entries"
    assert not Application.objects.exists()
    assert not Event.objects.filter(action__startswith="requests.").exists()


def test_non_open_entry_can_be_applied_for(cast):
    entry = make_entry(cast, open_class="non_open", legal_basis="《个人信息保护法》第十三条")
    assert draft(cast, entry).lines.get().entry == entry


@pytest.mark.parametrize(("availability", "article"), [("suspended", 30), ("withdrawn", 27)])
def test_entry_that_is_not_given_out_cannot_be_applied_for(cast, availability, article):
    entry = conditional(cast)
    entry.availability = availability
    entry.save()
    with pytest.raises(RuleBroken) as broken:
        draft(cast, entry)
    assert broken.value.article == article


def test_entry_that_became_unconditional_meanwhile_cannot_be_submitted(cast):
    entry = conditional(cast)
    application = draft(cast, entry)
    EntryVersion.objects.filter(pk=entry.published_id).update(open_class="unconditional")
    verify(cast, cast.applicant)
    with pytest.raises(RuleBroken) as broken:
        do(application, "submit", cast.applicant)
    assert broken.value.article == 29


def test_entries_of_two_authorities_are_two_applications(cast):
    first, second = two(cast)
    second.provider = cast.other_authority
    second.save()
    with pytest.raises(RuleBroken) as broken:
        draft(cast, first, second)
    assert broken.value.article == 6


def test_application_without_or_with_too_many_entries_is_refused(cast):
    actor = Actor.of_user(cast.applicant)
    with pytest.raises(RuleBroken):
        application_create(actor=actor, entries=[], fields=content(), now=MORNING)
    entry = conditional(cast)
    same = application_create(actor=actor, entries=[entry, entry], fields=content(), now=MORNING)
    assert same.lines.count() == 1


def test_partial_grant_opens_only_what_was_approved(cast):
    application = in_review(cast, *two(cast))
    do(application, "approve", cast.application_reviewer, line=A)
    do(application, "approve", cast.officer, line=A)
    assert application.state == "joint_review"
    do(application, "refuse", cast.application_reviewer, line=B, **WHY)
    do(application, "refuse", cast.officer, line=B, **WHY)
    assert application.state == "agreement_signing"
    assert {line.entry.code: line.outcome for line in application.lines.all()} == {A: "approved", B: "refused"}
    assert A in application.agreement.text
    assert B not in application.agreement.text
    do(application, "sign", cast.applicant, password=PASSWORD)
    do(application, "countersign", cast.officer)
    assert application.state == "granted"
    grant = Grant.objects.get()
    assert (grant.entry.code, grant.user, grant.agreement) == (A, cast.applicant, application.agreement.number)
    assert (grant.starts_on, grant.ends_on) == (application.starts_on, application.ends_on)


def test_one_approval_alone_grants_nothing(cast):
    application = in_review(cast)
    do(application, "approve", cast.officer)
    assert application.state == "joint_review"
    assert line_of(application, A).outcome == "pending"
    assert not Grant.objects.exists()


def test_all_lines_refused_refuses_the_application(cast):
    application = in_review(cast, *two(cast))
    for code in (A, B):
        do(application, "refuse", cast.application_reviewer, line=code, **WHY)
        do(application, "refuse", cast.officer, line=code, **WHY)
    assert application.state == "refused"
    assert application.decided_at == MORNING
    assert {clock.kind for clock in Clock.objects.of(application).running()} == {"reconsideration_window"}
    last = Event.objects.filter(action="requests.application.refused").latest("id")
    assert (last.data["from"], last.data["to"]) == ("joint_review", "refused")


def test_line_must_be_named_where_there_are_several(cast):
    application = in_review(cast, *two(cast))
    with pytest.raises(RuleBroken) as broken:
        do(application, "approve", cast.officer)
    assert broken.value.field == "entry"


def test_line_of_another_application_is_refused(cast):
    application = in_review(cast)
    other = draft(cast, conditional(cast, B))
    with pytest.raises(RuleBroken):
        do(application, "ask", cast.officer, line=other.lines.get(), note="用于何处？")
    assert other.lines.get().outcome == "pending"


def test_disagreement_waits_for_all_lines_then_goes_to_coordination(cast):
    application = in_review(cast, *two(cast))
    do(application, "approve", cast.application_reviewer, line=A)
    do(application, "refuse", cast.officer, line=A, **WHY)
    assert application.state == "joint_review"
    do(application, "approve", cast.application_reviewer, line=B)
    do(application, "approve", cast.officer, line=B)
    assert application.state == "coordination"
    assert line_of(application, B).outcome == "approved"
    with pytest.raises(RuleBroken):
        do(application, "settle", cast.officer, line=B, decision="refuse", **WHY)
    do(application, "settle", cast.officer, line=A, decision="refuse", **WHY)
    assert application.state == "agreement_signing"
    assert line_of(application, A).outcome == "refused"


def test_settlement_is_on_record_with_its_reason(cast):
    application = disputed(cast)
    assert application.state == "coordination"
    with pytest.raises(NotAllowed):
        do(application, "settle", cast.application_reviewer, decision="approve", note="我方同意")
    do(application, "settle", cast.officer2, decision="approve", note="双方协商一致")
    assert application.state == "agreement_signing"
    kept = Review.objects.get(side="coordination")
    assert (kept.decision, kept.note, kept.by) == ("approve", "双方协商一致", cast.officer2)
    assert list(application.steps.values_list("command", flat=True).order_by("at")).count("settle") == 1


def test_settlement_may_refuse_the_whole(cast):
    application = disputed(cast)
    do(application, "settle", cast.officer, decision="refuse", **WHY)
    assert application.state == "refused"
    assert Clock.objects.of(application).running().get().kind == "reconsideration_window"


def test_each_provider_decides_its_own_lines(cast):
    first, second = two(cast)
    second.provider = cast.other_department
    second.save()
    other = appoint(make_user("other-app"), Role.APPLICATION_REVIEWER, cast.other_department)
    application = in_review(cast, first, second)
    with pytest.raises(NotAllowed):
        do(application, "approve", cast.application_reviewer, line=B)
    do(application, "approve", cast.application_reviewer, line=A)
    event = Event.objects.latest("id")
    assert event.department_id == cast.department.pk
    do(application, "ask", other, note="用于何处？")
    assert Event.objects.latest("id").department_id == cast.other_department.pk
    assert application.state == "returned_for_changes"


def test_answer_opens_a_new_round_and_the_former_reviews_are_void(cast):
    application = in_review(cast)
    do(application, "approve", cast.application_reviewer)
    do(application, "ask", cast.officer, note="存储在何处？")
    assert application.returned_from == "joint_review"
    application_update(
        application, actor=Actor.of_user(cast.applicant), fields={"safeguards": "存储于本单位机房"}, now=MORNING
    )
    do(application, "resubmit", cast.applicant)
    assert (application.state, application.round, application.returned_from) == ("joint_review", 2, "")
    do(application, "approve", cast.officer)
    assert application.state == "joint_review"
    do(application, "approve", cast.application_reviewer)
    assert application.state == "agreement_signing"


def test_answer_to_a_return_goes_back_to_the_conformity_check(cast):
    application = submitted(cast)
    do(application, "return", cast.officer, defects=[{"field": "purpose", "text": "请具体说明"}])
    do(application, "resubmit", cast.applicant)
    assert (application.state, application.round) == ("conformity_check", 1)


def test_one_person_with_both_roles_decides_for_one_side_only(cast):
    appoint(cast.officer, Role.APPLICATION_REVIEWER, cast.department)
    application = in_review(cast)
    do(application, "approve", cast.officer)
    with pytest.raises(RuleBroken):
        do(application, "approve", cast.officer)
    assert Review.objects.get().side == "provider"


def test_database_itself_refuses_a_second_review(cast):
    application = in_review(cast)
    line = application.lines.get()
    line.application = application
    line_review(line, "approve", actor=Actor.of_user(cast.officer), now=MORNING)
    review = Review.objects.get()
    assert ApplicationLine.objects.get().reviews.count() == 1
    with pytest.raises(Exception, match="one_review_per_side_and_round"):
        Review.objects.create(line=line, side=review.side, round=1, decision="approve", by=cast.officer2, at=MORNING)
