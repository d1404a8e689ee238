"""Checks what a query names — columns, operators, limits — against one table as one asker sees it."""

import csv
import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from django.utils.translation import gettext as _

from opendata.rows.errors import QueryError
from opendata.rows.schema import Column, shorten, type_label
from opendata.rows.tree import EVERYTHING, MAX_LIMIT, Compare, Count, Op, Query, Scope, Sort, Value

MAX_CONDITIONS = 100
MAX_DEPTH = 10
MAX_LIST = 1_000
MAX_SORT = 8
MAX_CURSOR = 8_192
MAX_OFFSET = 10**12
MAX_CELLS = 1_000_000


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads queries against one table; columns outside the scope do not exist for it, in messages neither."""

    columns: Mapping[str, Column]

    @classmethod
    def of(cls, columns: Iterable[Column], scope: Scope = EVERYTHING) -> "Reader":
        """Make the reader of a table's columns as one asker sees them."""
        return cls({column.name: column for column in columns if scope.shows(column.name)})

    def column(self, name: object, parameter: str) -> Column:
        """Find a column by its name, or refuse with the names that come near."""
        found = self.columns.get(name) if isinstance(name, str) else None
        if found is None:
            raise QueryError(
                _("There is no column “%(column)s”.") % {"column": shorten(name)},
                parameter,
                near(str(name), self.columns),
            )
        return found

    def operator(self, column: Column, name: object, parameter: str) -> Op:
        """Find an operator that the column's type has."""
        if not isinstance(name, str) or name not in {op.value for op in Op}:
            raise QueryError(
                _("There is no operator “%(operator)s”.") % {"operator": shorten(name)},
                parameter,
                _("The operators are: %(names)s.") % {"names": ", ".join(Op)},
            )
        op = Op(name)
        if op not in column.operators:
            raise QueryError(
                _("The operator “%(operator)s” does not fit the column “%(column)s”, which holds %(type)s.")
                % {"operator": op, "column": shorten(column.name), "type": type_label(column.type)},
                parameter,
                _("The operators of this column are: %(names)s.") % {"names": ", ".join(column.operators)},
            )
        return op

    def select(self, names: Sequence[object], parameter: str) -> tuple[str, ...]:
        """Check the columns asked for; each once."""
        chosen = tuple(self.column(name, parameter).name for name in names)
        if not chosen:
            raise QueryError(_("Name at least one column, or leave “select” out."), parameter)
        _refuse_twice(chosen, parameter)
        return chosen

    def sort(self, keys: Sequence[tuple[str, bool]], parameter: str) -> tuple[Sort, ...]:
        """Check the columns to sort by; each once, and of a type that has an order."""
        if len(keys) > MAX_SORT:
            raise QueryError(_("Sort by at most %(n)s columns.") % {"n": MAX_SORT}, parameter)
        sort = []
        for name, descending in keys:
            column = self.column(name, parameter)
            if not column.sortable:
                raise QueryError(
                    _("Rows cannot be sorted by the column “%(column)s”.") % {"column": shorten(column.name)}, parameter
                )
            sort.append(Sort(column.name, descending))
        _refuse_twice([key.column for key in sort], parameter)
        return tuple(sort)

    def sort_term(self, term: str) -> tuple[str, bool]:
        """Read ``-pm25`` as descending; a column whose own name begins with a hyphen is taken as such if it must be."""
        if term.startswith("-") and not (term in self.columns and term[1:] not in self.columns):
            return term[1:], True
        return term, False


def near(name: str, names: Iterable[str]) -> str:
    """Return a hint with the names that look most like the one that was written ("" where none does)."""
    close = difflib.get_close_matches(name[:200], list(names), n=3, cutoff=0.5)
    return _("Did you mean: %(names)s?") % {"names": ", ".join(shorten(one) for one in close)} if close else ""


def _refuse_twice(names: Sequence[str], parameter: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise QueryError(_("The column “%(column)s” is named twice.") % {"column": shorten(name)}, parameter)


def read_terms(raw: str, parameter: str) -> list[str]:
    """Split a list at its commas; a term that holds a comma stands in double quotes, as in CSV."""
    try:
        rows = list(csv.reader([raw], strict=True))
    except csv.Error as error:
        raise QueryError(
            _("The list “%(found)s” cannot be read.") % {"found": shorten(raw)},
            parameter,
            _("Separate with commas; put a term that holds a comma or a quote in double quotes."),
        ) from error
    # A lone line end is no term to the csv module; it is one here, and refused by whoever looks it up.
    return rows[0] if rows and rows[0] else [raw]


def read_limit(raw: object, parameter: str) -> int:
    """Read the number of rows of a page."""
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) <= 9:
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= MAX_LIMIT:
        raise QueryError(
            _("“%(parameter)s” must be a whole number from 0 to %(n)s.") % {"parameter": "limit", "n": MAX_LIMIT},
            parameter,
            _("Fetch more rows page by page with the cursor, or download the whole file."),
        )
    return raw


def read_cursor(raw: object, parameter: str) -> str | None:
    """Check the outer shape of a cursor; its seal is checked where the key is known."""
    if raw is None:
        return None
    if not isinstance(raw, str) or not raw or len(raw) > MAX_CURSOR:
        raise QueryError(_("“cursor” must be the cursor of the page before, unchanged."), parameter)
    return raw


def read_count(raw: object, parameter: str) -> Count:
    """Read whether all rows are to be counted."""
    if not isinstance(raw, str) or raw not in {count.value for count in Count}:
        raise QueryError(_("“count” must be one of: %(names)s.") % {"names": ", ".join(Count)}, parameter)
    return Count(raw)


def compare(column: Column, op: Op, values: Sequence[Value], parameter: str) -> Compare:
    """Make a comparison from values that are already read; the number of values must fit the operator."""
    if op is Op.RANGE and len(values) != 2:
        raise QueryError(_("“range” takes two values, the lowest and the highest that count."), parameter, "range: 1,5")
    if op is Op.IN and not 1 <= len(values) <= MAX_LIST:
        raise QueryError(_("“in” takes from 1 to %(n)s values.") % {"n": MAX_LIST}, parameter)
    return Compare(column.name, op, tuple(values) if op in (Op.IN, Op.RANGE) else values[0])


def read_offset(raw: object, parameter: str) -> int:
    """Read how many rows or groups to pass over."""
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) <= 13:
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= MAX_OFFSET:
        raise QueryError(
            _("“%(parameter)s” must be a whole number from 0 to %(n)s.") % {"parameter": "offset", "n": MAX_OFFSET},
            parameter,
        )
    return raw


def whole(query: Query, columns: int) -> Query:
    """Refuse what does not go together, and pages of too many cells; ``columns`` is the number of the answer's."""
    if query.offset and query.cursor:
        raise QueryError(
            _("“cursor” and “offset” do not go together."), "offset", _("The cursor already says where to go on.")
        )
    if query.having is not None and not query.grouped:
        raise QueryError(_("“having” needs “group_by” or “aggregates”."), "having", _("To filter rows use “where”."))
    if query.grouped and query.select:
        raise QueryError(
            _("“select” does not go with “group_by” or “aggregates”."),
            "select",
            _("The answer has the columns grouped by, then the aggregates."),
        )
    if query.limit * columns > MAX_CELLS:
        raise QueryError(
            _("A page of %(rows)s rows of %(columns)s columns is too wide: at most %(n)s cells.")
            % {"rows": query.limit, "columns": columns, "n": MAX_CELLS},
            "limit",
            _("Select fewer columns, or ask for at most %(n)s rows.") % {"n": MAX_CELLS // columns},
        )
    return query


def too_many() -> NoReturn:
    """Refuse a query with too many conditions."""
    raise QueryError(_("A query may hold at most %(n)s conditions.") % {"n": MAX_CONDITIONS}, "where")
