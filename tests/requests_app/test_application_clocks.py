"""Clocks of applications: due days by the real calendar, pauses, each side's own, the warning and the lapse."""

import datetime as dt

import pytest

from portal.audit.models import Event
from portal.law import RuleBroken
from portal.workflow.calendar import current_calendar
from portal.workflow.clocks import counted
from portal.workflow.models import Clock, OutboxMessage
from requests_app.services.lapsing import application_lapse, applications_turn
from tests.requests_app.application_cases import (
    MORNING,
    WHY,
    conditional,
    do,
    draft,
    in_review,
    later,
    submitted,
    verify,
)

pytestmark = pytest.mark.django_db


def at(month: int, day: int, hour: int = 10) -> dt.datetime:
    return MORNING.replace(month=month, day=day, hour=hour)


def clock(application, kind):
    return Clock.objects.of(application).filter(kind=kind).latest("started_at")


@pytest.mark.parametrize(
    ("received", "due"),
    [((2, 13), (2, 25)), ((5, 26), (6, 3)), ((3, 19), (3, 25))],
)
def test_conformity_check_is_due_by_the_regional_calendar(cast, received, due):
    application = draft(cast)
    verify(cast, cast.applicant)
    do(application, "submit", cast.applicant, now=at(*received))
    assert clock(application, "conformity_check").due_on == dt.date(2026, *due)


def test_both_sides_have_five_working_days_from_acceptance(cast):
    application = submitted(cast, now=at(9, 28), ends_on=dt.date(2028, 1, 1))
    do(application, "accept", cast.officer, now=at(9, 30))
    for kind in ("provider_review", "authority_review"):
        assert clock(application, kind).due_on == dt.date(2026, 10, 13)
        assert not clock(application, kind).statutory
    assert clock(application, "conformity_check").stopped_at == at(9, 30)
    assert clock(application, "provider_review").department == cast.department
    assert clock(application, "authority_review").department == cast.authority


def test_each_sides_clock_stops_when_it_has_decided_all_lines(cast):
    entries = [conditional(cast), conditional(cast, "3065/0002")]
    application = in_review(cast, *entries)
    do(application, "approve", cast.officer, line="3065/0001")
    assert clock(application, "authority_review").stopped_at is None
    do(application, "approve", cast.officer, line="3065/0002")
    assert clock(application, "authority_review").stopped_at == MORNING
    assert clock(application, "provider_review").stopped_at is None


def test_return_pauses_the_office_and_runs_the_applicants_ten_days(cast):
    application = submitted(cast)
    do(application, "return", cast.officer, now=at(3, 3), defects=[{"field": "purpose", "text": "请具体说明"}])
    assert clock(application, "conformity_check").is_paused
    assert clock(application, "conformity_check").due_on is None
    assert clock(application, "applicant_correction").due_on == dt.date(2026, 3, 17)
    do(application, "resubmit", cast.applicant, now=at(3, 9))
    running = clock(application, "conformity_check")
    assert not running.is_paused
    assert running.due_on == dt.date(2026, 3, 11)
    assert clock(application, "applicant_correction").stopped_at == at(3, 9)
    numbers = [day.number for day in counted(running, current_calendar()).days if day.number]
    assert numbers == [1, 2, 3]


def test_question_pauses_both_sides_and_a_finished_side_starts_again_with_the_new_round(cast):
    application = in_review(cast)
    do(application, "approve", cast.officer, now=at(3, 3))
    do(application, "ask", cast.application_reviewer, now=at(3, 4), note="存储在何处？")
    assert clock(application, "provider_review").is_paused
    do(application, "resubmit", cast.applicant, now=at(3, 6))
    assert not clock(application, "provider_review").is_paused
    authority = clock(application, "authority_review")
    assert (authority.received_on, authority.stopped_at) == (dt.date(2026, 3, 6), None)


def test_signing_and_reconsideration_run_ten_working_days(cast):
    application = in_review(cast)
    do(application, "refuse", cast.officer, now=at(3, 3), **WHY)
    do(application, "refuse", cast.application_reviewer, now=at(3, 3), **WHY)
    assert clock(application, "reconsideration_window").due_on == dt.date(2026, 3, 17)
    do(application, "reconsider", cast.applicant, now=at(3, 17, 23), note="请复核")
    assert clock(application, "reconsideration").due_on == dt.date(2026, 4, 1)
    assert {row.kind for row in Clock.objects.of(application).running()} == {"reconsideration"}


def test_withdrawing_stops_every_clock(cast):
    application = in_review(cast)
    do(application, "withdraw", cast.applicant)
    assert not Clock.objects.of(application).running().exists()


# --- Warning and lapse: returned on Tuesday 3 March, due on Tuesday 17 March ----------------------------------------


def given_back(cast):
    application = submitted(cast)
    return do(application, "return", cast.officer, now=at(3, 3), defects=[{"field": "purpose", "text": "请具体说明"}])


def test_warning_goes_out_a_working_day_before_and_once(cast):
    application = given_back(cast)
    assert applications_turn(now=at(3, 13)) == {"warned": 0, "lapsed": 0}
    letters = OutboxMessage.objects.count()
    assert applications_turn(now=at(3, 16)) == {"warned": 1, "lapsed": 0}
    assert applications_turn(now=at(3, 16, 11)) == {"warned": 0, "lapsed": 0}
    assert OutboxMessage.objects.count() == letters + 1
    assert Event.objects.filter(action="requests.application.warned").count() == 1
    application.refresh_from_db()
    assert application.state == "returned_for_changes"


def test_lapse_comes_after_the_last_day_and_the_warning(cast):
    application = given_back(cast)
    applications_turn(now=at(3, 16))
    assert applications_turn(now=at(3, 17)) == {"warned": 0, "lapsed": 0}
    assert applications_turn(now=at(3, 18)) == {"warned": 0, "lapsed": 1}
    application.refresh_from_db()
    assert application.state == "lapsed"
    assert not Clock.objects.of(application).running().exists()
    assert applications_turn(now=at(3, 19)) == {"warned": 0, "lapsed": 0}


def test_nobody_loses_an_application_without_a_warning_on_an_earlier_day(cast):
    application = given_back(cast)
    with pytest.raises(RuleBroken) as broken:
        application_lapse(application, now=at(3, 25))
    assert broken.value.article == 29
    assert applications_turn(now=at(3, 25)) == {"warned": 1, "lapsed": 0}
    assert applications_turn(now=at(3, 25, 20)) == {"warned": 0, "lapsed": 0}
    assert applications_turn(now=at(3, 26)) == {"warned": 0, "lapsed": 1}


def test_a_corrected_application_is_neither_warned_nor_ended(cast):
    application = given_back(cast)
    do(application, "resubmit", cast.applicant, now=at(3, 10))
    assert applications_turn(now=later(60)) == {"warned": 0, "lapsed": 0}
    assert application.state == "conformity_check"
