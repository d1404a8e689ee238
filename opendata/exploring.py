"""The query builder: what its form holds for an address in the rows grammar (`queryaddress`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from opendata.queryaddress import Pairs, figure_name, is_filter, listed, without, write_terms
from opendata.rows import Column, ColumnType, QueryError
from opendata.rows.schema import NUMBERS
from opendata.rows.tree import DEFAULT_LIMIT, Count, Op, Reduce

SHOWN_CHOICES = 300
MOST_OFFERED = 500
MOST_REDUCIBLE = 100
LIMITS = (20, DEFAULT_LIMIT, 500)
YES_NO = ("true", "false")
INPUTS = {ColumnType.DATE: "date", ColumnType.TIME: "time", ColumnType.TIMESTAMP: "datetime-local"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be chosen."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is in the query, with the address of the query without it."""

    label: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of the query. `kind` is the kind of input that fits its values; `options` stand instead of one."""

    name: str
    column: str
    op: str
    value: str
    kind: str
    options: list[Choice]
    remove_url: str
    error: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Adding:
    """A filter that is being made: the column is chosen, the operator perhaps."""

    column: str
    operators: list[Choice]
    kind: str
    options: list[Choice]
    two: bool
    several: bool
    value: str
    suggestions: list[str]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the grammar refuses, and where it stands: the name of a filter, of a setting, or nothing."""

    message: str
    hint: str
    parameter: str


@dataclass(frozen=True, slots=True)
class Builder:
    """The form of one query."""

    columns: list[Choice]
    columns_left_out: int
    kept_select: list[str]
    filters: list[Filter]
    filterable: list[Choice]
    adding: Adding | None
    sorts: list[Part]
    sortable: list[Choice]
    groups: list[Part]
    figures: list[Part]
    groupable: list[Choice]
    reducible: list[tuple[str, list[Choice]]]
    limits: list[Choice]
    counts: list[Choice]
    box: str
    box_remove_url: str
    kept: Pairs
    trouble: Trouble | None
    grouped: bool
    errors: Mapping[str, Trouble] = field(default_factory=dict)


# --- the form of an address ------------------------------------------------------------------------------------------


def operator_labels() -> dict[Op, str]:
    """Names the operators as they stand between a column and a value."""
    return {
        Op.EXACT: _("is"),
        Op.NE: _("is not"),
        Op.IN: _("is one of"),
        Op.GT: _("greater than"),
        Op.GTE: _("at least"),
        Op.LT: _("less than"),
        Op.LTE: _("at most"),
        Op.CONTAINS: _("contains"),
        Op.STARTSWITH: _("begins with"),
        Op.ISNULL: _("is blank"),
        Op.RANGE: _("lies between"),
    }


def reduce_labels() -> dict[Reduce, str]:
    """Names the figures of groups."""
    return {
        Reduce.COUNT: _("number of values"),
        Reduce.SUM: _("sum"),
        Reduce.AVG: _("mean"),
        Reduce.MIN: _("smallest"),
        Reduce.MAX: _("largest"),
        Reduce.DISTINCT: _("number of different values"),
    }


def count_labels() -> dict[Count, str]:
    """Names the ways to count."""
    return {
        Count.NONE: _("do not count"),
        Count.EXACT: _("count exactly"),
        Count.ESTIMATED: _("estimate"),
    }


def build(
    path: str,
    pairs: Pairs,
    columns: Sequence[Column],
    *,
    labels: Mapping[str, str],
    frequent: Mapping[str, list[str]],
    error: QueryError | None,
) -> Builder:
    """Returns the form that shows these parameters.

    `labels` are what columns mean, `frequent` their most frequent values where figures of the data may be seen;
    `error` is what the grammar said about the query.
    """
    trouble = Trouble(error.message, error.hint, error.parameter) if error else None
    grouped = bool(listed(pairs, "group_by") or listed(pairs, "aggregates"))

    def titled(name: str) -> str:
        return f"{name} – {labels[name]}" if labels.get(name) else name

    def address(changed: Pairs) -> str:
        query = urlencode(without(changed, "cursor", "offset"))
        return f"{path}?{query}" if query else path

    def parts(setting: str, label: Mapping[str, str]) -> list[Part]:
        terms = listed(pairs, setting)
        found = []
        for term in terms:
            left = [one for one in terms if one != term]
            rest = [(name, write_terms(left) if name == setting else value) for name, value in pairs]
            found.append(Part(label.get(term, term), address(rest if left else without(pairs, setting))))
        return found

    by_name = {column.name: column for column in columns}
    figures = listed(pairs, "aggregates")
    answer = [*listed(pairs, "group_by"), *(figure_name(one) for one in figures)] if grouped else list(by_name)
    orderable = [name for name in answer if name not in by_name or by_name[name].sortable]
    sort_labels = {name: _("%(column)s, rising") % {"column": name} for name in orderable}
    sort_labels |= {f"-{name}": _("%(column)s, falling") % {"column": name} for name in orderable}
    settings = dict(pairs)
    select = listed(pairs, "select")
    shown = list(columns[:SHOWN_CHOICES])
    limit = settings.get("limit") or str(DEFAULT_LIMIT)
    limits = {str(one) for one in LIMITS} | ({limit} if limit.isdecimal() and len(limit) < 6 else set())
    return Builder(
        columns=[Choice(one.name, titled(one.name), one.name in select) for one in shown],
        columns_left_out=len(columns) - len(shown),
        kept_select=[name for name in select if name in by_name and by_name[name] not in shown],
        filters=_filters(pairs, by_name, address, trouble),
        filterable=[Choice(one.name, titled(one.name)) for one in columns[:MOST_OFFERED]],
        adding=_adding(settings, by_name, frequent),
        sorts=parts("sort", sort_labels),
        sortable=[Choice(term, sort_labels[term]) for name in orderable[:MOST_OFFERED] for term in (name, f"-{name}")],
        groups=parts("group_by", {}),
        figures=parts("aggregates", {one: _figure_label(one) for one in figures}),
        groupable=[Choice(one.name, titled(one.name)) for one in columns[:MOST_OFFERED] if one.sortable],
        reducible=_reducible(columns) if grouped else [],
        limits=[Choice(one, one, one == limit) for one in sorted(limits, key=int)],
        counts=[
            Choice(one.value, label, settings.get("count", Count.NONE.value) == one.value)
            for one, label in count_labels().items()
        ],
        box=settings.get("bbox", ""),
        box_remove_url=address(without(pairs, "bbox")),
        kept=[(name, value) for name, value in pairs if name in ("sort", "group_by", "aggregates")],
        trouble=trouble,
        grouped=grouped,
        errors={trouble.parameter: trouble} if trouble else {},
    )


def _reducible(columns: Sequence[Column]) -> list[tuple[str, list[Choice]]]:
    """Returns the figures that can be added, by column."""
    numbers = (Reduce.SUM, Reduce.AVG)
    return [
        (
            one.name,
            [
                Choice(f"{op}:{one.name}", _figure_label(f"{op}:{one.name}"))
                for op in Reduce
                if op not in numbers or one.type in NUMBERS
            ],
        )
        for one in columns[:MOST_REDUCIBLE]
        if one.sortable
    ]


def _figure_label(term: str) -> str:
    op, _colon, column = term.partition(":")
    label = {one.value: text for one, text in reduce_labels().items()}.get(op, op)
    return _("%(figure)s of %(column)s") % {"figure": label, "column": column} if column else _("number of rows")


def _filters(
    pairs: Pairs, columns: Mapping[str, Column], address: Callable[[Pairs], str], trouble: Trouble | None
) -> list[Filter]:
    labels = {op.value: label for op, label in operator_labels().items()}
    found = []
    for number, (name, value) in enumerate(pairs):
        if not is_filter(name):
            continue
        column, _mark, op = name.rpartition("__")
        wrong = trouble if trouble and trouble.parameter == name else None
        known = columns.get(column)
        kind, options = fitting(known, op, value) if known and not wrong else ("text", [])
        rest = [pair for place, pair in enumerate(pairs) if place != number]
        found.append(
            Filter(
                name=name,
                column=column or name,
                op=labels.get(op, op if column else ""),
                value=value,
                kind=kind,
                options=options,
                remove_url=address(rest),
                error=wrong.message if wrong else "",
                hint=wrong.hint if wrong else "",
            )
        )
    return found


def fitting(column: Column, op: str, value: str = "") -> tuple[str, list[Choice]]:
    """Returns the kind of input that fits an operator's values, or the values to choose from."""
    yes_or_no = op == Op.ISNULL.value or (column.type is ColumnType.BOOLEAN and op != Op.IN.value)
    if yes_or_no and value in ("", *YES_NO):
        words = dict(zip(YES_NO, (_("yes"), _("no")), strict=True))
        return "choice", [Choice(one, words[one], one == value) for one in YES_NO]
    # A moment may be written in more ways than the browser's own field can show.
    if op == Op.IN.value or (value and (op == Op.RANGE.value or column.type is ColumnType.TIMESTAMP)):
        return "text", []
    if column.type in NUMBERS:
        return "number", []
    return INPUTS.get(column.type, "text"), []


def _adding(
    settings: Mapping[str, str], columns: Mapping[str, Column], frequent: Mapping[str, list[str]]
) -> Adding | None:
    column = columns.get(settings.get("~column", ""))
    if column is None:
        return None
    labels = operator_labels()
    op = settings.get("~op", column.operators[0].value)
    kind, options = fitting(column, op)
    return Adding(
        column=column.name,
        operators=[Choice(one.value, labels[one], one.value == op) for one in column.operators],
        kind=kind,
        options=options,
        two=op == Op.RANGE.value,
        several=op == Op.IN.value,
        value=settings.get("~value", ""),
        suggestions=frequent.get(column.name, []) if kind == "text" and op != Op.IN.value else [],
    )
