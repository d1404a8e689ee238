"""The shapes of the law table: texts, states, commands, clocks, articles, codes and the rule set that holds them.

Frozen rows and lookups, nothing else: pages, API, transition checks and tests all read the same rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal, Protocol, TypeVar

Tone = Literal["neutral", "waiting", "good", "bad"]
Unit = Literal["working_day", "hour", "day", "year"]


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence in Chinese and in English.

    Chinese is the text that counts; English is shown only to who reads English. A language without its own wording
    (Uyghur, for now) is shown the Chinese.
    """

    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh

    def say(self, language: str | None) -> str:
        """Give the wording for a language code such as "zh-hans", "en" or "en-gb"."""
        return self.en if (language or "").lower().split("-")[0] == "en" else self.zh


class Side(StrEnum):
    """On whose behalf someone acts in a case."""

    PROVIDER = "provider"
    AUTHORITY = "authority"
    APPLICANT = "applicant"
    REPORTER = "reporter"
    ANYONE = "anyone"
    SYSTEM = "system"


SIDE_LABELS: dict[Side, Text] = {
    Side.PROVIDER: Text("提供部门", "the provider"),
    Side.AUTHORITY: Text("公共数据主管部门", "the data authority"),
    Side.APPLICANT: Text("申请人", "the applicant"),
    Side.REPORTER: Text("反馈人", "the reporter"),
    Side.ANYONE: Text("任何人", "anyone"),
    Side.SYSTEM: Text("系统", "the system"),
}


class Role(StrEnum):
    """What a person is appointed to do in one department (Art. 6, 12, 36)."""

    REGISTRAR = "registrar"
    REVIEWER = "reviewer"
    SECRECY_REVIEWER = "secrecy_reviewer"
    REPORT_HANDLER = "report_handler"
    APPLICATION_REVIEWER = "application_reviewer"
    AUTHORITY_OFFICER = "authority_officer"
    AUDITOR = "auditor"


class Note(StrEnum):
    """Whether a command takes a written reason."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class By:
    """Who may give a command: a side of the case and, for departments, the role held there."""

    side: Side
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A state of a case. `final` means that the case rests here; only an express remedy leads out again."""

    name: str
    label: Text
    meaning: Text
    final: bool = False
    tone: Tone = "neutral"


@dataclass(frozen=True, slots=True)
class Command:
    """One row of a state machine: from where, to where, by whom, under which article.

    `target` None: the service decides among `may_reach`, or the state stays as it is. `other_than` names commands of
    the same machine whose givers may not give this one. `needs` names facts of the table of needs. `starts`, `stops`,
    `pauses` and `resumes` name clocks that follow every time; `may_start` and `may_stop` name those which depend on the
    acting side or on the case, and are left to the service. `begins`: the command that brings the case into being.
    """

    machine: str
    name: str
    sources: frozenset[str]
    target: str | None
    by: tuple[By, ...]
    article: int
    event: str
    label: Text
    explains: Text
    note: Note = Note.OPTIONAL
    other_than: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    pauses: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    may_reach: tuple[str, ...] = ()
    may_start: tuple[str, ...] = ()
    may_stop: tuple[str, ...] = ()
    begins: bool = False

    @property
    def by_system(self) -> bool:
        """True when no person gives this command: it follows from a fact."""
        return all(by.side is Side.SYSTEM for by in self.by)

    @property
    def targets(self) -> frozenset[str]:
        """Every state that this command may lead to, staying where it is included when the target is open."""
        return frozenset({self.target}) if self.target is not None else self.sources | frozenset(self.may_reach)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


NamedT = TypeVar("NamedT", bound=_Named)


def _find(rows: Iterable[NamedT], name: str, what: str) -> NamedT:
    for row in rows:
        if row.name == name:
            return row
    raise KeyError(f"no {what} is called {name!r}")


@dataclass(frozen=True, slots=True)
class Machine:
    """The states of one kind of case and the commands that move it; `field` names the model field that holds them."""

    name: str
    label: Text
    field: str
    states: tuple[State, ...]
    initial: str
    commands: tuple[Command, ...]

    def state(self, name: str) -> State:
        """Give the state of this name; KeyError when there is none."""
        return _find(self.states, name, f"state of {self.name}")

    def command(self, name: str) -> Command:
        """Give the command of this name; KeyError when there is none."""
        return _find(self.commands, name, f"command of {self.name}")

    def from_state(self, state: str) -> tuple[Command, ...]:
        """Give the commands that may follow in a state, without the one that brings a case into being."""
        return tuple(command for command in self.commands if state in command.sources and not command.begins)

    @property
    def open_states(self) -> frozenset[str]:
        """The states in which somebody still has something to do."""
        return frozenset(state.name for state in self.states if not state.final)


@dataclass(frozen=True, slots=True)
class ClockKind:
    """A time limit: statutory where the Measures set it, otherwise a service standard that the portal publishes."""

    name: str
    label: Text
    limit: int
    unit: Unit
    statutory: bool
    article: int
    basis: Text
    runs_for: By


@dataclass(frozen=True, slots=True)
class Article:
    """An article in our own words, and the check that shows that the portal keeps it."""

    number: int
    title: Text
    says: Text
    accept: Text


@dataclass(frozen=True, slots=True)
class Code:
    """One value of a code list."""

    value: str
    label: Text
    note: Text | None = None
    article: int | None = None


@dataclass(frozen=True, slots=True)
class CodeList:
    """The values that a field may take."""

    name: str
    label: Text
    items: tuple[Code, ...]

    def code(self, value: str) -> Code:
        """Give the row of a value; KeyError when the list does not hold it."""
        for item in self.items:
            if item.value == value:
                return item
        raise KeyError(f"{value!r} is not in the code list {self.name!r}")

    @property
    def values(self) -> tuple[str, ...]:
        """The values alone, in the order of the list."""
        return tuple(item.value for item in self.items)


@dataclass(frozen=True, slots=True)
class RoleRow:
    """What a role does, under which article."""

    role: Role
    label: Text
    does: Text
    article: int
    side: Side


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the Measures and what this portal means by it."""

    name: str
    term: Text
    meaning: Text
    article: int | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """An attribute of a catalogue entry: its label, what it says, and the article that demands it (None: none does).

    `when` narrows the demand to entries where another field has one of these values.
    """

    name: str
    label: Text
    required_by: int | None
    meaning: Text
    code_list: str | None = None
    when: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """A fact that must hold before a command, and what to tell the person when it does not."""

    name: str
    says: Text
    article: int


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A dated set of rules. A case keeps the id of the set under which it began (Art. 47)."""

    id: str
    title: Text
    source: Text
    in_force_from: date
    articles: tuple[Article, ...]
    machines: tuple[Machine, ...]
    roles: tuple[RoleRow, ...]
    clocks: tuple[ClockKind, ...]
    code_lists: tuple[CodeList, ...]
    words: tuple[Word, ...]
    fields: tuple[Field, ...]
    needs: tuple[Need, ...]

    def article(self, number: int) -> Article:
        """Give an article by its number; KeyError when the set does not hold it."""
        for row in self.articles:
            if row.number == number:
                return row
        raise KeyError(f"no article {number}")

    def machine(self, name: str) -> Machine:
        """Give a state machine by name."""
        return _find(self.machines, name, "machine")

    def command(self, machine: str, name: str) -> Command:
        """Give a command of a machine."""
        return self.machine(machine).command(name)

    def clock(self, name: str) -> ClockKind:
        """Give a clock by name."""
        return _find(self.clocks, name, "clock")

    def codes(self, name: str) -> CodeList:
        """Give a code list by name."""
        return _find(self.code_lists, name, "code list")

    def label(self, code_list: str, value: str) -> Text:
        """Give the label of one value of a code list."""
        return self.codes(code_list).code(value).label

    def field(self, name: str) -> Field:
        """Give an attribute of an entry by name."""
        return _find(self.fields, name, "field")

    def need(self, name: str) -> Need:
        """Give a need by name."""
        return _find(self.needs, name, "need")

    def word(self, name: str) -> Word:
        """Give a word of the glossary by its English name."""
        return _find(self.words, name, "word")

    def role(self, role: Role | str) -> RoleRow:
        """Give what a role does."""
        for row in self.roles:
            if row.role == role:
                return row
        raise KeyError(f"no role {role!r}")

    def who(self, by: By) -> Text:
        """Say who may give a command, such as "提供部门目录审核人员"."""
        side = SIDE_LABELS[by.side]
        if by.role is None:
            return side
        label = self.role(by.role).label
        if by.side is Side.AUTHORITY:
            return Text(label.zh, f"the {label.en.lower()}")
        return Text(f"{side.zh}{label.zh}", f"{side.en}'s {label.en.lower()}")
