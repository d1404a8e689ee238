"""Races on real PostgreSQL: many hands at once, and exactly one effect."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from opendata.models import Grant
from portal.accounts.actors import Actor
from portal.audit.models import Event
from portal.law import Role, RuleBroken
from requests_app.models import Agreement, Application, Review
from requests_app.services.commands import Given, application_command
from tests.cast import make_cast
from tests.factories import PASSWORD, appoint, make_user
from tests.requests_app.application_cases import MORNING, WHY, do, in_review, signed, submitted

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 20


def at_once(jobs):
    """Runs the jobs in threads that start together; returns "done" or the name of what each raised."""
    start = threading.Barrier(len(jobs))

    def run(job):
        start.wait(timeout=30)
        try:
            job()
        except RuleBroken:
            return "refused"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def job(application, command, user, **given):
    def give():
        own = Application.objects.get(pk=application.pk)
        application_command(own, command, actor=Actor.of_user(user), now=MORNING, given=Given(**given))

    return give


def test_twenty_approvals_by_one_side_leave_one_review():
    cast = make_cast()
    officers = [appoint(make_user(f"officer-{n}"), Role.AUTHORITY_OFFICER, cast.authority) for n in range(THREADS)]
    application = in_review(cast)
    found = at_once([job(application, "approve", officer) for officer in officers])
    assert sorted(found) == ["done"] + ["refused"] * (THREADS - 1)
    assert Review.objects.count() == 1
    assert Event.objects.filter(action="requests.application.approved").count() == 1
    assert application.steps.filter(command="approve").count() == 1


def test_both_sides_at_once_make_one_agreement():
    cast = make_cast()
    application = in_review(cast)
    jobs = [job(application, "approve", cast.officer), job(application, "approve", cast.application_reviewer)] * 5
    found = at_once(jobs)
    assert found.count("done") == 2
    assert Review.objects.count() == 2
    assert Agreement.objects.count() == 1
    assert Event.objects.filter(action="requests.application.agreed").count() == 1


def test_approval_against_withdrawal_ends_in_one_of_them():
    cast = make_cast()
    application = in_review(cast)
    do(application, "refuse", cast.application_reviewer, **WHY)
    found = at_once([job(application, "refuse", cast.officer, **WHY), job(application, "withdraw", cast.applicant)])
    application.refresh_from_db()
    assert sorted(found) == ["done", "refused"]
    assert application.state in {"refused", "withdrawn"}


def test_double_submit_and_double_countersign_take_effect_once():
    cast = make_cast()
    application = submitted(cast)
    found = at_once([job(application, "accept", cast.officer)] * 10)
    assert found.count("done") == 1
    do(application, "approve", cast.officer)
    do(application, "approve", cast.application_reviewer)
    found = at_once([job(application, "sign", cast.applicant, password=PASSWORD)] * 10)
    assert found.count("done") == 1
    found = at_once([job(application, "countersign", cast.officer)] * 10)
    assert found.count("done") == 1
    assert Grant.objects.count() == 1


def test_granting_is_whole_or_not_at_all(monkeypatch):
    cast = make_cast()
    application = signed(cast)
    monkeypatch.setattr("requests_app.services.agreements.tell", _break)
    with pytest.raises(ConnectionError):
        do(application, "countersign", cast.officer)
    application.refresh_from_db()
    assert application.state == "agreement_signing"
    assert application.agreement.authority_signed_at is None
    assert not Grant.objects.exists()


def _break(*args, **kwargs):
    raise ConnectionError("the line went dead")
