"""The address of a query that is being built: what somebody clicked becomes parameters of the rows grammar.

The address is the whole state, so that a query can be shared and works without JavaScript. Filters stand in the form
under the grammar's own names (`pm25__gt`); what is being added stands under names that begin with `~`, which no filter
can bear (a filter's name holds `__`, and these do not). `canonical` turns the second kind into the first.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence

from opendata.rows import Column, QueryError
from opendata.rows.grammar import SETTINGS
from opendata.rows.reader import read_terms
from opendata.rows.tree import Count, Op, Reduce

Pairs = list[tuple[str, str]]
MARK = "~"


def write_terms(terms: Iterable[str]) -> str:
    """Writes a list as the grammar reads it: commas between, double quotes where a term holds one (RFC 4180)."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(list(terms))
    return line.getvalue()


def listed(pairs: Iterable[tuple[str, str]], name: str) -> list[str]:
    """Returns the terms of a setting; none where it is not given or cannot be read (the grammar says that itself)."""
    raw = dict(pairs).get(name)
    if not raw:
        return []
    try:
        return read_terms(raw, name)
    except QueryError:
        return [raw]


def without(pairs: Iterable[tuple[str, str]], *names: str) -> Pairs:
    """Returns the pairs but those of these names."""
    return [(name, value) for name, value in pairs if name not in names]


def call_of(pairs: Iterable[tuple[str, str]]) -> Pairs:
    """Returns what is asked of the API: the query from its first row, without what is being added."""
    return [(name, value) for name, value in pairs if not name.startswith(MARK) and name != "cursor"]


def is_filter(name: str) -> bool:
    """Says whether a parameter is a filter."""
    return name not in SETTINGS and not name.startswith(MARK)


def canonical(pairs: Sequence[tuple[str, str]], columns: Sequence[Column]) -> Pairs:
    """Returns what the form sent as parameters of the grammar; a filter that lacks its value stays under its `~` names.

    An address that no form made comes back as it is, mistakes included: the grammar explains those.
    """
    if not any(name.startswith(MARK) for name, _value in pairs):
        return list(pairs)
    names = [column.name for column in columns]
    sent = [(name, value) for name, value in pairs if name.startswith(MARK)]
    chosen = {value for name, value in sent if name == "~select" and value in names}
    added = {name: value.strip() if name == "~op" else value for name, value in sent if value}
    filters = [(name, value) for name, value in pairs if is_filter(name)]
    kept = {name: value for name, value in pairs if name in SETTINGS and value}
    made, pending = _added_filter(added, columns)
    groups = _with(listed(pairs, "group_by"), added.get("~group"), names)
    figures = _with(listed(pairs, "aggregates"), added.get("~figure"), None)
    if groups and not figures:
        figures = [Reduce.COUNT.value]
    sort = _sorted(listed(pairs, "sort"), added)
    if groups or figures:
        answer = {*groups, *(figure_name(one) for one in figures)}
        sort = [term for term in sort if term in answer or term.removeprefix("-") in answer]
        chosen = set()
    result = [*filters, *made]
    if 0 < len(chosen) < len(names):
        result.append(("select", write_terms(name for name in names if name in chosen)))
    for name, terms in (("group_by", groups), ("aggregates", figures), ("sort", sort)):
        if terms:
            result.append((name, write_terms(terms)))
    result += [(name, kept[name]) for name in ("bbox", "limit", "offset") if name in kept]
    if kept.get("count", Count.NONE.value) != Count.NONE.value:
        result.append(("count", kept["count"]))
    return result + pending


def _with(terms: list[str], more: str | None, names: Collection[str] | None) -> list[str]:
    return [*terms, more] if more and more not in terms and (names is None or more in names) else terms


def figure_name(term: str) -> str:
    """Returns what the answer calls a figure such as `avg:pm25`."""
    op, colon, column = term.partition(":")
    return f"{column}__{op}" if colon else op


def _sorted(terms: list[str], added: Mapping[str, str]) -> list[str]:
    """Adds a term; the same column the other way about takes the place of the first."""
    term = added.get("~sort")
    if not term:
        return terms
    return [*(one for one in terms if one not in (term, f"-{term}", term.removeprefix("-"))), term]


def _added_filter(added: Mapping[str, str], columns: Sequence[Column]) -> tuple[Pairs, Pairs]:
    """Returns the filter where it is whole, else what is known of it."""
    column = next((one for one in columns if one.name == added.get("~column")), None)
    if column is None:
        return [], []
    op, value = added.get("~op", ""), added.get("~value", "")
    if op not in {one.value for one in column.operators}:
        return [], [("~column", column.name)]
    pending = [("~column", column.name), ("~op", op)]
    if op == Op.RANGE.value and value:
        if not added.get("~value2"):
            return [], [*pending, ("~value", value)]
        value = write_terms([value, added["~value2"]])
    return ([(f"{column.name}__{op}", value)], []) if value else ([], pending)
