"""What `test_events` plays: for each command of each machine, how a case comes before it and who gives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from catalogue.availability import entry_agree_resume, entry_suspend, entry_withdraw
from catalogue.models import Entry, EntryVersion
from catalogue.services import version_command, version_open
from portal.accounts.actors import Actor
from portal.law import RULES
from portal.workflow.commands import carry_out
from requests_app.models import Application
from requests_app.services.commands import Given, application_command
from requests_app.services.lapsing import application_lapse, applications_turn
from tests.factories import PASSWORD, make_draft, make_entry, now, publish
from tests.requests_app import application_cases as cases

Begin = Callable[[Any], Any]
Do = Callable[[Any, Actor], Any]
WHY = "示例理由，写给办理人和当事人。"


@dataclass(frozen=True)
class Act:
    """One command: what stands before it, who gives it, how, and which other events follow from it.

    `do` returns the object that the event is about where that is not what stood before.
    """

    name: str
    machine: str
    command: str
    who: str
    begin: Begin
    do: Do
    follows: tuple[str, ...] = ()
    without_note: Do | None = None
    event: str = ""
    article: int | None = None
    outcome: str = "done"

    @property
    def field(self) -> str:
        """Returns the name of the field that holds the machine's state."""
        return RULES.machine(self.machine).field if self.machine else "state"

    @property
    def begins(self) -> bool:
        """Says whether the command brings its object into being."""
        return RULES.command(self.machine, self.command).begins


def act(machine: str, command: str, who: str, begin: Begin, do: Do, *follows: str, bare: Do | None = None) -> Act:
    """Returns an act of the law's table; `bare` gives the command without its reason."""
    event = RULES.command(machine, command).event
    return Act(f"{machine} {command} by {who}", machine, command, who, begin, do, follows, bare, event=event)


# --- Entry versions --------------------------------------------------------------------------------------------------

WAY = [
    ("submit", "registrar", {}),
    ("department_approve", "reviewer", {}),
    ("secrecy_approve", "secrecy", {"conclusion": "不含涉密内容"}),
]


def version_in(reached: int) -> Begin:
    """Returns what makes a draft and takes it the first steps of the way."""

    def begin(cast: Any) -> EntryVersion:
        version = make_draft(cast)
        for command, who, given in WAY[:reached]:
            version_command(version, command, actor=Actor.of_user(getattr(cast, who)), now=now(), **given)
        return version

    return begin


def second_version(cast: Any) -> EntryVersion:
    """Takes a second version of a published entry to the authority's review."""
    entry = make_entry(cast)
    version = version_open(entry, actor=Actor.of_user(cast.registrar), now=now())
    for command, who, given in WAY:
        version_command(version, command, actor=Actor.of_user(getattr(cast, who)), now=now(), **given)
    return version


def version(command: str, **given: Any) -> Do:
    """Returns what gives a review command."""
    return lambda stand, actor: version_command(stand, command, actor=actor, now=now(), **given)


def system(machine: str, command: str, **given: Any) -> Do:
    """Returns what carries out a command of the system's on the object itself."""

    def do(stand: Any, actor: Actor) -> None:
        carry_out(stand, machine, command, actor=actor, now=now(), **given)

    return do


V = "entry_version"
VERSION_ACTS = [
    act(V, "submit", "registrar", version_in(0), version("submit")),
    act(V, "department_approve", "reviewer", version_in(1), version("department_approve")),
    act(
        V,
        "department_return",
        "reviewer",
        version_in(1),
        version("department_return", note=WHY),
        bare=version("department_return"),
    ),
    act(V, "secrecy_approve", "secrecy", version_in(2), version("secrecy_approve", conclusion="不含涉密内容")),
    act(
        V,
        "secrecy_return",
        "secrecy",
        version_in(2),
        version("secrecy_return", note=WHY),
        bare=version("secrecy_return"),
    ),
    act(V, "publish", "officer", version_in(3), version("publish"), "catalogue.entry.opened"),
    act(V, "publish", "officer2", second_version, version("publish"), "catalogue.entry_version.superseded"),
    act(
        V,
        "authority_return",
        "officer",
        version_in(3),
        version("authority_return", note=WHY),
        bare=version("authority_return"),
    ),
    act(V, "supersede", "system", lambda cast: publish(cast, make_draft(cast)).published, system(V, "supersede")),
    act(V, "discard", "registrar", version_in(0), version("discard")),
]

# --- Entries ---------------------------------------------------------------------------------------------------------


def held(*agreed: str) -> Begin:
    """Returns what makes a suspended entry to whose resuming some have agreed."""

    def begin(cast: Any) -> Entry:
        entry = make_entry(cast)
        entry_suspend(entry, actor=Actor.of_user(cast.handler), now=now(), note=WHY)
        for who in agreed:
            entry_agree_resume(entry, actor=Actor.of_user(getattr(cast, who)), now=now())
        return entry

    return begin


def suspend(note: str) -> Do:
    """Returns what suspends an entry; the event is about the entry, not about the hold."""

    def do(stand: Entry, actor: Actor) -> None:
        entry_suspend(stand, actor=actor, now=now(), note=note)

    return do


def withdraw(note: str) -> Do:
    """Returns what withdraws an entry."""
    return lambda stand, actor: entry_withdraw(stand, actor=actor, now=now(), note=note)


def agree_resume(stand: Entry, actor: Actor) -> Entry:
    """Agrees to resume."""
    return entry_agree_resume(stand, actor=actor, now=now())


def not_live(cast: Any) -> Entry:
    """Makes an entry that is registered but not yet open."""
    return make_draft(cast).entry


E = "entry"
HOLDERS = ("handler", "reviewer", "officer")
ENTRY_ACTS = [
    act(E, "open", "system", not_live, system(E, "open")),
    *(
        act(E, "suspend", who, make_entry, suspend(WHY), bare=suspend(" "))
        for who in ("handler", "reviewer", "officer")
    ),
    act(E, "agree_resume", "reviewer", held(), agree_resume),
    act(E, "agree_resume", "officer", held("reviewer"), agree_resume, "catalogue.entry.resumed"),
    act(E, "resume", "system", held(), system(E, "resume")),
    *(act(E, "withdraw", who, make_entry, withdraw(WHY), bare=withdraw("")) for who in HOLDERS),
]

# --- Applications ----------------------------------------------------------------------------------------------------


def case(command: str, **given: Any) -> Do:
    """Returns what gives a command on an application, at the cases' own moment."""

    def do(stand: Application, actor: Actor) -> None:
        application_command(stand, command, actor=actor, now=cases.MORNING, given=Given(**given))

    return do


def half_approved(cast: Any) -> Application:
    """Makes an application that the provider has approved."""
    return cases.do(cases.in_review(cast), "approve", cast.application_reviewer)


def half_refused(cast: Any) -> Application:
    """Makes an application that the provider has refused."""
    return cases.do(cases.in_review(cast), "refuse", cast.application_reviewer, **cases.WHY)


def long_returned(cast: Any) -> Application:
    """Makes a returned application that was warned of its end long ago."""
    application = cases.returned(cast)
    applications_turn(now=cases.later(40))
    return application


def lapse(stand: Application, actor: Actor) -> None:
    """Lets time end a returned application."""
    application_lapse(stand, now=cases.later(60))


A = "application"
WHY_REFUSED = cases.WHY
NO_NOTE = {**cases.WHY, "note": ""}
DEFECTS = [{"field": "safeguards", "text": "请写明存储地点"}]
APPLICATION_ACTS = [
    act(A, "submit", "applicant", cases.STAGES["draft"], case("submit")),
    act(A, "return", "officer", cases.submitted, case("return", defects=DEFECTS), bare=case("return")),
    act(A, "resubmit", "applicant", cases.returned, case("resubmit")),
    act(A, "lapse", "system", long_returned, lapse),
    act(A, "accept", "officer", cases.submitted, case("accept")),
    act(A, "approve", "application_reviewer", cases.in_review, case("approve")),
    act(A, "approve", "officer", half_approved, case("approve"), "requests.application.agreed"),
    act(
        A,
        "refuse",
        "application_reviewer",
        cases.in_review,
        case("refuse", **WHY_REFUSED),
        bare=case("refuse", **NO_NOTE),
    ),
    act(A, "refuse", "officer", half_refused, case("refuse", **WHY_REFUSED), bare=case("refuse", **NO_NOTE)),
    act(A, "ask", "application_reviewer", cases.in_review, case("ask", note="用于何处？"), bare=case("ask")),
    act(A, "disagree", "system", cases.in_review, system(A, "disagree")),
    act(
        A,
        "settle",
        "officer2",
        cases.disputed,
        case("settle", decision="approve", note=WHY),
        "requests.application.agreed",
        bare=case("settle", decision="approve"),
    ),
    act(A, "agree", "system", cases.in_review, system(A, "agree")),
    act(A, "sign", "applicant", cases.approved, case("sign", password=PASSWORD)),
    act(A, "countersign", "officer", cases.signed, case("countersign"), "opendata.grant.opened"),
    act(A, "withdraw", "applicant", cases.submitted, case("withdraw")),
    act(A, "reconsider", "applicant", cases.refused, case("reconsider", note="措施已经加强"), bare=case("reconsider")),
    act(A, "uphold", "officer2", cases.reconsidered, case("uphold", note=WHY), bare=case("uphold")),
    act(A, "reopen", "officer2", cases.reconsidered, case("reopen", note=WHY), bare=case("reopen")),
]
