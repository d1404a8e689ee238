"""Exported files hold exactly what the table holds."""

import csv
import datetime as dt
import json
import math
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import cast

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.utils.escape import unescape

from opendata.exports import EXTENSIONS, MEDIA_TYPES, ExportRefused, Format, export, formats_for, xlsx
from opendata.rows import Column, ColumnType, Scope, TableError
from opendata.rows.tree import Compare, Op
from tests.opendata.rows.tables import COLUMNS, as_seen, engine_for, make_rows, same, write_rows

RAW = make_rows()
SEEN = [as_seen(row) for row in RAW]
NAMES = [column.name for column in COLUMNS]
SCOPE = Scope(("back\\slash", 'qu"ote'), Compare("%s", Op.EXACT, value=True))
IN_SCOPE = [row for row in SEEN if row["%s"] is True]


ANY_TABLE = formats_for(COLUMNS)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_rows(tmp_path_factory.mktemp("exports") / "table.parquet", RAW)


def written(value) -> str:
    """A cell as CSV writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, str) and value[:1] in tuple("=+-@\t\r\n"):
        return f"'{value}"
    return str(value)


def read_csv(out: Path) -> list[list[str]]:
    with out.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def check_csv(rows: list[list[str]], names: list[str], expected: list[dict]) -> None:
    assert rows[0] == [written(name) for name in names]
    assert len(rows) == len(expected) + 1
    for row, wanted in zip(rows[1:], expected, strict=True):
        for cell, name in zip(row, names, strict=True):
            if isinstance(wanted[name], float) and math.isfinite(wanted[name]):
                assert float(cell) == wanted[name]
            else:
                assert cell == written(wanted[name]), name


@pytest.mark.parametrize("bom", [True, False])
def test_csv(path, tmp_path, bom):
    done = export(path, COLUMNS, "csv", tmp_path / "t.csv", bom=bom)
    assert done.rows == len(SEEN)
    assert done.size == done.path.stat().st_size
    assert done.path.read_bytes().startswith(b"\xef\xbb\xbf") is bom
    check_csv(read_csv(done.path), NAMES, SEEN)


def check_json(got: list[dict], names: list[str], expected: list[dict]) -> None:
    assert len(got) == len(expected)
    for record, wanted in zip(got, expected, strict=True):
        assert list(record) == names
        for name in names:
            value = wanted[name]
            if isinstance(value, float):
                assert same(float(record[name]), value)
            elif isinstance(value, dt.date | dt.time):
                assert record[name] == value.isoformat()
            else:
                assert record[name] == value


def test_json(path, tmp_path):
    export(path, COLUMNS, "json", tmp_path / "t.json")
    check_json(json.loads((tmp_path / "t.json").read_text("utf-8"), parse_float=Decimal), NAMES, SEEN)


def test_ndjson(path, tmp_path):
    export(path, COLUMNS, "ndjson", tmp_path / "t.ndjson")
    lines = (tmp_path / "t.ndjson").read_text("utf-8").split("\n")
    assert lines.pop() == ""
    check_json([json.loads(line, parse_float=Decimal) for line in lines], NAMES, SEEN)


def test_parquet_of_everything_is_the_stored_file(path, tmp_path):
    done = export(path, COLUMNS, "parquet", tmp_path / "t.parquet")
    assert done.path.read_bytes() == path.read_bytes()
    assert done.rows == len(SEEN)


def in_cell(value):
    """A cell as a workbook holds it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else written(value)
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        value = Decimal(value)
        digits = f"{value:f}".strip("-").replace(".", "").strip("0")
        return value if len(digits) <= 15 else written(value)
    if getattr(value, "microsecond", 0) % 1000:
        return value.isoformat()
    if isinstance(value, dt.datetime | dt.time):
        return value
    if isinstance(value, dt.date):
        return value.isoformat() if value.year < 1900 else dt.datetime.combine(value, dt.time())
    return value


def close(cell, wanted) -> bool:
    if isinstance(wanted, Decimal) and not isinstance(cell, str):
        return cell == pytest.approx(float(wanted), abs=1e-9)
    if isinstance(wanted, float):
        return cell == pytest.approx(wanted, rel=1e-15)
    if isinstance(wanted, dt.time):
        return cell == wanted
    if isinstance(wanted, dt.datetime):
        return abs((cell - wanted).total_seconds()) < 0.001
    return cell == wanted and type(cell) is type(wanted)


def test_xlsx(path, tmp_path):
    done = export(path, COLUMNS, "xlsx", tmp_path / "t.xlsx")
    assert (done.rows, done.sheets) == (len(SEEN), 1)
    sheet = openpyxl.load_workbook(done.path).worksheets[0]
    # openpyxl leaves the workbook format's own escape of control characters (_x0000_) as it is written.
    rows = [[unescape(one.value) if isinstance(one.value, str) else one.value for one in row] for row in sheet]
    assert rows[0] == NAMES
    for row, wanted in zip(rows[1:], SEEN, strict=True):
        for cell, name in zip(row, NAMES, strict=True):
            value = in_cell(wanted[name])
            assert (cell is None) if value is None else close(cell, value), (name, cell, value)


def test_xlsx_keeps_text_as_text(tmp_path):
    texts = [
        "=1+1",
        "007",
        "http://example.org/",
        "123456789012345678",
        "1e5",
        "{=A1}",
        "TRUE",
        "2026-05-01",
        "a\nb",
        "喀什",
    ]
    source = tmp_path / "t.parquet"
    pq.write_table(pa.table({"=t": texts}), source)
    export(source, [Column("=t", ColumnType.TEXT)], "xlsx", tmp_path / "t.xlsx")
    cells = [row[0] for row in openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[0].iter_rows()]
    assert [cell.value for cell in cells] == ["=t", *texts]
    assert {cell.data_type for cell in cells[2:]} == {"s"}
    assert all(cell.hyperlink is None for cell in cells)
    export(source, [Column("=t", ColumnType.TEXT)], "csv", tmp_path / "t.csv")
    assert read_csv(tmp_path / "t.csv")[:2] == [["'=t"], ["'=1+1"]]


def test_xlsx_is_split_at_the_end_of_a_sheet(tmp_path):
    batches = [pa.record_batch({"n": list(range(start, start + 4))}) for start in (0, 4, 8)]
    columns = [Column("n", ColumnType.INTEGER)]
    for per_sheet, sheets in ((5, 3), (4, 3), (12, 1), (6, 2), (13, 1)):
        out = tmp_path / f"{per_sheet}.xlsx"
        assert xlsx.write_xlsx(batches, columns, out, per_sheet=per_sheet) == (12, sheets)
        book = openpyxl.load_workbook(out)
        assert all(sheet.cell(1, 1).value == "n" for sheet in book.worksheets)
        got = [cell[0].value for sheet in book.worksheets for cell in sheet.iter_rows(min_row=2)]
        assert got == list(range(12))
    assert xlsx.SHEET_ROWS == 2**20 - 1


def test_xlsx_refuses_what_it_cannot_hold(tmp_path):
    source = tmp_path / "t.parquet"
    out = tmp_path / "t.xlsx"
    for text in ("长" * 32_768, "😀" * 16_384):
        pq.write_table(pa.table({"t": ["x", text]}), source)
        with pytest.raises(ExportRefused) as caught:
            export(source, [Column("t", ColumnType.TEXT)], "xlsx", out)
        assert "2" in caught.value.message
    pq.write_table(pa.table({"t": ["长" * 32_767]}), source)
    export(source, [Column("t", ColumnType.TEXT)], "xlsx", out)
    assert len(openpyxl.load_workbook(out).worksheets[0]["A2"].value) == 32_767
    many = [Column(str(number), ColumnType.INTEGER) for number in range(16_385)]
    with pytest.raises(ExportRefused):
        xlsx.write_xlsx([], many, tmp_path / "wide.xlsx")


@pytest.mark.parametrize("fmt", ANY_TABLE)
def test_a_scope_takes_rows_and_columns_away(path, tmp_path, fmt):
    out = tmp_path / f"t{EXTENSIONS[fmt]}"
    names = ['qu"ote', "back\\slash"]
    done = export(path, COLUMNS, fmt, out, scope=SCOPE)
    assert done.rows == len(IN_SCOPE)
    assert MEDIA_TYPES[fmt]
    if fmt == "csv":
        check_csv(read_csv(out), names, IN_SCOPE)
    elif fmt == "json":
        check_json(json.loads(out.read_text("utf-8")), names, IN_SCOPE)
    elif fmt == "ndjson":
        check_json([json.loads(line) for line in out.read_text("utf-8").splitlines()], names, IN_SCOPE)
    elif fmt == "parquet":
        table = pq.read_table(out)
        assert table.column_names == names
        assert table.to_pylist() == [{name: row[name] for name in names} for row in IN_SCOPE]
    else:
        sheet = openpyxl.load_workbook(out).worksheets[0]
        assert sheet.max_row == len(IN_SCOPE) + 1
        assert [cell.value for cell in sheet[1]] == names


@pytest.mark.parametrize("fmt", ANY_TABLE)
def test_a_table_without_rows(tmp_path, fmt):
    source = write_rows(tmp_path / "empty.parquet", [])
    done = export(source, COLUMNS, fmt, tmp_path / f"t{EXTENSIONS[fmt]}")
    assert done.rows == 0
    if fmt == "json":
        assert json.loads(done.path.read_bytes()) == []
    if fmt == "csv":
        assert len(read_csv(done.path)) == 1


@pytest.mark.parametrize("fmt", ANY_TABLE)
def test_an_export_appears_whole_or_not_at_all(tmp_path, fmt):
    source = write_rows(tmp_path / "torn.parquet", make_rows(200))
    whole = bytearray(source.read_bytes())
    middle = len(whole) // 3
    whole[middle : middle + 400] = b"\xff" * 400
    source.write_bytes(whole)
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "t").write_text("before")
    with pytest.raises((TableError, OSError, pa.ArrowException)):
        export(source, COLUMNS, fmt, folder / "t", scope=Scope(tuple(NAMES)))
    assert [one.name for one in folder.iterdir()] == ["t"]
    assert (folder / "t").read_text() == "before"


def test_an_engine_may_be_lent_and_a_format_must_be_known(path, tmp_path):
    engine = engine_for(path)
    assert export(path, COLUMNS, "csv", tmp_path / "t.csv", engine=engine).rows == 60
    assert export(path, COLUMNS, "ndjson", tmp_path / "t.ndjson", engine=engine).rows == 60
    engine.close()
    with pytest.raises(ExportRefused):
        export(path, COLUMNS, cast("Format", "exe"), tmp_path / "t.exe")


MEASURE = """
import resource, sys
from django.conf import settings
settings.configure()
from opendata.exports import export
from opendata.rows import open_source
source, fmt, out = sys.argv[1:]
rows = export(source, open_source(source).columns, fmt, out).rows
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(source: Path, fmt: str, out: Path) -> tuple[int, int]:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(source), fmt, str(out)],
        capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    rows, memory = done.stdout.split()
    return int(rows), int(memory)


@pytest.mark.parametrize("fmt", ["csv", "ndjson", "xlsx"])
def test_memory_does_not_grow_with_the_table(tmp_path, fmt):
    def make(rows: int) -> Path:
        source = tmp_path / f"{rows}.parquet"
        numbers = pa.array(range(rows))
        texts = pa.array([f"备注第{number}条 {number * 7919}" for number in range(rows)])
        pq.write_table(pa.table({"id": numbers, "note": texts, "more": texts}), source, row_group_size=10_000)
        return source

    few, many = (5_000, 50_000) if fmt == "xlsx" else (20_000, 400_000)
    small, large = (peak(make(rows), fmt, tmp_path / "out") for rows in (few, many))
    assert (small[0], large[0]) == (few, many)
    assert large[1] < 1.35 * small[1], (small, large)
