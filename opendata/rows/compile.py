# ruff: noqa: S608 — the SQL holds positions and numbers of our own; whatever somebody wrote is bound
"""Compiles a query to parameterised SQL for DuckDB.

What somebody wrote never becomes SQL text. Values are bound. Columns are named by their position: the file is read as
``t(c0, c1, …)``, so a column called ``a"b`` or ``x]y`` or one with a NUL in it needs no quoting at all, two names that
differ only in case stay two columns, and no function of DuckDB is ever reached by a name from outside. The columns of
groups are called ``o0``, ``o1`` … in the same way.

Every order ends with the row's number in the file, so it is total and pages are stable; the order of groups ends with
the columns grouped by, which tell all groups apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from opendata.rows.cells import Cell, Parameter, Position, Statement, Table
from opendata.rows.conditions import Where, after, meets
from opendata.rows.schema import Column, ColumnType
from opendata.rows.source import Source
from opendata.rows.tree import Aggregate, Query, Reduce, Sort

__all__ = ["Cell", "Origin", "Parameter", "Position", "Statement", "Table", "compile_rows", "compile_total"]

MEAN_PLACES = 6
_SAFE_DIGITS = 18
_SLICES, _SLICE_ROWS = 8, 8_192


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows are read: the FROM clause with its parameters, and how a row's number is written there.

    ``ordered`` says that the scan itself keeps the file's order: DuckDB gives a stored table's rows in the order of
    their insertion (its setting ``preserve_insertion_order``), and to sort by the number would read every column of
    every row.
    """

    sql: str
    parameters: tuple[Parameter, ...]
    row: str
    ordered: bool = True


def parquet(source: Source) -> Origin:
    """Read the Parquet file; its columns are renamed to their positions."""
    names = ", ".join(f"c{number}" for number in range(len(source.names)))
    return Origin(f"FROM read_parquet(?) AS t({names})", (source.path,), "t.file_row_number", ordered=False)


def stored(alias: str, head: str = "") -> Origin:
    """Read an attached table file, or one of its heads (``asc_3``), whose names are our own."""
    return Origin(f"FROM {alias}.{head or 'rows'} AS t", (), "t.r" if head else "t.rowid", ordered=not head)


def head_of(table: Table, query: Query) -> str:
    """Name the head that holds the first rows of a query's order, "" where none can: conditions, several sort keys."""
    if len(query.sort) != 1 or query.grouped or table.scope.row_filter or query.where or query.box:
        return ""
    cell = table.cell(query.sort[0].column)
    # A cell that is read through an expression may order otherwise than the column itself.
    return f"{'desc' if query.sort[0].descending else 'asc'}_{cell.sql[1:]}" if cell.sql[1:].isdigit() else ""


def sort_cells(table: Table, sort: Sequence[Sort]) -> list[tuple[Cell, bool]]:
    """Find the columns to sort by, each with whether it descends."""
    return [(table.cell(key.column), key.descending) for key in sort]


def _conditions(table: Table, query: Query) -> tuple[list[str], list[Parameter]]:
    parameters: list[Parameter] = []
    parts = []
    if table.scope.row_filter is not None:
        parts.append(Where(table.any_cell, parameters).sql(table.scope.row_filter))
    if query.where is not None:
        parts.append(Where(table.cell, parameters).sql(query.where))
    if query.box is not None:
        sql, more = meets(table.covering(), query.box)
        parts.append(sql)
        parameters.extend(more)
    return parts, parameters


def _where(parts: Sequence[str]) -> str:
    return " WHERE " + " AND ".join(parts) if parts else ""


def _direction(descending: bool) -> str:
    return "DESC NULLS LAST" if descending else "ASC NULLS LAST"


# --- rows ----------------------------------------------------------------------------------------------------------


def compile_rows(
    table: Table,
    query: Query,
    origin: Origin | None = None,
    *,
    position: Position | None = None,
    limit: int | None = None,
    keys: bool = True,
) -> Statement:
    """Compile the selection of rows; ``keys`` adds the sort columns and the row's number behind the answer's columns.

    ``limit`` None means every row, which only exports ask for.
    """
    origin = origin or parquet(table.source)
    columns = [table.cell(column.name) for column in table.chosen(query)]
    sorting = sort_cells(table, query.sort)
    shown = [cell.shown for cell in columns] + ([cell.sql for cell, _down in sorting] + [origin.row] if keys else [])
    parts, parameters = _conditions(table, query)
    narrowed, offset = bool(parts), query.offset
    if position is not None:
        sql, more = after(sorting, position.values or (), origin.row, position.row)
        parts.append(sql)
        parameters.extend(more)
    elif offset and not parts and not sorting:
        parts.append(f"{origin.row} >= ?")
        parameters.append(offset)
        offset = 0
    begin = query.offset if position is None else position.row + 1
    if limit is not None and not sorting and not narrowed:
        # Nothing is passed over, so the page's last row is known; without it threads would read ahead of the limit.
        parts.append(f"{origin.row} < ?")
        parameters.append(begin + int(limit))
    order = [f"{cell.sql} {_direction(descending)}" for cell, descending in sorting] + [origin.row]
    # Without a limit and a sort the scan already delivers the file's order, as a stream instead of one big sort.
    tail = "" if not sorting and (limit is None or origin.ordered) else " ORDER BY " + ", ".join(order)
    tail += "" if limit is None else f" LIMIT {int(limit)}"
    tail += f" OFFSET {int(offset)}" if offset else ""
    return Statement(f"SELECT {', '.join(shown)} {origin.sql}{_where(parts)}{tail}", (*origin.parameters, *parameters))


def compile_keys(table: Table, query: Query, row: int, origin: Origin | None = None) -> Statement:
    """Compile the reading of one row's sort values, for a cursor too short to carry them."""
    origin = origin or parquet(table.source)
    shown = ", ".join(cell.sql for cell, _down in sort_cells(table, query.sort))
    return Statement(f"SELECT {shown} {origin.sql} WHERE {origin.row} = ?", (*origin.parameters, row))


# --- groups --------------------------------------------------------------------------------------------------------


def _figure(table: Table, one: Aggregate) -> tuple[str, ColumnType, pa.DataType]:
    """Write one aggregate, with the type of its answer."""
    whole = (ColumnType.INTEGER, pa.int64())
    if one.column is None:
        return "count(*)", *whole
    cell = table.cell(one.column)
    match one.op:
        case Reduce.COUNT:
            return f"count({cell.sql})", *whole
        case Reduce.DISTINCT:
            return f"count(DISTINCT {cell.sql})", *whole
        case Reduce.MIN | Reduce.MAX:
            return f"{one.op.value}({cell.sql})", cell.column.type, cell.kind
    if pa.types.is_floating(cell.kind):
        return f"{one.op.value}(CAST({cell.sql} AS DOUBLE))", ColumnType.FLOAT, pa.float64()
    if one.op is Reduce.SUM:
        return _sum(cell)
    return _mean(cell)


def _sum(cell: Cell) -> tuple[str, ColumnType, pa.DataType]:
    """Write the sum of whole or decimal numbers.

    DuckDB adds up numbers of more than 18 digits in 128 bits, and where its threads put their sums together it does
    not look whether these overflow: a sum could wrap around unseen. So the sum of all magnitudes is looked at first.
    """
    scale = cell.kind.scale if pa.types.is_decimal(cell.kind) else 0
    exact = f"CAST(sum({cell.sql}) AS DECIMAL(38, {scale}))"
    if pa.types.is_decimal(cell.kind) and cell.kind.precision > _SAFE_DIGITS:
        magnitudes = f"sum(abs(CAST({cell.sql} AS DOUBLE)))"
        exact = f"CASE WHEN {magnitudes} >= 9e{37 - scale} THEN error('sum') ELSE {exact} END"
    return exact, cell.column.type, pa.decimal128(38, scale)


def _mean(cell: Cell) -> tuple[str, ColumnType, pa.DataType]:
    """Write the mean of whole or decimal numbers: counted in units of the last place, rounded half away from zero."""
    kind = cell.kind
    scale = kind.scale if pa.types.is_decimal(kind) else 0
    digits = kind.precision if pa.types.is_decimal(kind) else (18 if kind.bit_width < 64 or _signed(kind) else 20)
    if digits > _SAFE_DIGITS:
        return f"avg(CAST({cell.sql} AS DOUBLE))", ColumnType.FLOAT, pa.float64()
    total, places = f"CAST(sum({cell.sql}) * CAST(1{'0' * scale} AS DECIMAL({scale + 1}, 0)) AS HUGEINT)", MEAN_PLACES
    count = f"CAST(count({cell.sql}) AS HUGEINT)"
    if not scale:
        total = f"CAST(sum({cell.sql}) AS HUGEINT)"
    rounded = f"((2{'0' * places} * {total} + sign({total}) * {count}) // (2 * {count}))"
    unit = f"CAST(0.{'0' * (scale + places - 1)}1 AS DECIMAL({scale + places}, {scale + places}))"
    exact = f"CAST({rounded} AS DECIMAL(38, 0)) * {unit}"
    return f"CASE WHEN count({cell.sql}) > 0 THEN {exact} END", ColumnType.DECIMAL, pa.decimal128(38, scale + places)


def _signed(kind: pa.DataType) -> bool:
    return bool(pa.types.is_signed_integer(kind))


@dataclass(frozen=True, slots=True)
class Groups:
    """A grouped query in SQL: the table of its groups, and the columns of that table as cells."""

    inner: Statement
    cells: tuple[Cell, ...]
    keys: tuple[Cell, ...]

    def cell(self, name: str) -> Cell:
        """Find a column of the answer."""
        return next(cell for cell in self.cells if cell.column.name == name)

    def ordering(self, query: Query) -> list[tuple[Cell, bool]]:
        """The total order: what was asked for, then the columns grouped by."""
        asked = [(self.cell(key.column), key.descending) for key in query.sort]
        return asked + [(cell, False) for cell in self.keys if cell not in [one for one, _down in asked]]


def groups_of(table: Table, query: Query, origin: Origin) -> Groups:
    """Compile the groups of a query, before ``having``, order and limit."""
    made = [(table.cell(name).sql, table.cell(name)) for name in query.group_by]
    for one in query.aggregates:
        sql, kind, arrow = _figure(table, one)
        made.append((sql, Cell(Column(one.name, kind), sql, arrow)))
    cells = tuple(Cell(cell.column, f"g.o{at}", cell.kind) for at, (_sql, cell) in enumerate(made))
    parts, parameters = _conditions(table, query)
    keys = ", ".join(table.cell(name).sql for name in query.group_by)
    shown = ", ".join(f"{sql} AS o{at}" for at, (sql, _cell) in enumerate(made))
    inner = f"SELECT {shown} {origin.sql}{_where(parts)}{' GROUP BY ' + keys if keys else ''}"
    return Groups(Statement(inner, (*origin.parameters, *parameters)), cells, cells[: len(query.group_by)])


def compile_groups(groups: Groups, query: Query, *, position: Position | None, limit: int) -> Statement:
    """Compile one page of groups: the answer's columns, then the values of its order."""
    ordering = groups.ordering(query)
    parameters: list[Parameter] = list(groups.inner.parameters)
    parts, offset = [], query.offset
    if query.having is not None:
        parts.append(Where(groups.cell, parameters).sql(query.having))
    if position is not None and position.values is not None:
        sql, more = after(ordering, position.values, "", 0)
        parts.append(sql)
        parameters.extend(more)
    elif position is not None:
        offset = position.row
    shown = ", ".join(cell.sql for cell in (*groups.cells, *(cell for cell, _down in ordering)))
    order = ", ".join(f"{cell.sql} {_direction(descending)}" for cell, descending in ordering)
    tail = (
        (f" ORDER BY {order}" if order else "") + f" LIMIT {int(limit)}" + (f" OFFSET {int(offset)}" if offset else "")
    )
    return Statement(f"SELECT {shown} FROM ({groups.inner.sql}) AS g{_where(parts)}{tail}", tuple(parameters))


# --- totals --------------------------------------------------------------------------------------------------------


def compile_total(table: Table, query: Query, origin: Origin) -> Statement | None:
    """Compile the count of all rows or groups of a query; None where the file's footer already says it."""
    if query.grouped:
        groups = groups_of(table, query, origin)
        parameters: list[Parameter] = list(groups.inner.parameters)
        having = _where([Where(groups.cell, parameters).sql(query.having)] if query.having else [])
        return Statement(f"SELECT count(*) FROM ({groups.inner.sql}) AS g{having}", tuple(parameters))
    parts, bound = _conditions(table, query)
    if not parts:
        return None
    return Statement(f"SELECT count(*) {origin.sql}{_where(parts)}", (*origin.parameters, *bound))


def compile_sample(table: Table, query: Query, origin: Origin) -> tuple[Statement, int] | None:
    """Compile the count within eight even slices of the file, and how many rows these hold.

    None where the slices would be a good part of the table, or where nothing is asked of its rows: then the exact
    count is as cheap. The slices are the same at every asking, so an estimate is as stable as an exact count.
    """
    parts, bound = _conditions(table, query)
    if query.grouped or not parts or table.source.rows < 4 * _SLICES * _SLICE_ROWS:
        return None
    counts, parameters = [], []
    for number in range(_SLICES):
        begin = number * (table.source.rows - _SLICE_ROWS) // (_SLICES - 1)
        # LIMIT ends the scan; an upper bound on the row's number would not.
        piece = f"SELECT * {origin.sql} WHERE {origin.row} >= {begin} LIMIT {_SLICE_ROWS}"
        counts.append(f"(SELECT count(*) FROM ({piece}) AS t{_where(parts)})")
        parameters += [*origin.parameters, *bound]
    return Statement(f"SELECT {' + '.join(counts)}", tuple(parameters)), _SLICES * _SLICE_ROWS
