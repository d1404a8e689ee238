"""Replays legal and illegal ways through each machine, person by person."""

from typing import Any

import pytest

from portal.law import RULES, Role, Side

REG, REV, SEC = Role.REGISTRAR, Role.REVIEWER, Role.SECRECY_REVIEWER
REP, APP, OFF = Role.REPORT_HANDLER, Role.APPLICATION_REVIEWER, Role.AUTHORITY_OFFICER
APPLICANT, REPORTER, ANYONE, SYSTEM = Side.APPLICANT, Side.REPORTER, Side.ANYONE, Side.SYSTEM


class Illegal(Exception):
    """The table does not allow the step."""


def replay(machine_name: str, steps: list[tuple[Any, ...]]) -> list[str]:
    """Walks "command by person=role [to state]" steps through the table; returns the states, raises Illegal."""
    machine = RULES.machine(machine_name)
    state, way = machine.initial, []
    did: dict[str, set[str]] = {}
    for command, role, *rest in steps:
        row = machine.command(command)
        person = rest[0] if rest else str(role)
        target = row.target or (rest[1] if len(rest) > 1 else state)
        if state not in row.sources:
            raise Illegal(f"{command} from {state}")
        if role not in {by.role or by.side for by in row.by}:
            raise Illegal(f"{command} by {role}")
        if any(person in did.get(earlier, ()) for earlier in row.other_than):
            raise Illegal(f"{command} again by {person}")
        if target not in row.targets:
            raise Illegal(f"{command} to {target}")
        did.setdefault(command, set()).add(person)
        state = target
        way.append(state)
    return way


ENTRY_TO_AUTHORITY = [("submit", REG, "r"), ("department_approve", REV, "v"), ("secrecy_approve", SEC, "s")]
TO_REVIEW = [("submit", APPLICANT), ("accept", OFF, "o1")]
REFUSED = [*TO_REVIEW, ("refuse", APP, "p"), ("refuse", OFF, "o2", "refused")]
TO_FEEDBACK = [
    ("accept", REP, "h1"),
    ("verify", REP, "h1"),
    ("propose_outcome", REP, "h1"),
    ("send_feedback", REP, "h1"),
]

LEGAL: list[tuple[str, list[tuple[Any, ...]], str]] = [
    ("entry_version", [*ENTRY_TO_AUTHORITY, ("publish", OFF), ("supersede", SYSTEM)], "superseded"),
    ("entry_version", [("submit", REG), ("department_return", REV), ("submit", REG)], "department_review"),
    ("entry_version", [*ENTRY_TO_AUTHORITY[:2], ("secrecy_return", SEC)], "draft"),
    ("entry_version", [*ENTRY_TO_AUTHORITY, ("authority_return", OFF), ("discard", REG)], "discarded"),
    (
        "entry",
        [("open", SYSTEM), ("suspend", REP), ("agree_resume", REV), ("agree_resume", OFF), ("resume", SYSTEM)],
        "live",
    ),
    ("entry", [("open", SYSTEM), ("suspend", SYSTEM), ("withdraw", OFF)], "withdrawn"),
    ("entry", [("open", SYSTEM), ("withdraw", REP)], "withdrawn"),
    (
        "application",
        [*TO_REVIEW, ("approve", APP), ("approve", OFF), ("agree", SYSTEM), ("sign", APPLICANT), ("countersign", OFF)],
        "granted",
    ),
    (
        "application",
        [("submit", APPLICANT), ("return", OFF), ("resubmit", APPLICANT, "a", "conformity_check")],
        "conformity_check",
    ),
    ("application", [*TO_REVIEW, ("ask", APP), ("resubmit", APPLICANT, "a", "joint_review")], "joint_review"),
    ("application", [("submit", APPLICANT), ("return", OFF), ("lapse", SYSTEM)], "lapsed"),
    (
        "application",
        [*TO_REVIEW, ("approve", APP), ("refuse", OFF), ("disagree", SYSTEM), ("settle", OFF), ("agree", SYSTEM)],
        "agreement_signing",
    ),
    (
        "application",
        [*TO_REVIEW, ("refuse", APP), ("approve", OFF), ("disagree", SYSTEM), ("settle", OFF, "o1", "refused")],
        "refused",
    ),
    ("application", [*REFUSED, ("reconsider", APPLICANT), ("uphold", OFF, "o3")], "refused"),
    ("application", [*REFUSED, ("reconsider", APPLICANT), ("reopen", OFF, "o3"), ("approve", APP)], "joint_review"),
    ("application", [*TO_REVIEW, ("withdraw", APPLICANT)], "withdrawn"),
    (
        "grant",
        [("open", SYSTEM), ("activate", SYSTEM), ("suspend", APP), ("resume", OFF), ("expire", SYSTEM)],
        "expired",
    ),
    ("grant", [("open", SYSTEM, "system", "active"), ("revoke", OFF)], "revoked"),
    ("grant", [("open", SYSTEM, "system", "active"), ("suspend", SYSTEM), ("end", APPLICANT)], "ended"),
    ("report", [("submit", ANYONE), *TO_FEEDBACK, ("close", SYSTEM)], "closed"),
    ("report", [("submit", ANYONE), ("reject", REP)], "not_a_report"),
    ("report", [("submit", ANYONE), ("merge", REP)], "merged"),
    ("report", [("submit", ANYONE), ("hold", SYSTEM), ("accept", REP), ("hold", OFF)], "accepted"),
    (
        "report",
        [*TO_FEEDBACK, ("say_not_solved", REPORTER, "c", "verifying"), ("propose_outcome", REP, "h2")],
        "outcome_proposed",
    ),
    ("identity", [("request", APPLICANT), ("reject", OFF), ("request", APPLICANT), ("verify", OFF)], "verified"),
]

ILLEGAL: list[tuple[str, list[tuple[Any, ...]], str]] = [
    ("entry_version", [("publish", OFF)], "publish from draft"),
    ("entry_version", [*ENTRY_TO_AUTHORITY[:2], ("publish", OFF)], "publish from secrecy_review"),
    ("entry_version", [("submit", REG), ("secrecy_approve", SEC)], "secrecy_approve from department_review"),
    ("entry_version", [("submit", REG, "x"), ("department_approve", REV, "x")], "again by x"),
    (
        "entry_version",
        [("submit", REG, "x"), ("department_approve", REV, "v"), ("secrecy_approve", SEC, "x")],
        "again by x",
    ),
    (
        "entry_version",
        [("submit", REG, "r"), ("department_approve", REV, "x"), ("secrecy_approve", SEC, "x")],
        "again by x",
    ),
    ("entry_version", [("submit", REV)], "submit by reviewer"),
    ("entry_version", [*ENTRY_TO_AUTHORITY, ("publish", REV)], "publish by reviewer"),
    ("entry_version", [*ENTRY_TO_AUTHORITY, ("publish", OFF), ("discard", REG)], "discard from published"),
    (
        "entry_version",
        [*ENTRY_TO_AUTHORITY, ("publish", OFF), ("authority_return", OFF)],
        "authority_return from published",
    ),
    ("entry", [("suspend", OFF)], "suspend from not_live"),
    ("entry", [("open", SYSTEM), ("suspend", REG)], "suspend by registrar"),
    ("entry", [("open", SYSTEM), ("suspend", REP), ("resume", OFF)], "resume by authority_officer"),
    ("entry", [("open", SYSTEM), ("suspend", REP), ("agree_resume", REP)], "agree_resume by report_handler"),
    ("entry", [("open", SYSTEM), ("withdraw", OFF), ("open", SYSTEM)], "open from withdrawn"),
    ("application", [("submit", APPLICANT), ("approve", OFF)], "approve from conformity_check"),
    ("application", [*TO_REVIEW, ("approve", APPLICANT)], "approve by applicant"),
    ("application", [*TO_REVIEW, ("countersign", OFF)], "countersign from joint_review"),
    ("application", [*TO_REVIEW, ("approve", APP, "p", "agreement_signing")], "approve to agreement_signing"),
    ("application", [*TO_REVIEW, ("disagree", OFF)], "disagree by authority_officer"),
    ("application", [*TO_REVIEW, ("withdraw", OFF)], "withdraw by authority_officer"),
    ("application", [*REFUSED, ("withdraw", APPLICANT)], "withdraw from refused"),
    ("application", [*REFUSED, ("reconsider", APPLICANT), ("uphold", OFF, "o1")], "again by o1"),
    ("application", [*REFUSED, ("reconsider", APPLICANT), ("reopen", OFF, "o2")], "again by o2"),
    ("application", [("submit", APPLICANT), ("lapse", SYSTEM)], "lapse from conformity_check"),
    ("grant", [("open", SYSTEM), ("suspend", OFF)], "suspend from scheduled"),
    ("grant", [("open", SYSTEM, "system", "active"), ("revoke", OFF), ("resume", OFF)], "resume from revoked"),
    ("grant", [("open", SYSTEM, "system", "active"), ("suspend", OFF), ("resume", APPLICANT)], "resume by applicant"),
    (
        "grant",
        [("open", SYSTEM, "system", "active"), ("expire", SYSTEM), ("activate", SYSTEM)],
        "activate from expired",
    ),
    ("report", [("propose_outcome", REP)], "propose_outcome from submitted"),
    ("report", [*TO_FEEDBACK[:3], ("close", REP)], "close from outcome_proposed"),
    ("report", [("accept", ANYONE)], "accept by anyone"),
    ("report", [*TO_FEEDBACK, ("close", SYSTEM), ("say_not_solved", REPORTER)], "say_not_solved from closed"),
    (
        "report",
        [*TO_FEEDBACK, ("say_not_solved", REPORTER, "c", "verifying"), ("propose_outcome", REP, "h1")],
        "again by h1",
    ),
    ("report", [("hold", ANYONE)], "hold by anyone"),
    ("identity", [("verify", OFF)], "verify from unverified"),
    ("identity", [("request", APPLICANT), ("verify", APPLICANT)], "verify by applicant"),
    ("identity", [("request", APPLICANT), ("verify", OFF), ("reject", OFF)], "reject from verified"),
]


@pytest.mark.parametrize(("machine", "steps", "end"), LEGAL)
def test_a_legal_way_reaches_its_end(machine, steps, end):
    assert replay(machine, steps)[-1] == end


@pytest.mark.parametrize(("machine", "steps", "why"), ILLEGAL)
def test_an_illegal_way_is_refused_at_its_last_step(machine, steps, why):
    replay(machine, steps[:-1])
    with pytest.raises(Illegal, match=why):
        replay(machine, steps)


def test_the_replays_use_every_command():
    used = {(machine, command) for machine, steps, _end in LEGAL for command, *_rest in steps}
    assert used == {(machine.name, row.name) for machine in RULES.machines for row in machine.commands}
