"""Arrow columns as CSV, for answers and exports alike.

RFC 4180 with UTF-8 and line feeds; text stands in double quotes, an empty text is ``""`` and a cell without a value is
nothing at all, so both come back as what they were. Moments are ISO 8601. A text cell, or a column name, that begins
with ``= + - @``, a tab or a line end gets an apostrophe before it, because spreadsheets run such cells as formulas
(CSV injection, CWE-1236); numbers, dates and the other formats are left as they are.
"""

import io
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from opendata.rows.schema import Column, ColumnType

BOM = b"\xef\xbb\xbf"
_FORMULA = r"^[=+\-@\t\r\n]"
_OPTIONS = pacsv.WriteOptions(include_header=False, quoting_style="needed")


def _guarded(texts: pa.Array) -> pa.Array:
    risky = pc.match_substring_regex(texts, _FORMULA)
    return pc.if_else(risky, pc.binary_join_element_wise("'", texts, ""), texts)


def _moments(values: pa.Array) -> pa.Array:
    texts = pc.replace_substring_regex(values.cast(pa.string()), r"\.0+$", "")
    return pc.replace_substring(texts, " ", "T")


def _floats(values: pa.Array) -> pa.Array:
    if pc.all(pc.is_finite(values)).as_py() is not False:
        return values
    texts = values.cast(pa.string())
    for found, written in (("nan", "NaN"), ("inf", "Infinity"), ("-inf", "-Infinity")):
        texts = pc.if_else(pc.equal(texts, found), written, texts)
    return texts


def _decimals(values: pa.Array) -> pa.Array:
    # Arrow writes small decimals with an exponent, which spreadsheets and strict readers take for floats.
    if not pc.any(pc.match_substring(values.cast(pa.string()), "E")).as_py():
        return values
    return pa.array([None if value is None else format(value, "f") for value in values.to_pylist()], pa.string())


def _column_text(column: Column, values: pa.Array) -> pa.Array:
    if pa.types.is_null(values.type):
        return values.cast(pa.string())
    if column.type in (ColumnType.TEXT, ColumnType.OTHER):
        return _guarded(values.cast(pa.string()))
    if column.type in (ColumnType.TIME, ColumnType.TIMESTAMP):
        return _moments(values)
    if pa.types.is_decimal(values.type):
        return _decimals(values)
    return _floats(values) if pa.types.is_floating(values.type) else values


def csv_rows(columns: Sequence[Column], values: Sequence[pa.Array]) -> bytes:
    """Write columns of equal length as CSV lines, without a header."""
    made = [_column_text(column, array) for column, array in zip(columns, values, strict=True)]
    sink = io.BytesIO()
    pacsv.write_csv(pa.RecordBatch.from_arrays(made, names=[f"c{n}" for n in range(len(made))]), sink, _OPTIONS)
    return sink.getvalue()


def csv_header(columns: Sequence[Column]) -> bytes:
    """Write the line of column names."""
    return csv_rows([Column(column.name, ColumnType.TEXT) for column in columns], [pa.array([c.name]) for c in columns])
