"""Each command on a report, each refusal, and what the outcomes do to the data."""

import datetime as dt

import pytest
from django.utils import timezone

from catalogue.models import Entry, Suspension
from catalogue.services import version_open, version_update
from opendata.permits import permit_for
from portal.accounts.access import Denied, NotAllowed
from portal.accounts.actors import SYSTEM, Actor
from portal.audit.models import Event
from portal.law import RULES, RuleBroken
from portal.workflow.models import Clock, OutboxMessage
from requests_app.models import Report
from requests_app.services.reports import (
    COMMANDS,
    hindrance,
    last_day_to_object,
    report_close,
    report_commands,
    report_hold,
    report_say_not_solved,
    reports_close_due,
)
from requests_app.tasks import reports_close
from tests.factories import AIR, make_entry, make_grant, make_resource, now, publish, read_upload
from tests.requests_app.report_cases import (
    ANSWER,
    VISITOR,
    act,
    actions,
    bring_to,
    days_on,
    fresh,
    fresh_resource,
    last_event,
    send,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(cast):
    return make_entry(cast)


@pytest.fixture
def report(entry):
    return send(entry)[0]


def today() -> dt.date:
    return timezone.localdate()


# --- The way ---------------------------------------------------------------------------------------------------------


def test_the_whole_way_leaves_one_event_each_and_closes_after_14_days(cast, entry):
    start = last_event()
    report, _secret = send(entry)
    bring_to(report, "feedback_sent", cast)
    report_close(report, actor=SYSTEM, now=days_on(now(), 15))
    assert actions(start) == [
        "requests.report.submitted",
        "requests.report.accepted",
        "requests.report.verification_started",
        "requests.report.outcome_proposed",
        "requests.report.feedback_sent",
        "requests.report.closed",
    ]
    assert [step.command for step in report.steps.order_by("at")] == [
        "submit",
        "accept",
        "verify",
        "propose_outcome",
        "send_feedback",
        "close",
    ]
    assert (report.state, report.outcome, report.answer) == ("closed", "keep_open", ANSWER)
    assert report.closed_at is not None
    assert not Clock.objects.of(report).running().exists()
    assert Entry.objects.get(pk=entry.pk).availability == "live"


def test_every_command_of_the_table_that_a_person_gives_has_its_service():
    table = {row.name for row in RULES.machine("report").commands if not row.begins}
    assert set(COMMANDS) == table


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "say_not_solved"])
def test_wrong_people_change_nothing(cast, entry, command):
    report, _secret = send(entry, kind="leak")
    source = min(RULES.command("report", command).sources)
    Report.objects.filter(pk=report.pk).update(state=source)
    start = last_event()
    given = {"note": "理由", "outcome": "withdraw", "into": report.receipt}
    for who in ("citizen", "registrar", "reviewer", "other_reviewer", "other_officer", "auditor"):
        with pytest.raises(NotAllowed) as refused:
            act(fresh(report), command, getattr(cast, who), **given)
        assert refused.value.article == 30
    assert actions(start) == []
    assert fresh(report).state == source
    assert Entry.objects.get(pk=entry.pk).availability == "live"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_in_a_wrong_state_is_refused_with_the_state(cast, entry, command):
    report, _secret = send(entry, Actor.of_user(cast.citizen), kind="leak")
    who = cast.citizen if command == "say_not_solved" else cast.handler
    start = last_event()
    for state in {row.name for row in RULES.machine("report").states} - RULES.command("report", command).sources:
        Report.objects.filter(pk=report.pk).update(state=state)
        with pytest.raises(RuleBroken) as refused:
            act(fresh(report), command, who, note="理由", outcome="keep_open", into=report.receipt)
        assert refused.value.article == 30
        assert fresh(report).state == state
    assert actions(start) == []


def test_reject_needs_a_reason_and_tells_the_reporter(cast, entry):
    report, _secret = send(entry, contact="reporter@example.org")
    with pytest.raises(RuleBroken) as refused:
        act(report, "reject", cast.handler, note="  ")
    assert refused.value.field == "note"
    act(fresh(report), "reject", cast.handler, note="这是对办事窗口的意见，请拨打 12345。")
    assert fresh(report).state == "not_a_report"
    mail = OutboxMessage.objects.get()
    assert mail.to == "reporter@example.org"
    assert "12345" in mail.body
    assert not Clock.objects.of(report).running().exists()


# --- Merging ---------------------------------------------------------------------------------------------------------


def test_merged_reports_follow_the_leading_one(cast, entry):
    leader, _one = send(entry)
    second, _two = send(entry, contact="second@example.org")
    third, _three = send(entry, Actor.of_user(cast.citizen))
    act(third, "merge", cast.handler, into=second.receipt)
    act(second, "merge", cast.handler, into=f" {leader.receipt.lower()} ")
    assert fresh(second).merged_into == leader
    assert Event.objects.get(action="requests.report.merged", object_id=str(second.pk)).data["into"] == leader.receipt
    bring_to(leader, "feedback_sent", cast)
    told = {mail.to: mail.body for mail in OutboxMessage.objects.all()}
    assert set(told) == {"second@example.org", cast.citizen.email}
    assert all(ANSWER in body for body in told.values())
    assert leader.receipt not in told["second@example.org"]


@pytest.mark.parametrize("into", ["", "FK-20260101-AAAAAA", "itself", "elsewhere", "put_aside"])
def test_merging_into_what_does_not_lead_is_refused(cast, entry, report, into):
    other = send(make_entry(cast, "3065/0002"))[0]
    aside = send(entry)[0]
    act(aside, "reject", cast.handler, note="与公共数据无关")
    named = {"itself": report.receipt, "elsewhere": other.receipt, "put_aside": aside.receipt}.get(into, into)
    with pytest.raises(RuleBroken) as refused:
        act(report, "merge", cast.handler, into=named)
    assert refused.value.field == "into"
    assert (fresh(report).state, fresh(report).merged_into) == ("submitted", None)


# --- Outcomes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["suspend", "process_then_open"])
def test_suspension_stops_the_data_at_the_next_request_for_grantees_too(cast, outcome):
    entry = make_entry(cast)
    resource = make_resource(cast, entry)
    make_grant(cast.applicant, entry)
    assert permit_for(VISITOR, fresh_resource(resource), today=today())
    report = bring_to(send(entry, resource=resource)[0], "verifying", cast)
    start = last_event()
    act(report, "propose_outcome", cast.handler, outcome=outcome, note=ANSWER)
    assert actions(start) == ["requests.report.outcome_proposed", "catalogue.entry.suspended"]
    for actor in (VISITOR, Actor.of_user(cast.applicant), Actor.of_user(cast.stranger)):
        denied = permit_for(actor, fresh_resource(resource), today=today())
        assert isinstance(denied, Denied)
        assert denied.article == 30
    hold = Suspension.objects.get()
    assert hold.cause == report.receipt
    assert ANSWER not in hold.reason


def test_a_second_report_makes_no_second_hold(cast, entry):
    first, second = send(entry)[0], send(entry)[0]
    bring_to(first, "outcome_proposed", cast, outcome="suspend")
    start = last_event()
    bring_to(second, "outcome_proposed", cast, outcome="process_then_open")
    assert "catalogue.entry.suspended" not in actions(start)
    assert Suspension.objects.count() == 1


def test_withdraw_takes_the_entry_away_and_nothing_but_withdraw_follows(cast, entry):
    other = bring_to(send(entry)[0], "verifying", cast)
    bring_to(send(entry)[0], "outcome_proposed", cast, outcome="withdraw")
    assert Entry.objects.get(pk=entry.pk).availability == "withdrawn"
    for outcome in ("keep_open", "suspend", "process_then_open"):
        with pytest.raises(RuleBroken) as refused:
            act(fresh(other), "propose_outcome", cast.handler, outcome=outcome, note=ANSWER)
        assert refused.value.field == "outcome"
    start = last_event()
    act(fresh(other), "propose_outcome", cast.handler, outcome="withdraw", note=ANSWER)
    assert actions(start) == ["requests.report.outcome_proposed"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"outcome": "", "note": ANSWER}, "outcome"),
        ({"outcome": "delete", "note": ANSWER}, "outcome"),
        ({"outcome": "suspend", "note": ""}, "note"),
    ],
)
def test_an_outcome_needs_its_kind_and_its_answer(cast, entry, report, given, field):
    bring_to(report, "verifying", cast)
    with pytest.raises(RuleBroken) as refused:
        act(report, "propose_outcome", cast.handler, **given)
    assert refused.value.field == field
    assert fresh(report).state == "verifying"
    assert Entry.objects.get(pk=entry.pk).availability == "live"


# --- Feedback, objection, closing ------------------------------------------------------------------------------------


def test_feedback_goes_to_the_contact_or_the_account_and_never_holds_secrets(cast, entry):
    anonymous, secret = send(entry, contact="someone@example.org")
    signed_in, _secret = send(entry, Actor.of_user(cast.citizen), contact="0991-1234567")
    unreachable, _secret = send(entry)
    for report in (anonymous, signed_in, unreachable):
        bring_to(report, "feedback_sent", cast)
    assert {mail.to for mail in OutboxMessage.objects.all()} == {"someone@example.org", cast.citizen.email}
    assert not OutboxMessage.objects.filter(body__contains=secret).exists()
    assert not Clock.objects.of(anonymous).running().filter(kind="report_outcome").exists()


def test_reporter_says_not_solved_and_another_handler_must_decide(cast, entry, report):
    bring_to(report, "feedback_sent", cast)
    reporter = Actor.reporter(report.pk)
    report_say_not_solved(report, actor=reporter, now=now(), note="仍然有误")
    assert (report.state, report.reopened) == ("verifying", 1)
    assert Clock.objects.of(report).running().filter(kind="report_outcome").exists()
    assert not Clock.objects.of(report).running().filter(kind="report_not_solved").exists()
    assert {mail.to for mail in OutboxMessage.objects.all()} == {cast.handler.email, cast.handler2.email}
    with pytest.raises(NotAllowed):
        act(report, "propose_outcome", cast.handler, outcome="keep_open", note=ANSWER)
    act(fresh(report), "propose_outcome", cast.handler2, outcome="suspend", note="确有错误，先行中止。")
    assert fresh(report).answer == "确有错误，先行中止。"


@pytest.mark.parametrize(("days", "open_still"), [(0, True), (14, True), (15, False)])
def test_the_window_to_object_is_14_days_and_the_14th_counts(cast, entry, report, days, open_still):
    noon = timezone.make_aware(dt.datetime(2026, 3, 2, 12))
    report.submitted_at = noon
    bring_to(report, "feedback_sent", cast, now=noon)
    assert last_day_to_object(report) == dt.date(2026, 3, 16)
    assert Clock.objects.of(report).get(kind="report_not_solved").due_on == dt.date(2026, 3, 16)
    moment = days_on(noon, days)
    assert (hindrance(report, "say_not_solved", today=timezone.localdate(moment)) is None) is open_still
    if open_still:
        with pytest.raises(RuleBroken):
            act(fresh(report), "close", cast.handler, now=moment)
        report_say_not_solved(fresh(report), actor=Actor.reporter(report.pk), now=moment)
    else:
        with pytest.raises(RuleBroken):
            report_say_not_solved(fresh(report), actor=Actor.reporter(report.pk), now=moment)
        act(fresh(report), "close", cast.handler, now=moment)


def test_only_the_reporter_says_not_solved(cast, entry):
    report = bring_to(send(entry, Actor.of_user(cast.citizen))[0], "feedback_sent", cast)
    other, _secret = send(entry)
    for actor in (
        Actor.of_user(cast.stranger),
        Actor.of_user(cast.handler),
        Actor.reporter(other.pk),
        Actor.visitor(),
        SYSTEM,
    ):
        with pytest.raises(NotAllowed):
            report_say_not_solved(fresh(report), actor=actor, now=now())
    act(fresh(report), "say_not_solved", cast.citizen)
    assert fresh(report).state == "verifying"


def test_the_task_closes_what_is_over_and_waits_for_the_rest(cast, entry):
    over = bring_to(send(entry)[0], "feedback_sent", cast, now=days_on(now(), -15))
    fresh_answer = bring_to(send(entry)[0], "feedback_sent", cast)
    assert reports_close() == 1
    assert (fresh(over).state, fresh(fresh_answer).state) == ("closed", "feedback_sent")
    assert Event.objects.get(action="requests.report.closed").actor_kind == "system"
    assert reports_close_due(now=now()) == 0


def test_process_then_open_closes_only_with_a_corrected_version_of_the_data(cast):
    entry = make_entry(cast)
    resource, other = make_resource(cast, entry), make_resource(cast, entry)
    report = bring_to(send(entry, resource=resource)[0], "feedback_sent", cast, outcome="process_then_open")
    later = days_on(now(), 15)
    assert reports_close_due(now=later) == 0
    with pytest.raises(RuleBroken) as refused:
        act(fresh(report), "close", cast.handler, now=later)
    assert refused.value.article == 30
    corrected = AIR.replace("35.5", "36.5")
    read_upload(cast, other, corrected)
    assert reports_close_due(now=later) == 0
    read_upload(cast, resource, corrected.replace("pm25", "pm2_5"))
    assert reports_close_due(now=later) == 0, "a version that waits for a decision corrects nothing yet"
    read_upload(cast, resource, corrected)
    assert reports_close_due(now=later) == 1
    assert fresh(report).state == "closed"


def test_process_then_open_closes_with_a_corrected_version_of_the_entry(cast, entry, report):
    bring_to(report, "feedback_sent", cast, outcome="process_then_open")
    later = days_on(now(), 15)
    draft = version_open(entry, actor=Actor.of_user(cast.registrar), now=now())
    version_update(draft, actor=Actor.of_user(cast.registrar), fields={"abstract": "已更正的说明。"}, now=now())
    assert reports_close_due(now=later) == 0
    publish(cast, draft)
    assert reports_close_due(now=later) == 1


# --- Leaks and holding -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["handler", "officer"])
def test_handler_and_officer_hold_an_anonymous_leak_in_one_step(cast, entry, who):
    report, _secret = send(entry, kind="leak")
    assert Entry.objects.get(pk=entry.pk).availability == "live"
    start = last_event()
    act(report, "hold", getattr(cast, who))
    assert actions(start) == ["requests.report.held", "catalogue.entry.suspended"]
    assert Entry.objects.get(pk=entry.pk).availability == "suspended"
    assert fresh(report).state == "submitted"
    with pytest.raises(RuleBroken):
        act(fresh(report), "hold", getattr(cast, who))


@pytest.mark.parametrize("kind", ["error", "objection", "infringement"])
def test_hold_is_for_leaks_only(cast, entry, kind):
    report, _secret = send(entry, kind=kind)
    with pytest.raises(RuleBroken) as refused:
        report_hold(report, actor=Actor.of_user(cast.handler), now=now())
    assert refused.value.article == 30
    assert Entry.objects.get(pk=entry.pk).availability == "live"


def test_the_desk_offers_what_may_be_done_and_says_why_not_the_rest(cast, entry):
    report, _secret = send(entry, kind="leak")

    def names(user):
        offered, refused = report_commands(Actor.of_user(user), fresh(report), today=today())
        return {row.name for row in offered}, {row.name: why.reason for row, why in refused}

    assert names(cast.handler) == ({"accept", "reject", "merge", "hold"}, {})
    offered, refused = names(cast.officer)
    assert offered == {"hold"}
    assert set(refused) == {"accept", "reject", "merge"}
    assert all(refused.values())
    assert names(cast.auditor)[0] == set()
    bring_to(report, "feedback_sent", cast)
    offered, refused = names(cast.handler)
    assert (offered, set(refused)) == (set(), {"close"})


# --- Time ------------------------------------------------------------------------------------------------------------


def test_late_verification_is_overdue_and_the_reporters_time_to_object_never_is(cast, entry):
    late, _secret = send(entry, kind="leak", now=days_on(now(), -30))
    answered = bring_to(send(entry)[0], "feedback_sent", cast, now=days_on(now(), -30))
    overdue = Clock.objects.overdue(now(), today())
    assert {(clock.object_label, clock.kind) for clock in overdue} == {
        (late.receipt, "report_verify"),
        (late.receipt, "leak_verify"),
        (late.receipt, "report_outcome"),
    }
    assert fresh(late).state == "submitted"
    assert Clock.objects.of(answered).running().get().kind == "report_not_solved"
