"""The table of the law is whole: every name that a row uses exists, every text speaks both languages."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from itertools import combinations

import pytest

from portal.law import (
    FIELDS,
    RULES,
    By,
    Command,
    Machine,
    Note,
    Role,
    Side,
    Text,
)

COMMANDS = [
    pytest.param(machine, row, id=f"{machine.name}.{row.name}")
    for machine in RULES.machines
    for row in machine.commands
]
MACHINES = [pytest.param(machine, id=machine.name) for machine in RULES.machines]
FOUR_EYES = ("submit", "department_approve", "secrecy_approve")


def texts(thing: object, path: str = "rules") -> Iterator[tuple[str, Text]]:
    if isinstance(thing, Text):
        yield path, thing
    elif is_dataclass(thing) and not isinstance(thing, type):
        for field in fields(thing):
            yield from texts(getattr(thing, field.name), f"{path}.{field.name}")
    elif isinstance(thing, tuple):
        for index, item in enumerate(thing):
            name = getattr(item, "name", getattr(item, "value", index))
            yield from texts(item, f"{path}[{name}]")


def names_of(rows) -> list[str]:
    return [row.name for row in rows]


@pytest.mark.parametrize(("machine", "row"), COMMANDS)
def test_states_of_a_command_exist(machine: Machine, row: Command):
    states = set(names_of(machine.states))
    assert row.machine == machine.name
    assert row.sources
    assert row.sources <= states
    assert row.targets <= states
    assert not (row.target and row.may_reach), "either the row decides the target or the service does"


@pytest.mark.parametrize(("machine", "row"), COMMANDS)
def test_a_command_names_what_exists(machine: Machine, row: Command):
    for clock in (*row.starts, *row.stops, *row.pauses, *row.resumes, *row.may_start, *row.may_stop):
        assert RULES.clock(clock).name == clock
    for need in row.needs:
        assert RULES.need(need).name == need
    for other in row.other_than:
        assert machine.command(other).name == other
    assert RULES.article(row.article).number == row.article


@pytest.mark.parametrize(("machine", "row"), COMMANDS)
def test_somebody_gives_each_command(machine: Machine, row: Command):
    assert row.by
    for by in row.by:
        official = by.side in (Side.PROVIDER, Side.AUTHORITY)
        assert (by.role is not None) == official, "officials act in a role, others do not"
    if row.by_system:
        assert row.note is Note.NONE, "nobody writes a reason for what follows by itself"


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_is_reached_and_left(machine: Machine):
    reached, waiting = set(), {machine.initial}
    while waiting:
        name = waiting.pop()
        reached.add(name)
        for row in machine.commands:
            if name in row.sources:
                waiting |= row.targets - reached
    assert reached == set(names_of(machine.states))
    for state in machine.states:
        exits = [row for row in machine.commands if state.name in row.sources and row.targets - {state.name}]
        if not state.final:
            assert exits, f"{state.name} is a dead end"


def test_only_a_refusal_has_a_way_out_of_its_final_state():
    ways = {
        (machine.name, state.name, row.name)
        for machine in RULES.machines
        for state in machine.states
        if state.final
        for row in machine.from_state(state.name)
    }
    assert ways == {("application", "refused", "reconsider")}


def test_event_names_are_unique_and_belong_to_their_machine():
    events = [row.event for machine in RULES.machines for row in machine.commands]
    assert len(events) == len(set(events))
    apps = {
        "entry_version": "catalogue",
        "entry": "catalogue",
        "application": "requests",
        "grant": "opendata",
        "report": "requests",
        "identity": "accounts",
    }
    for machine in RULES.machines:
        for row in machine.commands:
            assert row.event.startswith(f"{apps[machine.name]}.{machine.name}.")


def test_the_machines_have_the_agreed_states_and_commands():
    assert {machine.name: " ".join(names_of(machine.commands)) for machine in RULES.machines} == {
        "entry_version": "submit department_approve department_return secrecy_approve secrecy_return publish "
        "authority_return supersede discard",
        "entry": "open suspend agree_resume resume withdraw",
        "application": "submit return resubmit lapse accept approve refuse ask disagree settle agree sign countersign "
        "withdraw reconsider uphold reopen",
        "grant": "open activate suspend resume revoke expire end",
        "report": "submit accept reject merge verify propose_outcome send_feedback say_not_solved close hold",
        "identity": "request verify reject",
    }
    assert {machine.name: machine.field for machine in RULES.machines if machine.field != "state"} == {
        "entry": "availability"
    }


def test_names_are_unique_in_each_table():
    for rows in (RULES.machines, RULES.clocks, RULES.code_lists, RULES.fields, RULES.needs, RULES.words):
        names = names_of(rows)
        assert len(names) == len(set(names))
    for machine in RULES.machines:
        for names in (names_of(machine.states), names_of(machine.commands)):
            assert len(names) == len(set(names))
    for code_list in RULES.code_lists:
        assert len(code_list.values) == len(set(code_list.values))
        labels = [item.label.zh for item in code_list.items]
        assert len(labels) == len(set(labels)), code_list.name


def test_every_text_speaks_both_languages():
    found = list(texts(RULES))
    assert len(found) > 600
    for path, text in found:
        assert text.zh.strip(), path
        assert text.en.strip(), path
        assert text.zh == text.zh.strip(), path
        assert text.en == text.en.strip(), path
        assert any("一" <= letter <= "鿿" for letter in text.zh), f"{path} has no Chinese"
        assert not any("一" <= letter <= "鿿" for letter in text.en), f"{path} has Chinese in its English"


def test_chinese_uses_chinese_punctuation():
    for path, text in texts(RULES):
        for mark in (",", ";", "?", "!", "(", ")"):
            assert mark not in text.zh, f"{path}: {text.zh}"


def test_every_article_named_exists_and_all_are_told():
    assert [article.number for article in RULES.articles] == list(range(1, 48))
    named = {row.article for machine in RULES.machines for row in machine.commands}
    named |= {clock.article for clock in RULES.clocks} | {need.article for need in RULES.needs}
    named |= {role.article for role in RULES.roles}
    named |= {field.required_by for field in FIELDS if field.required_by}
    named |= {word.article for word in RULES.words if word.article}
    named |= {item.article for codes in RULES.code_lists for item in codes.items if item.article}
    assert named <= {article.number for article in RULES.articles}


def test_four_eyes_become_six():
    machine = RULES.machine("entry_version")
    for first, second in combinations(FOUR_EYES, 2):
        assert first in machine.command(second).other_than
    roles = [machine.command(name).by for name in FOUR_EYES]
    assert len(set(roles)) == len(FOUR_EYES)


def test_nobody_reconsiders_a_decision_of_their_own():
    machine = RULES.machine("application")
    for name in ("uphold", "reopen"):
        assert set(machine.command(name).other_than) == {"accept", "approve", "refuse", "settle"}
    assert RULES.command("report", "propose_outcome").other_than == ("propose_outcome",)


def test_every_adverse_step_takes_a_written_reason():
    adverse = {
        "entry_version": ("department_return", "secrecy_return", "authority_return"),
        "entry": ("suspend", "withdraw"),
        "application": ("return", "refuse", "ask", "settle", "uphold"),
        "grant": ("suspend", "revoke"),
        "report": ("reject", "propose_outcome"),
        "identity": ("reject",),
    }
    for machine, commands in adverse.items():
        for name in commands:
            assert RULES.command(machine, name).note is Note.REQUIRED, (machine, name)


def test_clocks_say_which_limits_the_law_sets():
    statutory = {(clock.name, clock.limit, clock.unit, clock.article) for clock in RULES.clocks if clock.statutory}
    assert statutory == {
        ("entry_update", 15, "working_day", 11),
        ("sharing_conformity", 3, "working_day", 21),
        ("sharing_provider", 5, "working_day", 21),
        ("log_retention", 3, "year", 15),
    }
    promised = {clock.name: (clock.limit, clock.unit) for clock in RULES.clocks if not clock.statutory}
    assert promised == {
        "entry_department_review": (5, "working_day"),
        "entry_secrecy_review": (5, "working_day"),
        "entry_authority_review": (5, "working_day"),
        "conformity_check": (3, "working_day"),
        "provider_review": (5, "working_day"),
        "authority_review": (5, "working_day"),
        "applicant_correction": (10, "working_day"),
        "signing": (10, "working_day"),
        "reconsideration": (10, "working_day"),
        "reconsideration_window": (10, "working_day"),
        "report_verify": (1, "working_day"),
        "leak_verify": (2, "hour"),
        "report_outcome": (5, "working_day"),
        "report_not_solved": (14, "day"),
        "identity_check": (3, "working_day"),
    }


def test_every_clock_of_a_case_is_started_and_stopped():
    rows = [row for machine in RULES.machines for row in machine.commands]
    started = {clock for row in rows for clock in (*row.starts, *row.may_start)}
    stopped = {clock for row in rows for clock in (*row.stops, *row.may_stop)}
    paused = {clock for row in rows for clock in row.pauses}
    resumed = {clock for row in rows for clock in row.resumes}
    outside_cases = {"sharing_conformity", "sharing_provider", "log_retention"}
    assert {clock.name for clock in RULES.clocks} - outside_cases - started == {"entry_update"}, (
        "a change of law starts it"
    )
    assert stopped == {clock.name for clock in RULES.clocks} - outside_cases
    assert paused == resumed


def ways_on(
    machine: Machine, state: str, running: frozenset[str], left: str
) -> Iterator[tuple[Command, str, frozenset[str], str]]:
    """Every next step of a case: the row, the state it leads to, the clocks then running, the stage that was left."""
    for row in machine.commands:
        if state in row.sources and not (row.begins and running):
            targets = {left} if row.name == "resubmit" else {row.target or state, *row.may_reach}
            for target in targets:
                ended = {*row.stops, *(row.may_stop if target != state else ())}
                after = (running - ended) | {*row.starts, *row.may_start}
                yield row, target, frozenset(after), state if target == "returned_for_changes" else left


@pytest.mark.parametrize("machine", MACHINES)
def test_a_case_that_ends_leaves_no_clock_running(machine: Machine):
    begun = (machine.initial, frozenset[str](), machine.initial)
    seen, waiting = {begun}, [begun]
    while waiting:
        state, running, left = waiting.pop()
        for row, target, after, stage in ways_on(machine, state, running, left):
            if machine.state(target).final:
                assert after <= {"reconsideration_window"}, (row.name, target, after)
            if (target, after, stage) not in seen:
                seen.add((target, after, stage))
                waiting.append((target, after, stage))
    assert {state for state, _running, _left in seen} == set(names_of(machine.states))


def test_every_role_is_described_and_used():
    assert [row.role for row in RULES.roles] == list(Role)
    acting = {by.role for machine in RULES.machines for row in machine.commands for by in row.by if by.role}
    assert acting == set(Role) - {Role.AUDITOR}, "auditors read and change nothing (Art. 35)"
    for machine in RULES.machines:
        for row in machine.commands:
            for by in row.by:
                assert RULES.who(by).zh
                if by.role:
                    assert RULES.role(by.role).side is by.side


def test_who_is_said_in_words():
    assert RULES.who(By(Side.PROVIDER, Role.REVIEWER)) == Text("提供部门目录审核人员", "the provider's reviewer")
    assert RULES.who(By(Side.AUTHORITY, Role.AUTHORITY_OFFICER)).en == "the authority officer"
    assert str(RULES.who(By(Side.ANYONE))) == "任何人"


def test_the_beginning_of_a_case_is_no_button():
    assert "submit" not in names_of(RULES.machine("report").from_state("submitted"))
    assert names_of(RULES.machine("grant").from_state("scheduled")) == ["activate", "revoke", "expire", "end"]
