"""Values as they leave: JSON, NDJSON and CSV."""

import csv
import datetime as dt
import io
import json
import math
from decimal import Decimal

from opendata.rows import Column, ColumnType, Query, columns_json, csv_page, dumps, ndjson, records
from tests.opendata.rows.tables import SEAL, as_seen, engine_for, make_rows, same, table_of, write_rows

COLUMNS = (
    Column("n", ColumnType.INTEGER),
    Column("price", ColumnType.DECIMAL),
    Column("f", ColumnType.FLOAT),
    Column("ok", ColumnType.BOOLEAN),
    Column("day", ColumnType.DATE),
    Column("hour", ColumnType.TIME),
    Column("at", ColumnType.TIMESTAMP),
    Column('te"xt', ColumnType.TEXT),
)
ROWS = [
    (2**63 - 1, Decimal("12345678901234567890.1200"), 0.1, True, dt.date(2026, 5, 1), dt.time(8, 30),
     dt.datetime(2026, 5, 1, 8, 30), "喀什,市"),
    (Decimal(10**30), Decimal("-0.00"), math.nan, False, dt.date(1, 1, 1), dt.time(8, 30, 0, 5),
     dt.datetime(2026, 5, 1, 8, 30, 0, 120000), '=cmd|"/c calc"!A1'),
    (-1, Decimal("1E+3"), -math.inf, None, None, None, None, ""),
    (None,) * 8,
]  # fmt: skip


def test_json_is_exact():
    text = dumps(list(records(COLUMNS, ROWS)))
    assert b'"price":12345678901234567890.1200' in text
    assert b'"price":1000' in text
    got = json.loads(text, parse_float=Decimal)
    assert got[0]["n"] == 2**63 - 1
    assert got[1]["n"] == 10**30
    assert (got[0]["day"], got[0]["hour"], got[0]["at"]) == ("2026-05-01", "08:30:00", "2026-05-01T08:30:00")
    assert got[1]["at"] == "2026-05-01T08:30:00.120000"
    assert (got[1]["f"], got[2]["f"], got[3]["f"]) == ("NaN", "-Infinity", None)
    assert set(got[3].values()) == {None}


def test_ndjson_is_one_object_per_line():
    lines = list(ndjson(COLUMNS, ROWS))
    assert [line.count(b"\n") for line in lines] == [1] * 4
    assert json.loads(lines[0])['te"xt'] == "喀什,市"


def test_csv_is_read_back_and_formulas_are_disarmed():
    raw = csv_page(COLUMNS, ROWS, bom=True)
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert rows[0] == [column.name for column in COLUMNS]
    assert rows[1] == ["9223372036854775807", "12345678901234567890.1200", "0.1", "true", "2026-05-01", "08:30:00",
                       "2026-05-01T08:30:00", "喀什,市"]  # fmt: skip
    assert rows[2][7] == '\'=cmd|"/c calc"!A1'
    assert rows[2][5:7] == ["08:30:00.000005", "2026-05-01T08:30:00.120000"]
    assert [rows[2][2], rows[3][2]] == ["NaN", "-Infinity"]
    assert rows[3][:2] == ["-1", "1000.0000"]
    assert raw.decode().splitlines()[3].endswith(',""'), "an empty text is not a missing one"
    assert rows[4] == [""] * 8
    assert csv_page(COLUMNS, [], header=False) == b""


def test_only_text_is_disarmed():
    columns = (Column("=a", ColumnType.TEXT), Column("n", ColumnType.INTEGER))
    cells = ["=1", "+1", "-1", "@a", "\tx", "\rx", "\nx", "a=1", "'", "1-1"]
    raw = csv_page(columns, [(cell, -5) for cell in cells])
    rows = list(csv.reader(io.StringIO(raw.decode(), newline="")))
    assert rows[0] == ["'=a", "n"]
    assert [row[0] for row in rows[1:]] == [f"'{cell}" for cell in cells[:7]] + cells[7:]
    assert {row[1] for row in rows[1:]} == {"-5"}


def test_an_awkward_table_leaves_whole(tmp_path):
    raw = make_rows()
    path = write_rows(tmp_path / "t.parquet", raw)
    engine = engine_for(path)
    page = engine.rows(table_of(path), Query(), SEAL)
    engine.close()
    got = json.loads(dumps(list(records(page.columns, page.rows))), parse_float=Decimal)
    names = [one["name"] for one in columns_json(page.columns)]
    for row, record in zip(raw, got, strict=True):
        seen = as_seen(row)
        assert list(record) == names
        for name, value in seen.items():
            if isinstance(value, dt.date | dt.time):
                assert record[name] == value.isoformat()
            elif isinstance(value, float):
                assert same(float(record[name]), value)
            else:
                assert record[name] == value
    assert len(csv_page(page.columns, page.rows)) > 1000
