"""Every command leaves exactly one event on its object, in its own transaction; a refusal leaves none (Art. 38).

One cast serves all acts of a machine: each act is played in a transaction that is undone at its end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Model

from portal.accounts.access import NotAllowed
from portal.accounts.actors import SYSTEM, Actor
from portal.audit.models import Event
from portal.audit.services import record
from portal.law import RULES, RuleBroken
from tests.events_acts import Act
from tests.events_beside import BESIDE
from tests.events_cases import ACTS
from tests.factories import now

pytestmark = pytest.mark.django_db
ADDRESS = "198.51.100.7"
MACHINES = [machine.name for machine in RULES.machines]
OUTSIDERS = ("stranger", "other_registrar", "other_reviewer", "other_officer", "auditor", "visitor", "system")
Refused = (NotAllowed, RuleBroken)


def actor_for(cast: Any, who: str, stand: Any) -> Actor:
    if who == "system":
        return SYSTEM
    if who == "visitor":
        return Actor.visitor(ADDRESS)
    if who == "reporter":
        return Actor.reporter(stand.pk, ADDRESS)
    return Actor.of_user(getattr(cast, who), ADDRESS)


@contextmanager
def undone() -> Iterator[None]:
    """Undoes at the end what happened inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def newest() -> int:
    return Event.objects.order_by("-id").values_list("id", flat=True).first() or 0


def played(act: Act, stand: Any, actor: Actor) -> tuple[Model, list[Event]]:
    """Lets the actor act; returns the object acted on, and the events that it left."""
    before = newest()
    with transaction.atomic():
        obj = act.do(stand, actor) or stand
    return obj, list(Event.objects.filter(id__gt=before).order_by("id"))


def snapshot(obj: Model) -> dict[str, Any]:
    return type(obj)._base_manager.filter(pk=obj.pk).values().get()


def refused_and_silent(act: Act, stand: Model, actor: Actor, do: Any) -> int | None:
    """Asserts that the act is refused, leaves no event and changes nothing; returns the article named."""
    before, was = newest(), snapshot(stand)
    with pytest.raises(Refused) as refused, transaction.atomic():
        do(stand, actor)
    stand.refresh_from_db()
    assert newest() == before
    assert snapshot(stand) == was
    found: int | None = getattr(refused.value, "article", None)
    return found


def test_every_command_of_every_machine_is_here():
    table = {(machine.name, row.name) for machine in RULES.machines for row in machine.commands}
    assert {(act.machine, act.command) for act in ACTS} == table


@pytest.mark.parametrize("machine", MACHINES)
def test_a_command_leaves_one_event_that_says_who_what_when_where_and_by_which_article(cast, subtests, machine):
    for act in (act for act in ACTS if act.machine == machine):
        row = RULES.command(act.machine, act.command)
        with subtests.test(act.name), undone():
            stand = act.begin(cast)
            actor = actor_for(cast, act.who, stand)
            obj, events = played(act, stand, actor)
            own = [event for event in events if event.action == row.event]
            assert len(own) == 1
            event = own[0]
            assert (event.object_type, event.object_id) == (obj._meta.label_lower, str(obj.pk))
            assert (event.actor_kind, event.actor_id, event.actor_label) == (actor.kind, actor.id, actor.label)
            assert (event.address, event.outcome, event.article) == (actor.address, "done", row.article)
            assert event.object_label
            assert event.jurisdiction == "650000"
            assert abs(event.at - now()) < dt.timedelta(days=400)
            assert event.data["side"] in {by.side.value for by in row.by}
            assert event.data["from"] in row.sources
            last = [one for one in events if one.object_id == str(obj.pk)][-1]
            assert last.data["to"] == snapshot(obj)[act.field]
            assert sorted(one.action for one in events) == sorted([act.event, *act.follows])
            once = [(one.action, one.object_id) for one in events]
            assert len(once) == len(set(once))


def test_what_is_no_command_of_a_machine_leaves_its_one_event_too(cast, subtests):
    for act in BESIDE:
        with subtests.test(act.name), undone():
            stand = act.begin(cast)
            actor = actor_for(cast, act.who, stand)
            obj, events = played(act, stand, actor)
            assert sorted(event.action for event in events) == sorted([act.event, *act.follows])
            event = next(one for one in events if one.action == act.event)
            assert (event.object_type, event.object_id) == (obj._meta.label_lower, str(obj.pk))
            assert (event.actor_kind, event.actor_id) == (actor.kind, actor.id)
            assert (event.article, event.outcome) == (act.article, act.outcome)


def test_event_and_act_stand_or_fall_together(cast, subtests):
    for act in [*ACTS, *BESIDE]:
        with subtests.test(act.name), undone():
            stand = act.begin(cast)
            actor, before = actor_for(cast, act.who, stand), newest()
            was = snapshot(stand) if isinstance(stand, Model) else None
            with undone():
                act.do(stand, actor)
                assert newest() > before
            assert newest() == before
            if isinstance(stand, Model):
                assert snapshot(stand) == was


# --- Refusals leave nothing ------------------------------------------------------------------------------------------

PEOPLES = [act for act in ACTS if act.who != "system" and not act.begins]


@pytest.mark.parametrize("machine", MACHINES)
def test_the_wrong_person_is_refused_and_leaves_no_event(cast, subtests, machine):
    for act in (act for act in PEOPLES if act.machine == machine):
        by_system = any(by.side.value == "system" for by in RULES.command(machine, act.command).by)
        with undone():
            stand = act.begin(cast)
            for who in OUTSIDERS:
                if who != "system" or not by_system:
                    with subtests.test(f"{act.name}, but {who}"):
                        refused_and_silent(act, stand, actor_for(cast, who, stand), act.do)


@pytest.mark.parametrize("machine", MACHINES)
def test_the_wrong_state_is_refused_with_an_article_and_leaves_no_event(cast, subtests, machine):
    tried = 0
    for act in (act for act in ACTS if act.machine == machine and not act.begins):
        with undone():
            stand = act.begin(cast)
            actor = actor_for(cast, act.who, stand)
            sources = RULES.command(machine, act.command).sources
            for state in (one.name for one in RULES.machine(machine).states if one.name not in sources):
                if put(stand, act.field, state):
                    with subtests.test(f"{act.name} in {state}"):
                        assert refused_and_silent(act, stand, actor, act.do)
                    tried += 1
    assert tried >= 2 * len(RULES.machine(machine).states)


def put(stand: Model, field: str, state: str) -> bool:
    """Puts an object into a state past all commands; false where the database itself knows that this cannot be."""
    try:
        with transaction.atomic():
            type(stand)._base_manager.filter(pk=stand.pk).update(**{field: state})
    except IntegrityError:
        return False
    stand.refresh_from_db()
    return True


def test_a_step_that_needs_a_reason_leaves_no_event_without_it(cast, subtests):
    demanding = {
        (machine.name, row.name)
        for machine in RULES.machines
        for row in machine.commands
        if row.note == "required" and not row.by_system
    }
    noted = [act for act in PEOPLES if act.without_note is not None]
    assert {(act.machine, act.command) for act in noted} >= demanding
    for act in noted:
        with subtests.test(act.name), undone():
            stand = act.begin(cast)
            refused_and_silent(act, stand, actor_for(cast, act.who, stand), act.without_note)


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused(cast):
    before = newest()
    with pytest.raises(RuntimeError, match="in the transaction of its act"):
        record("a.b.c", actor=SYSTEM, obj=cast.department, at=now())
    assert newest() == before
