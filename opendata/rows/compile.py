"""Compiles a query to parameterised SQL for DuckDB.

What somebody wrote never becomes SQL text. Values are bound. Columns are named by their position: the file is read as
``t(c0, c1, …)``, so a column called ``a"b`` or ``x]y`` or one with a NUL in it needs no quoting at all, two names that
differ only in case stay two columns, and no function of DuckDB is ever reached by a name from outside.

Every order ends with the row's number in the file (DuckDB's ``file_row_number``), so it is total and pages are stable.
Negation stands at the comparisons: ``NOT (x) OR column IS NULL``, which gives the two-valued truth of ``tree``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
from django.utils.translation import gettext as _

from opendata.rows.errors import QueryError, TableError
from opendata.rows.schema import NUMBERS, Column, ColumnType, shorten, type_of_arrow
from opendata.rows.source import Source
from opendata.rows.tree import EVERYTHING, And, Compare, Condition, Not, Op, Or, Query, Scope, Sort, Value

Parameter = Value | None
ROW = "t.file_row_number"
_SIGNS = {Op.EXACT: "=", Op.GT: ">", Op.GTE: ">=", Op.LT: "<", Op.LTE: "<="}


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its bound parameters."""

    sql: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """Where the page before ended: the values of the sort columns in its last row, and that row's number."""

    values: tuple[Parameter, ...]
    row: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One column in SQL: how it is written, and as what it is stored (``kind``)."""

    column: Column
    sql: str
    kind: pa.DataType

    @property
    def shown(self) -> str:
        """The expression that is selected."""
        return f"CAST({self.sql} AS VARCHAR)" if self.column.type is ColumnType.OTHER else self.sql

    def bind(self, value: Parameter) -> Parameter:
        """Give a value the Python type that DuckDB compares with the stored one without loss."""
        if isinstance(value, int) and not isinstance(value, bool) and pa.types.is_decimal(self.kind):
            return _decimal(value, 0)
        return value


@dataclass(frozen=True, slots=True)
class Table:
    """A source with its published columns, as one asker sees it; the scope's own filter sees every column."""

    source: Source
    cells: dict[str, Cell]
    scope: Scope = EVERYTHING

    @classmethod
    def of(cls, source: Source, columns: Iterable[Column], scope: Scope = EVERYTHING) -> "Table":
        """Tie published columns to the file. Raises TableError where the file lacks one or stores another type."""
        positions = {name: position for position, name in reversed(list(enumerate(source.names)))}
        cells = {}
        for column in columns:
            if column.name not in positions:
                raise TableError(f"the file {source.path} has no column {column.name!r}")
            cells[column.name] = _cell(column, positions[column.name], source)
        return cls(source, cells, scope)

    @property
    def visible(self) -> tuple[Column, ...]:
        """The columns that the asker sees, in the order of the table."""
        return tuple(cell.column for name, cell in self.cells.items() if self.scope.shows(name))

    def cell(self, name: str, *, everything: bool = False) -> Cell:
        """Find a column; one outside the scope does not exist."""
        if name not in self.cells or not (everything or self.scope.shows(name)):
            raise QueryError(_("There is no column “%(column)s”.") % {"column": shorten(name)}, "select")
        return self.cells[name]

    def chosen(self, query: Query) -> tuple[Column, ...]:
        """The columns of the answer."""
        return tuple(self.cell(name).column for name in query.select) if query.select else self.visible

    @property
    def from_sql(self) -> str:
        """The FROM clause; its one parameter is the path."""
        names = ", ".join(f"c{number}" for number in range(len(self.source.names)))
        return f"FROM read_parquet(?) AS t({names})"


def _cell(column: Column, position: int, source: Source) -> Cell:
    kind, sql = source.kinds[position], f"c{position}"
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    stored = type_of_arrow(kind)
    if column.type is ColumnType.TEXT and not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return Cell(column, f"CAST({sql} AS VARCHAR)", pa.string())
    if column.type is not ColumnType.OTHER and stored is not column.type and not {stored, column.type} <= NUMBERS:
        raise TableError(f"the column {column.name!r} is published as {column.type} and stored as {kind}")
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return Cell(column, f"timezone('Asia/Shanghai', {sql})", pa.timestamp("us"))
    # Python's moments end at the microsecond; a cursor must be able to carry what the order compares.
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return Cell(column, f"CAST({sql} AS TIMESTAMP)", pa.timestamp("us"))
    if pa.types.is_time(kind) and kind.unit == "ns":
        return Cell(column, f"CAST({sql} AS TIME)", pa.time64("us"))
    return Cell(column, sql, kind)


# --- numbers -------------------------------------------------------------------------------------------------------


def _decimal(unscaled: int, scale: int) -> Decimal:
    """Make an exact Decimal whatever the context's precision is."""
    return Decimal((int(unscaled < 0), tuple(int(digit) for digit in str(abs(unscaled))), -scale))


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
    bound: Parameter = _decimal(floor, scale) if pa.types.is_decimal(cell.kind) else floor
    return f"{cell.sql} {_SIGNS[op]} ?", (bound,)


# --- conditions ----------------------------------------------------------------------------------------------------


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
class _Where:
    """Compiles conditions in reading order, gathering their parameters in the same order."""

    table: Table
    everything: bool
    parameters: list[Parameter]

    def sql(self, condition: Condition, negated: bool = False) -> str:
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
                cell = self.table.cell(column, everything=self.everything)
                return f"{cell.sql} IS {'' if bool(value) != negated else 'NOT '}NULL"
            case Compare(column):
                cell = self.table.cell(column, everything=self.everything)
                sql, parameters = _comparison(cell, condition)
                self.parameters.extend(parameters)
                return f"(NOT ({sql}) OR {cell.sql} IS NULL)" if negated else f"({sql})"

    def _join(self, parts: Sequence[Condition], negated: bool, word: str) -> str:
        if not parts:
            return "TRUE" if word == "AND" else "FALSE"
        return "(" + f" {word} ".join(self.sql(part, negated) for part in parts) + ")"


def _after(keys: Sequence[tuple[Cell, bool]], position: Position) -> tuple[str, list[Parameter]]:
    """Say which rows come after a position: keys in their directions, cells without a value last, then the row."""
    parameters: list[Parameter] = []
    cases: list[str] = []
    equal: list[str] = []
    equal_parameters: list[Parameter] = []
    for (cell, descending), raw in zip(keys, position.values, strict=True):
        value = cell.bind(raw)
        if value is not None:
            sign = "<" if descending else ">"
            cases.append(" AND ".join([*equal, f"({cell.sql} {sign} ? OR {cell.sql} IS NULL)"]))
            parameters.extend([*equal_parameters, value])
            equal.append(f"{cell.sql} = ?")
            equal_parameters.append(value)
        else:
            equal.append(f"{cell.sql} IS NULL")
    cases.append(" AND ".join([*equal, f"{ROW} > ?"]))
    parameters.extend([*equal_parameters, position.row])
    return "(" + " OR ".join(f"({case})" for case in cases) + ")", parameters


def _where(table: Table, query: Query, position: Position | None) -> tuple[str, list[Parameter]]:
    parameters: list[Parameter] = []
    parts = []
    if table.scope.row_filter is not None:
        parts.append(_Where(table, True, parameters).sql(table.scope.row_filter))
    if query.where is not None:
        parts.append(_Where(table, False, parameters).sql(query.where))
    if position is not None:
        sql, more = _after(sort_cells(table, query.sort), position)
        parts.append(sql)
        parameters.extend(more)
    return (" WHERE " + " AND ".join(parts) if parts else ""), parameters


def sort_cells(table: Table, sort: Sequence[Sort]) -> list[tuple[Cell, bool]]:
    """Find the columns to sort by, each with whether it descends."""
    return [(table.cell(key.column), key.descending) for key in sort]


def compile_rows(
    table: Table, query: Query, *, position: Position | None = None, limit: int | None = None, keys: bool = True
) -> Statement:
    """Compile the selection of rows; ``keys`` adds the sort columns and the row's number behind the answer's columns.

    ``limit`` None means every row, which only exports ask for.
    """
    columns = [table.cell(column.name) for column in table.chosen(query)]
    sorting = sort_cells(table, query.sort)
    shown = [cell.shown for cell in columns] + ([cell.sql for cell, _down in sorting] + [ROW] if keys else [])
    where, parameters = _where(table, query, position)
    order = [f"{cell.sql} {'DESC' if descending else 'ASC'} NULLS LAST" for cell, descending in sorting] + [ROW]
    # Without a limit and a sort the scan already delivers the file's order, as a stream instead of one big sort.
    tail = "" if limit is None and not sorting else " ORDER BY " + ", ".join(order)
    tail += "" if limit is None else f" LIMIT {int(limit)}"
    sql = f"SELECT {', '.join(shown)} {table.from_sql}{where}{tail}"
    return Statement(sql, (table.source.path, *parameters))


def compile_count(table: Table, query: Query) -> Statement | None:
    """Compile the count of all rows that meet the conditions; None where the file's footer already says it."""
    where, parameters = _where(table, query, None)
    if not where:
        return None
    return Statement(f"SELECT count(*) {table.from_sql}{where}", (table.source.path, *parameters))


def compile_keys(table: Table, query: Query, row: int) -> Statement:
    """Compile the reading of one row's sort values, for a cursor too short to carry them."""
    shown = ", ".join(cell.sql for cell, _down in sort_cells(table, query.sort))
    return Statement(f"SELECT {shown} {table.from_sql} WHERE {ROW} = ?", (table.source.path, row))
