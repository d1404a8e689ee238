"""A source with its published columns as one asker sees it: each column by its position, as it is stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
from django.utils.translation import gettext as _

from opendata.rows.errors import QueryError, TableError
from opendata.rows.schema import NUMBERS, Column, ColumnType, shorten, type_of_arrow
from opendata.rows.source import Source
from opendata.rows.tree import EVERYTHING, Query, Scope, Value

Parameter = Value | None
COVERING = ("__xmin", "__ymin", "__xmax", "__ymax")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its bound parameters."""

    sql: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """Where the page before ended: the values of the sort columns in its last row, and that row's number.

    For groups the number is how many came before, and ``values`` is None where they are too long to be carried.
    """

    values: tuple[Parameter, ...] | None
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
            return exact_decimal(value, 0)
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

    def any_cell(self, name: str) -> Cell:
        """Find a column for the scope's own filter, which may name what the asker does not see."""
        return self.cell(name, everything=True)

    def chosen(self, query: Query) -> tuple[Column, ...]:
        """The columns of an answer of rows."""
        return tuple(self.cell(name).column for name in query.select) if query.select else self.visible

    def covering(self) -> tuple[str, ...]:
        """How the bounds of each row's geometry are written: west, south, east, north.

        Raises QueryError where the table has none, or where its geometry is outside the scope.
        """
        geometry = any(column.type is ColumnType.GEOMETRY for column in self.visible)
        if not geometry or not set(COVERING) <= set(self.source.names):
            raise QueryError(_("This table has no geometry, so there is nothing that a box could meet."), "bbox")
        return tuple(f"c{self.source.names.index(name)}" for name in COVERING)


def _cell(column: Column, position: int, source: Source) -> Cell:
    kind, sql = source.kinds[position], f"c{position}"
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    stored = type_of_arrow(kind)
    if column.type in (ColumnType.TEXT, ColumnType.GEOMETRY) and not (
        pa.types.is_string(kind) or pa.types.is_large_string(kind)
    ):
        return Cell(column, f"CAST({sql} AS VARCHAR)", pa.string())
    if column.type is ColumnType.GEOMETRY:
        return Cell(column, sql, kind)
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


def exact_decimal(unscaled: int, scale: int) -> Decimal:
    """Make an exact Decimal whatever the context's precision is."""
    return Decimal((int(unscaled < 0), tuple(int(digit) for digit in str(abs(unscaled))), -scale))
