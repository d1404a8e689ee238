"""Many threads with one grant, one upload, one job: the quota holds, one wins (BAR: races)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from opendata.grants import grant_command
from opendata.jobs import job_claim
from opendata.models import Use
from opendata.services import resource_create, upload_receive
from portal.accounts.actors import Actor
from tests.cast import make_cast
from tests.factories import AIR, CONDITIONAL, make_entry, make_grant, make_key, make_resource, now

THREADS = 16


def at_once(work):
    """Runs the work in threads with connections of their own that begin at the same moment."""
    gate = threading.Barrier(THREADS)

    def run(number):
        gate.wait()
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


@pytest.mark.django_db(transaction=True)
class TestDrawing:
    """What one grant allows is shared out once."""

    def test_a_quota_is_never_overdrawn(self):
        cast = make_cast()
        entry = make_entry(cast, **CONDITIONAL)
        resource = make_resource(cast, entry)
        _key, secret = make_key(cast.applicant, make_grant(cast.applicant, entry, daily_rows=7))
        address = reverse("api_rows", args=[resource.pk]) + "?limit=2"
        answers = at_once(lambda _n: Client().get(address, headers={"X-API-Key": secret}))
        assert {answer.status_code for answer in answers} <= {200, 429, 503}
        drawn = sum(len(answer.json()["rows"]) for answer in answers if answer.status_code == 200)
        assert drawn == sum(Use.objects.values_list("rows", flat=True)) <= 7
        if all(answer.status_code != 503 for answer in answers):
            assert drawn == 7

    def test_a_revoked_grant_draws_nothing_afterwards(self):
        cast = make_cast()
        entry = make_entry(cast, **CONDITIONAL)
        resource = make_resource(cast, entry)
        grant = make_grant(cast.applicant, entry)
        _key, secret = make_key(cast.applicant, grant)
        address, ended = reverse("api_rows", args=[resource.pk]), threading.Event()

        def work(number):
            if number == 0:
                grant_command(grant, "revoke", actor=Actor.of_user(cast.officer), now=now(), note="示例原因")
                ended.set()
                return 403
            ended.wait()
            return Client().get(address, headers={"X-API-Key": secret}).status_code

        assert set(at_once(work)) == {403}

    def test_one_worker_has_the_job(self):
        cast = make_cast()
        actor = Actor.of_user(cast.registrar)
        resource = resource_create(entry=make_entry(cast), actor=actor, title="逐日数据", now=now())
        job = upload_receive(resource=resource, actor=actor, filename="a.csv", chunks=[AIR.encode()], now=now())
        taken = at_once(lambda _n: job_claim(str(job.pk), now=now()))
        assert len([one for one in taken if one is not None]) == 1
