"""Compiles conditions: comparisons in each column's own type, negation at the comparisons, and keyset positions.

Negation is ``NOT (x) OR column IS NULL``, which gives the two-valued truth of ``tree``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa

from opendata.rows.cells import Cell, Parameter, exact_decimal
from opendata.rows.schema import NUMBERS
from opendata.rows.tree import And, Box, Compare, Condition, Not, Op, Or, Value

_SIGNS = {Op.EXACT: "=", Op.GT: ">", Op.GTE: ">=", Op.LT: "<", Op.LTE: "<="}


def _range_of(kind: pa.DataType) -> tuple[int, int, int]:
    """Return (scale, lowest, highest) of an exact number type, the bounds counted in its last place."""
    if pa.types.is_decimal(kind):
        most = 10**kind.precision - 1
        return kind.scale, -most, most
    if pa.types.is_unsigned_integer(kind):
        return 0, 0, 2**kind.bit_width - 1
    return 0, -(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1) - 1


def _number(cell: Cell, op: Op, value: Decimal | float) -> tuple[str, tuple[Parameter, ...]]:
    """Compare with an exact number column in that column's own type.

    Bound as it is, 0.1234567890123456789 against DECIMAL(38, 2) fits no common type and would be compared as a float.
    """
    scale, lowest, highest = _range_of(cell.kind)
    scaled = Fraction(value) * 10**scale
    floor = scaled.numerator // scaled.denominator
    exact = floor == scaled
    if op is Op.EXACT:
        if not exact or not lowest <= floor <= highest:
            return "FALSE", ()
    elif floor > highest:
        return (f"{cell.sql} IS NOT NULL" if op in (Op.LT, Op.LTE) else "FALSE"), ()
    elif floor < lowest:
        return (f"{cell.sql} IS NOT NULL" if op in (Op.GT, Op.GTE) else "FALSE"), ()
    elif not exact:
        op = Op.GT if op in (Op.GT, Op.GTE) else Op.LTE
    bound: Parameter = exact_decimal(floor, scale) if pa.types.is_decimal(cell.kind) else floor
    return f"{cell.sql} {_SIGNS[op]} ?", (bound,)


def _simple(cell: Cell, op: Op, value: Value) -> tuple[str, tuple[Parameter, ...]]:
    if cell.column.type in NUMBERS and isinstance(value, int | Decimal | float) and not isinstance(value, bool):
        if not pa.types.is_floating(cell.kind):
            return _number(cell, op, value)
        return f"{cell.sql} {_SIGNS[op]} ?", (float(value),)
    return f"{cell.sql} {_SIGNS[op]} ?", (cell.bind(value),)


def _one_of(cell: Cell, values: Sequence[Value]) -> tuple[str, tuple[Parameter, ...]]:
    made = [_simple(cell, Op.EXACT, value) for value in values]
    bound = tuple(parameter for _sql, parameters in made for parameter in parameters)
    if not bound:
        return "FALSE", ()
    return f"{cell.sql} IN ({', '.join('?' * len(bound))})", bound


def _comparison(cell: Cell, compare: Compare) -> tuple[str, tuple[Parameter, ...]]:
    """Compile one comparison; its truth is NULL where the cell is, which the caller settles."""
    op, value = compare.op, compare.value
    if isinstance(value, tuple):
        if op is Op.IN:
            return _one_of(cell, value)
        low, high = _simple(cell, Op.GTE, value[0]), _simple(cell, Op.LTE, value[1])
        return f"({low[0]} AND {high[0]})", (*low[1], *high[1])
    if op is Op.CONTAINS:
        return f"contains({cell.sql}, ?)", (value,)
    if op is Op.STARTSWITH:
        return f"starts_with({cell.sql}, ?)", (value,)
    return _simple(cell, op, value)


@dataclass(slots=True)
class Where:
    """Compiles conditions in reading order, gathering their parameters in the same order."""

    cell_of: Callable[[str], Cell]
    parameters: list[Parameter]

    def sql(self, condition: Condition, negated: bool = False) -> str:
        """Return a condition, or its opposite, in SQL; its parameters join the others."""
        match condition:
            case Not(part):
                return self.sql(part, not negated)
            case And(parts):
                return self._join(parts, negated, "OR" if negated else "AND")
            case Or(parts):
                return self._join(parts, negated, "AND" if negated else "OR")
            case Compare(column, Op.NE, value):
                return self.sql(Compare(column, Op.EXACT, value), not negated)
            case Compare(column, Op.ISNULL, value):
                cell = self.cell_of(column)
                return f"{cell.sql} IS {'' if bool(value) != negated else 'NOT '}NULL"
            case Compare(column):
                cell = self.cell_of(column)
                sql, parameters = _comparison(cell, condition)
                self.parameters.extend(parameters)
                return f"(NOT ({sql}) OR {cell.sql} IS NULL)" if negated else f"({sql})"

    def _join(self, parts: Sequence[Condition], negated: bool, word: str) -> str:
        if not parts:
            return "TRUE" if word == "AND" else "FALSE"
        return "(" + f" {word} ".join(self.sql(part, negated) for part in parts) + ")"


def meets(covering: Sequence[str], box: Box) -> tuple[str, list[Parameter]]:
    """Say which rows' bounds meet a box; rows without a geometry do not."""
    west, south, east, north = covering
    across = "OR" if box.west > box.east else "AND"
    sql = f"({south} <= ? AND {north} >= ? AND ({west} <= ? {across} {east} >= ?))"
    return sql, [box.north, box.south, box.east, box.west]


def after(
    keys: Sequence[tuple[Cell, bool]], values: Sequence[Parameter], row: str, number: int
) -> tuple[str, list[Parameter]]:
    """Say which rows come after a position: keys in their directions, cells without a value last, then the row.

    ``row`` is how the row's number is written, "" where the keys alone tell all rows apart.
    """
    parameters: list[Parameter] = []
    cases: list[str] = []
    equal: list[str] = []
    equal_parameters: list[Parameter] = []
    for (cell, descending), raw in zip(keys, values, strict=True):
        value = cell.bind(raw)
        if value is not None:
            sign = "<" if descending else ">"
            cases.append(" AND ".join([*equal, f"({cell.sql} {sign} ? OR {cell.sql} IS NULL)"]))
            parameters.extend([*equal_parameters, value])
            equal.append(f"{cell.sql} = ?")
            equal_parameters.append(value)
        else:
            equal.append(f"{cell.sql} IS NULL")
    if row:
        cases.append(" AND ".join([*equal, f"{row} > ?"]))
        parameters.extend([*equal_parameters, number])
    if not cases:
        return "FALSE", []
    return "(" + " OR ".join(f"({case})" for case in cases) + ")", parameters
