"""Holding, resuming and withdrawing an entry (Art. 30): at once by either side, back only by both."""

import pytest

from catalogue.availability import entry_agree_resume, entry_suspend, entry_withdraw
from catalogue.models import Entry
from portal.accounts.access import NotAllowed
from portal.accounts.actors import SYSTEM, Actor
from portal.accounts.services import role_revoke
from portal.audit.models import Event
from portal.law import Role, RuleBroken
from tests.factories import appoint, make_entry, now

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("user", ["handler", "reviewer", "officer"])
def test_either_side_suspends_at_once_with_a_reason(cast, user):
    entry = make_entry(cast)
    actor = Actor.of_user(getattr(cast, user))
    with pytest.raises(RuleBroken) as caught:
        entry_suspend(entry, actor=actor, now=now(), note=" ")
    assert caught.value.field == "note"
    entry_suspend(entry, actor=actor, now=now(), note="数据有误")
    assert Entry.objects.get().availability == "suspended"
    with pytest.raises(RuleBroken):
        entry_suspend(entry, actor=actor, now=now(), note="再次")
    assert entry.suspensions.count() == 1


@pytest.mark.parametrize("user", ["registrar", "secrecy", "auditor", "other_reviewer", "other_officer", "citizen"])
def test_nobody_else_touches_availability(cast, user):
    entry = make_entry(cast)
    actor = Actor.of_user(getattr(cast, user))
    for service in (entry_suspend, entry_withdraw):
        with pytest.raises(NotAllowed):
            service(entry, actor=actor, now=now(), note="理由")
    entry_suspend(entry, actor=Actor.of_user(cast.officer), now=now(), note="数据有误")
    with pytest.raises(NotAllowed):
        entry_agree_resume(entry, actor=actor, now=now())
    assert Entry.objects.get().availability == "suspended"


def test_resuming_needs_both_sides(cast):
    entry = make_entry(cast)
    with pytest.raises(RuleBroken):
        entry_agree_resume(entry, actor=Actor.of_user(cast.reviewer), now=now())
    entry_suspend(entry, actor=Actor.of_user(cast.handler), now=now(), note="数据有误")
    events = Event.objects.count()
    entry_agree_resume(entry, actor=Actor.of_user(cast.reviewer), now=now())
    assert Entry.objects.get().availability == "suspended"
    with pytest.raises(RuleBroken):
        entry_agree_resume(entry, actor=Actor.of_user(cast.reviewer), now=now())
    entry_agree_resume(entry, actor=Actor.of_user(cast.officer), now=now())
    assert Entry.objects.get().availability == "live"
    assert list(Event.objects.order_by("id").values_list("action", flat=True))[events:] == [
        "catalogue.entry.resume_agreed",
        "catalogue.entry.resume_agreed",
        "catalogue.entry.resumed",
    ]
    entry_suspend(entry, actor=Actor.of_user(cast.officer), now=now(), note="又有误")
    assert entry.suspensions.filter(lifted_at=None).count() == 1


def test_one_person_does_not_answer_for_both_sides(cast):
    entry = make_entry(cast)
    entry_suspend(entry, actor=Actor.of_user(cast.handler), now=now(), note="数据有误")
    entry_agree_resume(entry, actor=Actor.of_user(cast.reviewer), now=now())
    role_revoke(actor=SYSTEM, user=cast.reviewer, role=Role.REVIEWER, department=cast.department, now=now())
    appoint(cast.reviewer, Role.AUTHORITY_OFFICER, cast.authority)
    with pytest.raises(RuleBroken):
        entry_agree_resume(entry, actor=Actor.of_user(cast.reviewer), now=now())


def test_withdrawal_is_final(cast):
    entry = make_entry(cast)
    entry_withdraw(entry, actor=Actor.of_user(cast.handler), now=now(), note="侵权")
    for user in (cast.officer, cast.reviewer):
        with pytest.raises(RuleBroken):
            entry_agree_resume(entry, actor=Actor.of_user(user), now=now())
    assert not Entry.objects.open_to_public().exists()
