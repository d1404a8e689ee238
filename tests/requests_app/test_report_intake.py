"""A report's way in: what is kept, what is refused, and how one comes back by the secret."""

import datetime as dt
import logging
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from catalogue.availability import entry_withdraw
from catalogue.models import Entry
from portal.accounts.actors import Actor
from portal.audit.models import Event
from portal.law import RuleBroken
from portal.workflow.models import Clock, OutboxMessage
from requests_app.models import Report
from requests_app.receipts import receipt_looks_right, secret_digest
from requests_app.services import report_intake
from requests_app.services.report_intake import TooMany, network_of, report_by_secret
from tests.cast import make_cast
from tests.factories import make_draft, make_entry, make_resource, now
from tests.requests_app.application_cases import verify
from tests.requests_app.report_cases import TEXT, VISITOR, actions, days_on, fresh, last_event, send

pytestmark = pytest.mark.django_db
MONDAY = dt.datetime(2026, 3, 2, 9, 30, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def entry(cast):
    return make_entry(cast)


def test_anyone_reports_and_clocks_start(entry):
    report, secret = send(entry, now=MONDAY)
    assert report.receipt.startswith("FK-20260302-")
    assert receipt_looks_right(report.receipt)
    assert len(secret.replace("-", "")) == 20
    assert (report.state, report.reporter, report.text) == ("submitted", None, TEXT)
    clocks = {clock.kind: clock.due_on for clock in Clock.objects.of(report)}
    assert clocks == {"report_verify": dt.date(2026, 3, 3), "report_outcome": dt.date(2026, 3, 9)}
    event = Event.objects.get(action="requests.report.submitted")
    assert (event.actor_kind, event.address, event.article) == ("visitor", "203.0.113.7", 30)


def test_signed_in_reporter_owns_the_report(cast, entry):
    report, _secret = send(entry, Actor.of_user(cast.citizen))
    assert list(Report.objects.all().of_reporter(Actor.of_user(cast.citizen))) == [report]
    assert not Report.objects.all().visible_to(Actor.of_user(cast.stranger)).exists()
    assert not Report.objects.all().on_desk_of(Actor.of_user(cast.citizen)).exists()


def test_who_sees_a_report(cast, entry):
    send(entry)
    seeing = {
        name
        for name in vars(cast)
        if hasattr(getattr(cast, name), "email") and hasattr(getattr(cast, name), "is_active")
        if Report.objects.all().visible_to(Actor.of_user(getattr(cast, name))).exists()
    }
    assert seeing == {"handler", "handler2", "officer", "officer2", "auditor"}
    assert not Report.objects.all().visible_to(VISITOR).exists()


def test_an_api_key_reports_as_a_visitor(cast, entry):
    report, _secret = send(entry, Actor("api_key", "k", "示例程序", cast.citizen, "203.0.113.9"))
    assert report.reporter is None
    assert Event.objects.get(action="requests.report.submitted").actor_kind == "visitor"


def test_the_secret_is_stored_nowhere_and_logged_nowhere(entry, caplog):
    with caplog.at_level(logging.DEBUG):
        report, secret = send(entry, contact="someone@example.org", kind="leak")
        assert report_by_secret(report.receipt, secret, now=now()) == report
        assert report_by_secret(report.receipt, "WRONG-WRONG", now=now()) is None
    letters = secret.replace("-", "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s OR t::text LIKE %s',
                [
                    f"%{letters}%",
                    f"%{secret}%",
                ],
            )
            assert cursor.fetchone() == (0,), table
    assert report.secret_digest == secret_digest(letters.lower())
    logged = [record.getMessage() for record in caplog.records if record.name != "django.db.backends"]
    assert not any(letters in line or secret in line for line in logged)


# --- Refusals --------------------------------------------------------------------------------------------------------


def test_an_invisible_entry_cannot_be_reported(cast):
    draft = make_draft(cast, "3065/0009")
    with pytest.raises(Entry.DoesNotExist):
        send(draft.entry)
    with pytest.raises(RuleBroken):
        send(draft.entry, Actor.of_user(cast.registrar))
    entry = make_entry(cast, "3065/0010")
    entry_withdraw(entry, actor=Actor.of_user(cast.reviewer), now=now(), note="不再提供")
    with pytest.raises(Entry.DoesNotExist):
        send(entry)


def test_place_must_be_in_the_entry(cast, entry):
    resource = make_resource(cast, entry)
    foreign = make_resource(cast, make_entry(cast, "3065/0002"))
    assert resource.current is not None
    column = resource.current.columns[0]["name"]
    report, _secret = send(entry, resource=resource, column=f" {column} ", row="2")
    assert (report.version, report.column, report.row) == (resource.current, column, "2")
    start = last_event()
    for given, field in (
        ({"resource": foreign}, "resource"),
        ({"column": column}, "resource"),
        ({"row": "2"}, "resource"),
        ({"resource": resource, "column": "no such"}, "column"),
        ({"resource": resource, "version": foreign.current}, "version"),
    ):
        with pytest.raises(RuleBroken) as refused:
            send(entry, **given)
        assert (refused.value.field, refused.value.article) == (field, 30)
    assert Report.objects.count() == 1
    assert actions(start) == []


@pytest.mark.parametrize(("given", "error"), [({"text": "太短"}, RuleBroken), ({"kind": "praise"}, ValidationError)])
def test_malformed_reports_are_refused(entry, given, error):
    with pytest.raises(error):
        send(entry, **given)
    assert not Report.objects.exists()


def test_the_same_form_twice_makes_one_report(entry):
    token = uuid.uuid4()
    report, _secret = send(entry, report_id=token)
    with pytest.raises(RuleBroken) as refused:
        send(entry, report_id=token)
    assert report.receipt in str(refused.value)
    assert Report.objects.count() == 1


# --- Limits ----------------------------------------------------------------------------------------------------------


def test_ten_reports_an_hour_from_one_address(entry):
    for _number in range(10):
        send(entry, now=MONDAY)
    with pytest.raises(TooMany) as refused:
        send(entry, now=MONDAY + dt.timedelta(minutes=20))
    assert refused.value.wait == 40 * 60
    assert "40" in str(refused.value)
    send(entry, Actor.visitor("203.0.113.8"), now=MONDAY)
    send(entry, now=MONDAY + dt.timedelta(minutes=61))
    assert Report.objects.count() == 12


def test_fifty_reports_a_day_from_one_address(entry, monkeypatch):
    monkeypatch.setattr(report_intake, "MOST_REPORTS", report_intake.MOST_REPORTS[1:])
    for number in range(50):
        send(entry, now=MONDAY + dt.timedelta(minutes=number))
    with pytest.raises(TooMany) as refused:
        send(entry, now=MONDAY + dt.timedelta(hours=23))
    assert refused.value.wait == 3600


def test_signed_in_people_behind_one_address_are_counted_apart(cast, entry):
    for _number in range(10):
        send(entry, Actor.of_user(cast.citizen, "203.0.113.7"))
    with pytest.raises(TooMany):
        send(entry, Actor.of_user(cast.citizen, "203.0.113.99"))
    send(entry, Actor.of_user(cast.stranger, "203.0.113.7"))
    send(entry, VISITOR)
    assert Report.objects.count() == 12


def test_one_sender_is_an_address_or_an_ipv6_network():
    assert network_of("203.0.113.7") == network_of("::ffff:203.0.113.7") == "203.0.113.7"
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("") == ""


# --- The secret ------------------------------------------------------------------------------------------------------


def test_the_secret_opens_its_own_report_only(entry):
    one, secret = send(entry)
    two, _secret = send(entry)
    assert report_by_secret(one.receipt.lower(), secret.lower().replace("-", " "), now=now()) == one
    assert report_by_secret(two.receipt, secret, now=now()) is None
    assert report_by_secret("FK-20260101-AAAAAA", secret, now=now()) is None
    assert report_by_secret(one.receipt, "", now=now()) is None
    assert report_by_secret(one.receipt, one.secret_digest, now=now()) is None


def test_after_ten_wrong_secrets_the_right_one_waits_too(entry):
    report, secret = send(entry)
    moment = now()
    for _number in range(10):
        assert report_by_secret(report.receipt, "A" * 20, now=moment) is None
    for tried in (secret, "B" * 20):
        with pytest.raises(TooMany):
            report_by_secret(report.receipt, tried, now=moment + dt.timedelta(minutes=14))
    assert report_by_secret(report.receipt, secret, now=moment + dt.timedelta(minutes=15)) == report
    assert fresh(report).secret_misses == 0


def test_misses_long_ago_do_not_count(entry):
    report, secret = send(entry)
    for number in range(30):
        assert report_by_secret(report.receipt, "A" * 20, now=days_on(now(), number)) is None
    assert fresh(report).secret_misses == 1
    assert report_by_secret(report.receipt, secret, now=days_on(now(), 30)) == report


# --- Leaks -----------------------------------------------------------------------------------------------------------


def test_a_leak_is_to_be_verified_in_two_hours(entry):
    report, _secret = send(entry, kind="leak", now=MONDAY)
    assert Clock.objects.of(report).get(kind="leak_verify").due_at == MONDAY + dt.timedelta(hours=2)


def test_an_anonymous_leak_holds_nothing_and_calls_the_people_on_duty(cast, entry):
    send(entry, kind="leak", text="第三列含有未脱敏的联系电话：隐去。")
    assert Entry.objects.get(pk=entry.pk).availability == "live"
    mails = OutboxMessage.objects.all()
    assert {mail.to for mail in mails} == {
        cast.handler.email,
        cast.handler2.email,
        cast.officer.email,
        cast.officer2.email,
    }
    assert all("未脱敏" not in mail.body for mail in mails)


def test_a_signed_in_leak_without_verified_identity_holds_nothing(cast, entry):
    send(entry, Actor.of_user(cast.citizen), kind="leak")
    assert Entry.objects.get(pk=entry.pk).availability == "live"


def test_a_verified_persons_leak_holds_the_entry_at_once(cast, entry):
    verify(cast, cast.citizen)
    start = last_event()
    report, _secret = send(entry, Actor.of_user(cast.citizen), kind="leak")
    assert actions(start) == ["requests.report.submitted", "requests.report.held", "catalogue.entry.suspended"]
    held = Event.objects.get(action="catalogue.entry.suspended")
    assert (held.actor_kind, held.data["cause"]) == ("system", report.receipt)
    assert Entry.objects.get(pk=entry.pk).availability == "suspended"
    assert report.state == "submitted"
    again, _secret = send(entry, Actor.of_user(cast.citizen), kind="leak")
    assert again.state == "submitted"
    assert Event.objects.filter(action="catalogue.entry.suspended").count() == 1


def test_a_verified_persons_other_report_holds_nothing(cast, entry):
    verify(cast, cast.citizen)
    send(entry, Actor.of_user(cast.citizen), kind="infringement")
    assert Entry.objects.get(pk=entry.pk).availability == "live"


# --- At the same moment ----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_when_many_come_at_the_same_moment():
    entry = make_entry(make_cast())

    def one(_number):
        try:
            send(entry)
        except TooMany:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=15) as pool:
        taken = list(pool.map(one, range(15)))
    assert taken.count(True) == Report.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_many_times_at_once_makes_one_report():
    entry, token = make_entry(make_cast()), uuid.uuid4()

    def one(_number):
        try:
            send(entry, report_id=token)
        except RuleBroken:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as pool:
        taken = list(pool.map(one, range(8)))
    assert taken.count(True) == Report.objects.count() == 1
