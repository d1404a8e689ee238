"""A plan of de-identification: what is done to each column, and against which thresholds it is measured (Art. 26).

What is not named is dropped: a column nobody thought of never goes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from portal.law import RuleBroken

ARTICLE = 26
NUMBERS = ("integer", "decimal", "float")
MOMENTS = ("date", "timestamp")
TEXTS = ("text", *NUMBERS)
PLAIN = ("text", "integer", "decimal", "float", "boolean", "date", "time", "timestamp")
# What can be done to columns of which types; None stands for any type.
DEEDS: dict[str, tuple[str, ...] | None] = {
    "keep": None,
    "drop": None,
    "mask": TEXTS,
    "range": NUMBERS,
    "month": MOMENTS,
    "quarter": MOMENTS,
    "year": MOMENTS,
    "prefecture": ("text",),
    "prefix": ("text",),
    "sum": NUMBERS,
    "avg": NUMBERS,
    "pseudonymise": PLAIN,
}
GENERALISE = ("range", "month", "quarter", "year", "prefecture", "prefix")
AGGREGATE = ("sum", "avg")
ROLES = ("", "quasi", "sensitive")
K_DEFAULT, L_DEFAULT = 5, 2
K_MOST, L_MOST = 10_000, 1_000
LONGEST_END = 20
WIDEST = 10**12


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is done to one column; `place` is its position in the file, from 0.

    `first` and `last` are the characters a mask leaves, or `first` the length of a prefix; `width` that of a range.
    """

    column: str
    place: int
    type: str
    deed: str
    first: int = 0
    last: int = 0
    width: int = 0

    @property
    def stays(self) -> bool:
        """Whether something of the column goes out."""
        return self.deed != "drop"

    def to_json(self) -> dict[str, Any]:
        """Returns what the record keeps of it."""
        numbers = {"first": self.first, "last": self.last, "width": self.width}
        return {"do": self.deed} | {name: value for name, value in numbers.items() if value}


@dataclass(frozen=True, slots=True)
class Plan:
    """The treatments of all columns in the order of the file, the roles of columns, and the thresholds."""

    treatments: tuple[Treatment, ...]
    quasi: tuple[str, ...]
    sensitive: tuple[str, ...]
    k: int
    l: int  # noqa: E741 — l-diversity is called so (Machanavajjhala et al., 2007)
    suppress: bool = False
    group: bool = False

    @property
    def staying(self) -> tuple[Treatment, ...]:
        """Returns the treatments of the columns that go out."""
        return tuple(one for one in self.treatments if one.stays)

    def places(self, names: Iterable[str]) -> tuple[int, ...]:
        """Returns the places of these columns in the file."""
        by_name = {one.column: one.place for one in self.treatments}
        return tuple(by_name[name] for name in names)

    def staying_places(self, names: Iterable[str]) -> tuple[int, ...]:
        """Returns the places of those of these columns that go out."""
        staying = {one.place for one in self.staying}
        return tuple(place for place in self.places(names) if place in staying)

    def to_json(self) -> dict[str, Any]:
        """Returns what the record keeps: columns, suppression, grouping."""
        return {
            "columns": {one.column: one.to_json() for one in self.treatments},
            "suppress": self.suppress,
            "group": self.group,
        }


def plan_from(
    told: Mapping[str, Any],
    columns: Sequence[Mapping[str, Any]],
    *,
    quasi: Sequence[str],
    sensitive: Sequence[str],
    k: int,
    l: int,  # noqa: E741
    not_kept: Iterable[str] = (),
) -> Plan:
    """Returns the plan told as JSON for these columns, or raises RuleBroken with the field that is wrong.

    `not_kept` names columns in which personal data was found: they do not go out as they are.
    """
    given = _mapping(told.get("columns", {}), "columns")
    known = {column["name"]: column for column in columns}
    for name in [*given, *quasi, *sensitive]:
        if name not in known:
            raise _broken(_("There is no column “%(column)s”.") % {"column": name[:100]}, "columns")
    treatments = tuple(
        _treatment(
            column["name"], place, column["type"], _mapping(given.get(column["name"], {"do": "drop"}), "columns")
        )
        for place, column in enumerate(columns)
    )
    plan = Plan(
        treatments,
        tuple(dict.fromkeys(quasi)),
        tuple(dict.fromkeys(sensitive)),
        _number(k, "k_wanted", 2, K_MOST),
        _number(l, "l_wanted", 1, L_MOST),
        told.get("suppress") is True,
        told.get("group") is True,
    )
    _check(plan, frozenset(not_kept))
    return plan


def _treatment(name: str, place: int, type_: str, told: Mapping[str, Any]) -> Treatment:
    deed = told.get("do")
    if not isinstance(deed, str) or deed not in DEEDS:
        raise _broken(_("Column “%(column)s”: please choose what is done to it.") % {"column": name}, name)
    types = DEEDS[deed]
    if types is not None and type_ not in types:
        raise _broken(_("Column “%(column)s”: this cannot be done to values of its type.") % {"column": name}, name)
    first = _number(told.get("first", 0), name, 0, LONGEST_END) if deed in ("mask", "prefix") else 0
    last = _number(told.get("last", 0), name, 0, LONGEST_END) if deed == "mask" else 0
    if deed == "prefix" and first < 1:
        raise _broken(_("Column “%(column)s”: how many characters stay?") % {"column": name}, name)
    width = _number(told.get("width", 0), name, 1, WIDEST) if deed == "range" else 0
    return Treatment(name, place, type_, deed, first, last, width)


def _check(plan: Plan, not_kept: frozenset[str]) -> None:
    """Applies the rules that look at more than one column."""
    if not plan.quasi:
        reason = _(
            "Mark the quasi-identifiers: the columns that others could know of a person, such as age, sex, village."
        )
        raise _broken(reason, "quasi_identifiers")
    both = [name for name in plan.quasi if name in plan.sensitive]
    if both:
        raise _broken(
            _("Column “%(column)s” is a quasi-identifier or sensitive, not both.") % {"column": both[0]}, "sensitive"
        )
    if not plan.staying:
        raise _broken(_("At least one column must stay."), "columns")
    for one in plan.staying:
        if one.deed == "keep" and one.column in not_kept:
            reason = _("Column “%(column)s” holds personal data: it cannot be kept as it is.")
            raise _broken(reason % {"column": one.column}, one.column)
        if one.deed in AGGREGATE and not plan.group:
            reason = _("Column “%(column)s”: sums and means need rows that are grouped.")
            raise _broken(reason % {"column": one.column}, "group")
        if one.deed in AGGREGATE and one.column in plan.quasi:
            reason = _("Column “%(column)s” is a quasi-identifier: rows are grouped by it, it is not summed up.")
            raise _broken(reason % {"column": one.column}, one.column)
        if plan.group and one.deed not in AGGREGATE and one.column not in plan.quasi:
            reason = _("Rows are grouped by the quasi-identifiers: sum column “%(column)s” up, or drop it.")
            raise _broken(reason % {"column": one.column}, one.column)


def _number(value: Any, field: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _broken(
            _("“%(field)s”: please give a whole number from %(least)s to %(most)s.")
            % {"field": field, "least": least, "most": most},
            field,
        )
    return value


def _mapping(value: Any, field: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _broken(_("The plan says for each column by its name what is done to it."), field)
    return value


def _broken(message: str, field: str) -> RuleBroken:
    return RuleBroken(message, ARTICLE, field)
