"""The law as data: articles, words, states, commands, roles, clocks and the calendar. Pure Python, no Django."""

from portal.law.errors import RuleBroken
from portal.law.ruleset import RULES, get, in_force, rule_sets
from portal.law.terms import (
    Article,
    By,
    ClockKind,
    Code,
    CodeList,
    Command,
    Field,
    Machine,
    Need,
    Note,
    Role,
    RoleRow,
    RuleSet,
    Side,
    State,
    Text,
    Word,
)

__all__ = [
    "RULES",
    "Article",
    "By",
    "ClockKind",
    "Code",
    "CodeList",
    "Command",
    "Field",
    "Machine",
    "Need",
    "Note",
    "Role",
    "RoleRow",
    "RuleBroken",
    "RuleSet",
    "Side",
    "State",
    "Text",
    "Word",
    "get",
    "in_force",
    "rule_sets",
]
