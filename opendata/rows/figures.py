"""Reads what groups an answer is of and which figures of each it gives, and boxes on the map.

In a query string ``group_by=region&aggregates=count,avg:pm25``; in JSON ``{"group_by": ["region"], "aggregates":
[{"op": "count"}, {"op": "avg", "column": "pm25", "as": "mean"}], "having": {…}}``. A figure without a name of its own
is called ``pm25__avg``, that of all rows ``count``; ``sort`` and ``having`` use these names.

Sums of whole and decimal numbers are exact. So is the mean of such a column of up to 18 digits: the exact sum divided
once and rounded half away from zero, six places beyond the column's own. The mean of a wider column, and all figures
of floating-point columns, are 64-bit floats.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from opendata.rows.errors import QueryError
from opendata.rows.reader import Reader
from opendata.rows.schema import NUMBERS, Column, ColumnType, shorten, type_label
from opendata.rows.tree import Aggregate, Box, Reduce

MAX_GROUP_BY = 8
MAX_AGGREGATES = 20
MAX_NAME = 200


def read_group_by(reader: Reader, names: Sequence[object], parameter: str) -> tuple[str, ...]:
    """Check the columns to group by; each once, and of a type whose cells can be told apart."""
    if not 1 <= len(names) <= MAX_GROUP_BY:
        raise QueryError(_("Group by 1 to %(n)s columns.") % {"n": MAX_GROUP_BY}, parameter)
    chosen = [reader.column(name, parameter) for name in names]
    for column in chosen:
        if not column.sortable:
            raise QueryError(
                _("Rows cannot be grouped by the column “%(column)s”.") % {"column": shorten(column.name)}, parameter
            )
    _each_once([column.name for column in chosen], parameter)
    return tuple(column.name for column in chosen)


def read_aggregate(reader: Reader, op: object, column: object, name: object, parameter: str) -> Aggregate:
    """Check one figure: a known word, a column that it fits, and the name it goes under."""
    if not isinstance(op, str) or op not in {one.value for one in Reduce}:
        raise QueryError(
            _("There is no aggregate “%(op)s”.") % {"op": shorten(op)},
            parameter,
            _("The aggregates are: %(names)s.") % {"names": ", ".join(Reduce)},
        )
    reduce = Reduce(op)
    if column is None and reduce is not Reduce.COUNT:
        raise QueryError(
            _("The aggregate “%(op)s” needs a column.") % {"op": op},
            parameter,
            f"{op}:{next(iter(reader.columns), '')}",
        )
    found = None if column is None else reader.column(column, parameter)
    if found is not None and not _fits(reduce, found):
        raise QueryError(
            _("The aggregate “%(op)s” does not fit the column “%(column)s”, which holds %(type)s.")
            % {"op": op, "column": shorten(found.name), "type": type_label(found.type)},
            parameter,
        )
    if name is None:
        name = reduce.value if found is None else f"{found.name}__{reduce.value}"
    elif not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME:
        raise QueryError(_("A name has from 1 to %(n)s characters.") % {"n": MAX_NAME}, parameter)
    return Aggregate(reduce, None if found is None else found.name, name)


def read_aggregate_term(reader: Reader, term: str, parameter: str) -> Aggregate:
    """Read ``count`` or ``avg:pm25``; what follows the first colon is the column's name."""
    op, colon, column = term.partition(":")
    return read_aggregate(reader, op, column if colon else None, None, parameter)


def _fits(reduce: Reduce, column: Column) -> bool:
    if reduce in (Reduce.SUM, Reduce.AVG):
        return column.type in NUMBERS
    return reduce is Reduce.COUNT or column.sortable


def outputs(columns: Mapping[str, Column], group_by: Sequence[str], aggregates: Sequence[Aggregate]) -> list[Column]:
    """Return the columns of a grouped answer with their types. Raises QueryError where two have the same name."""
    if len(aggregates) > MAX_AGGREGATES:
        raise QueryError(_("Ask for at most %(n)s aggregates.") % {"n": MAX_AGGREGATES}, "aggregates")
    made = [columns[name] for name in group_by]
    made += [Column(one.name, _type(one, columns)) for one in aggregates]
    _each_once([column.name for column in made], "aggregates")
    return made


def _type(one: Aggregate, columns: Mapping[str, Column]) -> ColumnType:
    if one.column is None or one.op in (Reduce.COUNT, Reduce.DISTINCT):
        return ColumnType.INTEGER
    held = columns[one.column].type
    return ColumnType.DECIMAL if one.op is Reduce.AVG and held is not ColumnType.FLOAT else held


def _each_once(names: Iterable[str], parameter: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise QueryError(
                _("Two columns of the answer would be called “%(column)s”.") % {"column": shorten(name)},
                parameter,
                _("Give an aggregate another name with “as”, or name each column once."),
            )
        seen.add(name)


def read_box(reader: Reader, terms: Sequence[object], parameter: str) -> Box:
    """Read ``west,south,east,north`` in degrees (RFC 7946 §5), for a table with a geometry column."""
    if not any(column.type is ColumnType.GEOMETRY for column in reader.columns.values()):
        raise QueryError(_("This table has no geometry, so there is nothing that a box could meet."), parameter)
    numbers = [_degrees(term) for term in terms]
    if len(numbers) != 4 or any(number is None for number in numbers):
        raise QueryError(
            _("“bbox” takes four numbers in degrees: west, south, east, north."), parameter, "bbox=73.4,34.3,96.4,49.2"
        )
    west, south, east, north = (number for number in numbers if number is not None)
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise QueryError(
            _("A box lies between -180 and 180 degrees east and between -90 and 90 degrees north, the south first."),
            parameter,
            "bbox=73.4,34.3,96.4,49.2",
        )
    return Box(west, south, east, north)


def _degrees(term: object) -> float | None:
    if isinstance(term, bool) or not isinstance(term, str | int | float | Decimal) or len(str(term)) > 40:
        return None
    try:
        number = float(term)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
