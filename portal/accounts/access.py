"""Decides who may do what. One evaluator; a refusal is falsy and explains itself with its article (Art. 36, 38)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext as _

from portal.accounts.actors import Actor
from portal.accounts.models import Department, User
from portal.accounts.querysets import DepartmentQuerySet
from portal.language import say
from portal.law import RULES, By, Command, Machine, Role, Side

# Cases that are somebody's own: whoever stands on the applicant's side decides nothing in them (Art. 29, 36).
OWN_CASES = frozenset({"application", "identity"})


class Governed(Protocol):
    """What an object under a state machine tells the evaluator about itself."""

    def department_of(self, side: Side) -> Department | None:
        """Returns the department that acts on this side."""

    def is_applicant(self, user: User) -> bool:
        """Says whether the user acts for the applicant of this object."""

    def did(self, command: str) -> set[Any]:
        """Returns the ids of the users who did a command on this object in its present round."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The actor may; `side` says in what capacity."""

    by: By

    def __bool__(self) -> bool:
        """Is true."""
        return True


@dataclass(frozen=True, slots=True)
class Denied:
    """The actor may not; the reason is written for the reader, the article backs it.

    `by_state`: the right person at the wrong moment, which is a broken rule (409) and no lack of right (403).
    """

    reason: str
    article: int | None = None
    by_state: bool = False

    def __bool__(self) -> bool:
        """Is false."""
        return False


class NotAllowed(Exception):
    """Raised by services when the evaluator denies; pages answer 403 with the reason and the article."""

    def __init__(self, denied: Denied) -> None:
        super().__init__(denied.reason)
        self.reason = denied.reason
        self.article = denied.article


def departments_with_role(user: User | None, *roles: Role) -> DepartmentQuerySet:
    """Returns the departments in which the user holds one of these roles."""
    return Department.objects.all().with_role(user, *roles)


def has_role(user: User | None, role: Role, department: Department | None) -> bool:
    """Says whether the user holds the role in the department."""
    return department is not None and departments_with_role(user, role).filter(pk=department.pk).exists()


def serves(actor: Actor, role: Role, department: Department | None) -> bool:
    """Says whether the actor, in person and not by a key, holds the role in the department."""
    return actor.kind == "user" and has_role(actor.user, role, department)


def is_official(user: User | None) -> bool:
    """Says whether the user holds any role in any department."""
    return departments_with_role(user, *Role).exists()


def person(actor: Actor) -> User:
    """Returns the signed-in user who acts, or raises NotAllowed: keys and visitors give no such command."""
    if actor.kind != "user" or actor.user is None:
        raise NotAllowed(Denied(_("Please sign in: a named person does this."), 36))
    return actor.user


def can(actor: Actor, machine: str, command: str, obj: Governed, *, rule_set: Any = RULES) -> Allowed | Denied:
    """Says whether this actor may do this command on this object now.

    Looks at the state, the role on the right side, and who did the earlier steps (four eyes, Art. 12).
    """
    row: Command = rule_set.command(machine, command)
    table: Machine = rule_set.machine(machine)
    state = getattr(obj, table.field)
    by = next((by for by in row.by if _acts_as(actor, by, obj)), None)
    if by is None:
        return Denied(
            _("Only %(who)s may do this.") % {"who": _who(row.by, rule_set)},
            row.article,
        )
    if state not in row.sources:
        return Denied(
            _("This cannot be done now: the present state is “%(state)s”.") % {"state": say(table.state(state).label)},
            row.article,
            by_state=True,
        )
    if machine in OWN_CASES and by.role is not None and actor.user is not None and _own_case(actor.user, obj):
        return Denied(_("This is your own case, or your organisation's: another person must decide it."), row.article)
    if actor.user is not None and any(actor.user.pk in obj.did(earlier) for earlier in row.other_than):
        return Denied(_("You took an earlier step of this case; another person must take this one."), row.article)
    return Allowed(by)


def require(actor: Actor, machine: str, command: str, obj: Governed, *, rule_set: Any = RULES) -> Allowed:
    """Returns Allowed, or raises NotAllowed with the reason."""
    answer = can(actor, machine, command, obj, rule_set=rule_set)
    if isinstance(answer, Denied):
        raise NotAllowed(answer)
    return answer


def allowed_commands(actor: Actor, machine: str, obj: Governed) -> list[Command]:
    """Returns the commands this actor may do on this object now, in the order of the table."""
    table = RULES.machine(machine)
    return [row for row in table.commands if not row.begins and can(actor, machine, row.name, obj)]


def _acts_as(actor: Actor, by: By, obj: Governed) -> bool:
    if by.side == Side.SYSTEM:
        return actor.kind == "system"
    if by.side == Side.ANYONE:
        return actor.kind in {"user", "visitor"}
    if by.side == Side.REPORTER and actor.kind == "reporter":
        return actor.id == str(getattr(obj, "pk", ""))
    if actor.kind != "user" or actor.user is None or not actor.user.is_active:
        return False
    if by.side in (Side.APPLICANT, Side.REPORTER):
        return obj.is_applicant(actor.user)
    return by.role is not None and has_role(actor.user, by.role, obj.department_of(by.side))


def _own_case(user: User, obj: Governed) -> bool:
    """Says whether the user stands, or stood when it was submitted, on the applicant's side."""
    return obj.is_applicant(user) or user.pk in obj.did("submit")


def _who(allowed: Iterable[By], rule_set: Any) -> str:
    return " / ".join(dict.fromkeys(say(rule_set.who(by)) for by in allowed))
