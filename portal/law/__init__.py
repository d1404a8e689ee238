"""The law as data: articles, words, states, commands, roles, clocks and the calendar. Pure Python, no Django."""

from portal.law import rules
from portal.law.calendar import SHIPPED, Calendar, Count, CountedDay, DayRow
from portal.law.errors import RuleBroken
from portal.law.fields import FIELDS
from portal.law.ruleset import RULES, get, in_force, rule_sets
from portal.law.terms import (
    SIDE_LABELS,
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
    "FIELDS",
    "RULES",
    "SHIPPED",
    "SIDE_LABELS",
    "Article",
    "By",
    "Calendar",
    "ClockKind",
    "Code",
    "CodeList",
    "Command",
    "Count",
    "CountedDay",
    "DayRow",
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
    "rules",
]
