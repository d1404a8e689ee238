"""Each command on an application: who may, in which state, what it leaves behind; and each refusal."""

import pytest

from portal.accounts.access import NotAllowed
from portal.accounts.models import Identity
from portal.audit.models import Event
from portal.law import RULES, RuleBroken
from portal.workflow.models import Clock, OutboxMessage
from requests_app.models import Review
from tests.factories import PASSWORD
from tests.requests_app.application_cases import (
    MORNING,
    STAGES,
    WHY,
    content,
    do,
    draft,
    granted,
    in_review,
    later,
    reconsidered,
    refused,
    register,
    returned,
    signed,
    submitted,
    verify,
)

pytestmark = pytest.mark.django_db

DEFECTS = [{"field": "safeguards", "text": "请写明存储地点"}]

# state, command, who, what is given, state afterwards
ALLOWED = [
    ("draft", "submit", "applicant", {}, "conformity_check"),
    ("draft", "withdraw", "applicant", {}, "withdrawn"),
    ("conformity_check", "accept", "officer", {}, "joint_review"),
    ("conformity_check", "return", "officer", {"defects": DEFECTS}, "returned_for_changes"),
    ("conformity_check", "withdraw", "applicant", {}, "withdrawn"),
    ("returned_for_changes", "resubmit", "applicant", {}, "conformity_check"),
    ("returned_for_changes", "withdraw", "applicant", {}, "withdrawn"),
    ("joint_review", "approve", "application_reviewer", {}, "joint_review"),
    ("joint_review", "approve", "officer", {}, "joint_review"),
    ("joint_review", "refuse", "application_reviewer", WHY, "joint_review"),
    ("joint_review", "refuse", "officer", WHY, "joint_review"),
    ("joint_review", "ask", "application_reviewer", {"note": "用于何处？"}, "returned_for_changes"),
    ("joint_review", "ask", "officer", {"note": "用于何处？"}, "returned_for_changes"),
    ("joint_review", "withdraw", "applicant", {}, "withdrawn"),
    ("coordination", "settle", "officer2", WHY | {"decision": "refuse"}, "refused"),
    ("coordination", "withdraw", "applicant", {}, "withdrawn"),
    ("agreement_signing", "sign", "applicant", {"password": PASSWORD}, "agreement_signing"),
    ("agreement_signing", "withdraw", "applicant", {}, "withdrawn"),
    ("refused", "reconsider", "applicant", {"note": "措施已经加强"}, "reconsideration"),
    ("reconsideration", "uphold", "officer2", {"note": "理由充分"}, "refused"),
    ("reconsideration", "reopen", "officer2", {"note": "应予重审"}, "joint_review"),
    ("reconsideration", "withdraw", "applicant", {}, "withdrawn"),
]


WRONG_PEOPLE = {
    "applicant": ["stranger", "officer", "application_reviewer"],
    "officer": ["other_officer", "application_reviewer", "applicant", "auditor"],
    "officer2": ["other_officer", "application_reviewer", "applicant", "auditor"],
    "application_reviewer": ["other_reviewer", "registrar", "applicant", "stranger"],
}


@pytest.mark.parametrize(("state", "command", "who", "given", "after"), ALLOWED)
def test_command_is_refused_to_others_and_leaves_one_event_of_the_right_one(cast, state, command, who, given, after):
    application = STAGES[state](cast)
    counted = (Event, Clock, OutboxMessage)
    before = [model.objects.count() for model in counted]
    allowed = {name for st, cmd, name, _given, _after in ALLOWED if (st, cmd) == (state, command)}
    for name in WRONG_PEOPLE[who]:
        if name in allowed:
            continue
        with pytest.raises(NotAllowed) as denied:
            do(application, command, getattr(cast, name), **given)
        assert denied.value.article == RULES.command("application", command).article
        assert str(denied.value)
    application.refresh_from_db()
    assert application.state == state
    assert [model.objects.count() for model in counted] == before

    do(application, command, getattr(cast, who), **given)
    assert application.state == after
    assert Event.objects.count() == before[0] + 1
    event = Event.objects.latest("id")
    assert event.action == RULES.command("application", command).event
    assert event.object_id == str(application.pk)
    assert event.data["to"] == after
    step = application.steps.filter(command=command).get()
    assert step.by == getattr(cast, who)


@pytest.mark.parametrize("state", STAGES)
def test_commands_of_another_state_are_refused(cast, state):
    application = STAGES[state](cast)
    events = Event.objects.count()
    people = {command: (who, given) for _state, command, who, given, _after in ALLOWED}
    here = {command for st, command, _who, _given, _after in ALLOWED if st == state} | {"countersign"}
    tried = 0
    for command, (who, given) in people.items():
        if command in here:
            continue
        with pytest.raises(RuleBroken):
            do(application, command, getattr(cast, who), **given)
        tried += 1
    assert tried >= len(people) - len(here)
    assert Event.objects.count() == events


def test_second_approval_by_the_same_side_is_refused(cast):
    application = in_review(cast)
    do(application, "approve", cast.application_reviewer)
    events = Event.objects.count()
    with pytest.raises(RuleBroken) as again:
        do(application, "approve", cast.application_reviewer)
    assert again.value.article == 29
    with pytest.raises(RuleBroken):
        do(application, "refuse", cast.application_reviewer, **WHY)
    assert Review.objects.count() == 1
    assert Event.objects.count() == events
    assert application.state == "joint_review"


@pytest.mark.parametrize("missing", ["note", "reason", "basis"])
def test_refusal_needs_note_reason_and_basis(cast, missing):
    application = in_review(cast)
    with pytest.raises(RuleBroken) as broken:
        do(application, "refuse", cast.officer, **WHY | {missing: "  "})
    assert broken.value.field == missing
    assert broken.value.article == 29
    assert not Review.objects.exists()


def test_refusal_reason_comes_from_the_list(cast):
    application = in_review(cast)
    with pytest.raises(RuleBroken) as broken:
        do(application, "refuse", cast.officer, **WHY | {"reason": "because"})
    assert broken.value.field == "reason"


@pytest.mark.parametrize(
    ("state", "command", "who", "given", "field"),
    [
        ("conformity_check", "return", "officer", {"defects": []}, "defects"),
        ("conformity_check", "return", "officer", {"defects": [{"field": "colour", "text": "x"}]}, "defects"),
        ("conformity_check", "return", "officer", {"defects": [{"field": "purpose", "text": "x" * 1001}]}, "defects"),
        ("joint_review", "ask", "officer", {"note": " "}, "note"),
        ("coordination", "settle", "officer", {"decision": "approve"}, "note"),
        ("coordination", "settle", "officer", {"decision": "perhaps", "note": "x"}, "decision"),
        ("coordination", "settle", "officer", {"decision": "refuse", "note": "x"}, "reason"),
        ("agreement_signing", "sign", "applicant", {"password": "wrong"}, "password"),
        ("refused", "reconsider", "applicant", {"note": ""}, "note"),
        ("reconsideration", "uphold", "officer2", {"note": ""}, "note"),
    ],
)
def test_what_a_command_needs_is_named(cast, state, command, who, given, field):
    application = STAGES[state](cast)
    events = Event.objects.count()
    with pytest.raises(RuleBroken) as broken:
        do(application, command, getattr(cast, who), **given)
    assert broken.value.field == field
    application.refresh_from_db()
    assert application.state == state
    assert Event.objects.count() == events


def test_submitting_needs_a_verified_identity(cast):
    application = draft(cast)
    with pytest.raises(RuleBroken) as broken:
        do(application, "submit", cast.applicant)
    assert broken.value.article == 36
    assert broken.value.field == "identity"
    verify(cast, cast.applicant)
    Identity.objects.update(state="rejected")
    with pytest.raises(RuleBroken):
        do(application, "submit", cast.applicant)


@pytest.mark.parametrize("blank", ["purpose", "safeguards"])
def test_draft_may_be_incomplete_but_not_what_is_submitted(cast, blank):
    application = draft(cast, **{blank: ""})
    verify(cast, cast.applicant)
    with pytest.raises(RuleBroken) as broken:
        do(application, "submit", cast.applicant)
    assert broken.value.field == blank
    assert broken.value.article == 45


def test_submitting_after_the_last_day_of_use_is_refused(cast):
    application = draft(cast)
    verify(cast, cast.applicant)
    with pytest.raises(RuleBroken) as broken:
        do(application, "submit", cast.applicant, now=later(400))
    assert broken.value.field == "ends_on"


def test_submitting_for_an_organisation_needs_it_verified(cast):
    organisation = register(cast.applicant)
    application = draft(cast, organisation=organisation)
    verify(cast, cast.applicant)
    with pytest.raises(RuleBroken) as broken:
        do(application, "submit", cast.applicant)
    assert broken.value.field == "organisation"
    organisation.state = "verified"
    organisation.save()
    assert do(application, "submit", cast.applicant).state == "conformity_check"


def test_only_the_authorised_person_of_today_submits_for_an_organisation(cast):
    organisation = register(cast.applicant)
    application = draft(cast, organisation=organisation)
    verify(cast, cast.applicant)
    organisation.state, organisation.authorised_person = "verified", cast.citizen
    organisation.save()
    with pytest.raises(NotAllowed):
        do(application, "submit", cast.applicant)


def test_nobody_decides_on_their_own_application(cast):
    application = submitted(cast)
    application.applicant = cast.officer
    application.save()
    with pytest.raises(NotAllowed) as denied:
        do(application, "accept", cast.officer)
    assert denied.value.article == 29
    do(application, "accept", cast.officer2)
    with pytest.raises(NotAllowed):
        do(application, "approve", cast.officer)
    assert not Review.objects.exists()


def test_nobody_decides_on_their_organisations_application(cast):
    application = in_review(cast)
    organisation = register(cast.application_reviewer)
    application.organisation = organisation
    application.save()
    with pytest.raises(NotAllowed) as denied:
        do(application, "approve", cast.application_reviewer)
    assert denied.value.article == 29


def test_reconsideration_is_for_an_officer_who_took_no_part(cast):
    application = reconsidered(cast)
    for command in ("uphold", "reopen"):
        with pytest.raises(NotAllowed) as denied:
            do(application, command, cast.officer, note="维持")
        assert denied.value.article == 29
    assert do(application, "uphold", cast.officer2, note="维持").state == "refused"


def test_reconsideration_is_asked_once_and_in_time(cast):
    application = refused(cast)
    window = Clock.objects.of(application).running().get(kind="reconsideration_window")
    with pytest.raises(RuleBroken):
        do(application, "reconsider", cast.applicant, now=later(60), note="太迟了")
    at_the_end = MORNING.replace(month=window.due_on.month, day=window.due_on.day, hour=23)
    do(application, "reconsider", cast.applicant, now=at_the_end, note="最后一天")
    do(application, "uphold", cast.officer2, note="维持")
    with pytest.raises(RuleBroken) as again:
        do(application, "reconsider", cast.applicant, note="再来一次")
    assert "复核一次" in again.value.say("zh")


def test_reopened_application_is_decided_anew(cast):
    application = reconsidered(cast)
    do(application, "reopen", cast.officer2, note="应予重审")
    assert application.round == 2
    assert application.decided_at is None
    assert {line.outcome for line in application.lines.all()} == {"pending"}
    do(application, "approve", cast.application_reviewer)
    do(application, "approve", cast.officer)
    assert application.state == "agreement_signing"
    assert Review.objects.count() == 4


def test_countersigning_needs_the_applicants_signature(cast):
    application = STAGES["agreement_signing"](cast)
    with pytest.raises(RuleBroken) as broken:
        do(application, "countersign", cast.officer)
    assert broken.value.article == 45


def test_countersigning_after_the_term_is_refused(cast):
    application = signed(cast)
    with pytest.raises(RuleBroken):
        do(application, "countersign", cast.officer, now=later(400))


def test_every_return_and_decision_writes_to_the_applicant(cast):
    application = granted(cast)
    letters = OutboxMessage.objects.filter(to=cast.applicant.email)
    told = [letter.subject for letter in letters if application.receipt in letter.subject]
    assert len(told) == 3
    assert all(content()["purpose"] not in letter.body for letter in letters)


def test_returned_application_says_item_by_item_what_to_correct(cast):
    application = returned(cast)
    step = application.steps.get(command="return")
    assert step.data["defects"] == DEFECTS
    letter = OutboxMessage.objects.filter(to=cast.applicant.email).latest("created_at", "id")
    assert DEFECTS[0]["text"] in "".join(OutboxMessage.objects.values_list("body", flat=True)), letter.subject
