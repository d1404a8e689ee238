"""People who act at the same moment: one wins, the others are told the rule."""

import threading

import pytest
from django.db import connection

from catalogue.availability import entry_agree_resume, entry_suspend
from catalogue.models import Entry, EntryVersion
from catalogue.services import version_command, version_open
from portal.accounts.access import NotAllowed
from portal.accounts.actors import Actor
from portal.law import RuleBroken
from tests.cast import make_cast
from tests.factories import make_draft, make_entry, now


def act(version, command, user, **extra):
    return version_command(version, command, actor=Actor.of_user(user), now=now(), **extra)


def ready_to_publish(cast):
    version = make_draft(cast)
    act(version, "submit", cast.registrar)
    act(version, "department_approve", cast.reviewer)
    return act(version, "secrecy_approve", cast.secrecy, conclusion="可以开放")


def in_threads(count, work):
    """Runs the work at the same moment in threads of their own connections; returns the results and refusals."""
    gate, results = threading.Barrier(count), []

    def run(number):
        gate.wait()
        try:
            work(number)
            results.append("done")
        except (RuleBroken, NotAllowed) as error:
            results.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


@pytest.mark.django_db(transaction=True)
class TestRaces:
    """One wins; the others are told the rule, never a fault."""

    def test_the_same_code(self):
        cast = make_cast()
        results = in_threads(6, lambda _n: make_draft(cast, "7/7"))
        assert results == ["RuleBroken"] * 5 + ["done"]

    def test_publishing_and_opening(self):
        cast = make_cast()
        version = ready_to_publish(cast)
        officers = [cast.officer, cast.officer2]
        results = in_threads(6, lambda n: act(EntryVersion.objects.get(pk=version.pk), "publish", officers[n % 2]))
        assert results == ["RuleBroken"] * 5 + ["done"]
        actor = Actor.of_user(cast.registrar)
        results = in_threads(6, lambda _n: version_open(Entry.objects.get(pk=version.entry_id), actor=actor, now=now()))
        assert results == ["RuleBroken"] * 5 + ["done"]

    def test_agreeing_to_resume(self):
        cast = make_cast()
        entry = make_entry(cast)
        entry_suspend(entry, actor=Actor.of_user(cast.officer), now=now(), note="数据有误")
        people = [cast.reviewer, cast.officer]
        results = in_threads(
            6,
            lambda n: entry_agree_resume(Entry.objects.get(pk=entry.pk), actor=Actor.of_user(people[n % 2]), now=now()),
        )
        assert results == ["RuleBroken"] * 4 + ["done"] * 2
        assert Entry.objects.get(pk=entry.pk).availability == "live"
