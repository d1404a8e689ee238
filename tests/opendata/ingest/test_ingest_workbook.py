"""Workbooks: values keep their kind, odd sheets are told, bombs are refused before a reader opens them."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal

import pytest

from opendata.ingest.reading import MIB, Limits
from tests.opendata.ingest.builders import cell, ods, raw_xlsx, xlsx

FAST = 10.0


def test_values_keep_their_kind(read, table):
    day, moment = dt.date(2023, 5, 1), dt.datetime(2023, 5, 1, 8, 30)
    reading = read(xlsx([
        ["数量", "金额", "日期", "时刻", "代码", "开放", "名称", "日或时"],
        [3, 0.52, day, moment, "007", True, "甲", day],
        [4, 1.3, day, moment, "008", False, None, moment],
    ]), "a.xlsx")  # fmt: skip
    assert reading.ok, reading.findings
    kinds = [column.type for column in reading.columns]
    assert kinds == ["integer", "decimal", "date", "timestamp", "text", "boolean", "text", "timestamp"]
    assert table(reading)[0][:7] == (3, Decimal("0.52"), day, moment, "007", True, "甲")
    assert (reading.records, reading.rows) == (3, 2)


def test_numbers_stored_as_text_stay_text(read):
    reading = read(xlsx([["数量", "x"], ["12", 1], ["13", 2]]), "a.xlsx")
    assert (reading.columns[0].type, reading.columns[0].kept_text) == ("text", "stored_as_text")


def test_title_group_rows_and_merged_header(read, one):
    def merge(book):
        for span in ("A1:D1", "A2:A3", "B2:C2", "D2:D3", "A4:D4", "A6:D6"):
            book.active.merge_cells(span)

    reading = read(xlsx([
        ["高校名单"],
        ["序号", "人数", None, "备注"],
        [None, "男", "女", None],
        ["北京市（1所）"],
        [1, 10, 20, "x"],
        ["天津市（2所）"],
        [2, 30, 40, "y"],
        [3, 50, 60, None],
    ], merge), "a.xlsx")  # fmt: skip
    assert [column.name for column in reading.columns] == ["序号", "人数 / 男", "人数 / 女", "备注"]
    assert [column.type for column in reading.columns] == ["integer", "integer", "integer", "text"]
    assert (reading.preamble_rows, reading.header_rows, reading.rows, reading.set_aside) == (1, 2, 3, 2)
    finding = one(reading, "group_headings")
    assert (finding.level, finding.line, finding.params["lines"]) == ("warning", 4, [4, 6])
    assert one(reading, "merged_header").line == 2


def test_sheets_are_named_and_can_be_chosen(read, one):
    def add(book):
        book.create_sheet("第二").append(["only"])
        hidden = book.create_sheet("秘密")
        hidden.sheet_state = "hidden"
        book["第二"].append([5])

    content = xlsx([["a"], [1]], add)
    reading = read(content, "a.xlsx")
    assert [(sheet.name, sheet.hidden, sheet.read) for sheet in reading.sheets] == [
        ("Sheet", False, True), ("第二", False, False), ("秘密", True, False),
    ]  # fmt: skip
    assert one(reading, "hidden_sheets").params["names"] == ["秘密"]
    assert one(reading, "other_sheets").params["names"] == ["第二"]
    assert read(content, "a.xlsx", overrides={"sheet": "第二"}).columns[0].name == "only"
    assert one(read(content, "a.xlsx", overrides={"sheet": "没有"}), "unknown_sheet").found == "没有"


def test_error_cells_are_told(read, one):
    rows = f'<row r="1">{cell("A1", "a")}{cell("B1", "b")}</row>'
    rows += '<row r="2"><c r="A2" t="e"><v>#N/A</v></c><c r="B2"><v>1</v></c></row>'
    assert one(read(raw_xlsx(rows), "a.xlsx"), "error_cells").params["count"] == 1


def test_two_cells_in_opposite_corners(jailed, one):
    rows = f'<row r="1">{cell("A1", "a")}</row><row r="1048576">{cell("XFD1048576", "b")}</row>'
    content = raw_xlsx(rows)
    assert len(content) < 2048
    reading = jailed(content, "a.xlsx")
    finding = one(reading, "cells_far_apart")
    assert (finding.found, finding.params["cells"]) == ("XFD1048576", 2)
    assert reading.peak_memory < 512 * MIB


def test_one_cell_that_claims_a_million_rows(jailed, one):
    rows = f'<row r="1">{cell("A1", "名称")}</row>'
    reading = jailed(raw_xlsx(rows, claim="A1:XFD1048576"), "a.xlsx")
    assert one(reading, "sheet_claims_more").found == "1048576 × 16384"
    assert one(reading, "header_only").found == "名称"
    assert reading.peak_memory < 512 * MIB
    assert sum(reading.timings.values()) < FAST


def test_one_cell_in_the_last_row(jailed):
    rows = f'<row r="1048576">{cell("A1048576", "x")}</row>'
    reading = jailed(raw_xlsx(rows), "a.xlsx")
    assert not reading.ok
    assert reading.peak_memory < 512 * MIB
    assert sum(reading.timings.values()) < FAST


def test_small_file_of_much_xml(jailed, one):
    piece = f'<row r="1">{cell("A1", "x" * 100)}{" " * 900_000}</row>'
    content = raw_xlsx(piece for _ in range(444))
    assert len(content) < 2 * MIB
    reading = jailed(content, "a.xlsx")
    assert one(reading, "unpacks_to_too_much").level == "error"
    assert reading.peak_memory < 512 * MIB
    assert sum(reading.timings.values()) < FAST


def test_archive_that_lies_about_its_sizes(read, one):
    content = bytearray(raw_xlsx("<row r='1'>" + cell("A1", "x" * 5_000_000) + "</row>"))
    for marker in (b"PK\x01\x02", b"PK\x03\x04"):
        at = content.find(b"xl/worksheets/sheet1.xml", content.find(marker))
        offset = content.rfind(marker, 0, content.rfind(b"xl/worksheets/sheet1.xml") if marker == b"PK\x01\x02" else at)
        place = offset + (24 if marker == b"PK\x01\x02" else 22)
        content[place : place + 4] = (1000).to_bytes(4, "little")
    reading = read(bytes(content), "a.xlsx")
    assert not reading.ok
    assert reading.findings[0].code in {"damaged_file", "unpacks_to_too_much", "cell_too_long"}


def test_sheet_over_the_limit_of_cells(read, one):
    limits = Limits(sheet_cells=50)
    finding = one(read(xlsx([[n, n] for n in range(40)]), "a.xlsx", limits=limits), "sheet_too_large")
    assert (finding.found, finding.expected) == ("80", "50")


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"a,b\n1,2\n", "a.xlsx", "not_what_the_name_says"),
        (b"PK\x03\x04 not really a zip", "a.xlsx", "damaged_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xls", "damaged_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "encrypted_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xlsx", "not_what_the_name_says"),
        (b"", "a.xlsx", "empty_file"),
    ],
)
def test_files_that_are_no_workbooks(jailed, one, content, name, code):
    assert one(jailed(content, name), code).level == "error"


def test_cut_and_flipped_workbooks_never_crash(jailed):
    sound = xlsx([["a", "b"], *[[n, f"文字{n}"] for n in range(50)]])
    for content in (sound[: len(sound) // 2], sound[:-30], sound[:-600] + bytes(60) + sound[-540:]):
        reading = jailed(content, "a.xlsx")
        assert not reading.ok
        assert [finding.level for finding in reading.findings][:1] == ["error"]


def test_document_type_in_the_workbook_is_refused(read, one):
    sound = raw_xlsx(f'<row r="1">{cell("A1", "a")}</row>')
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sound)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "xl/workbook.xml":
                text = text.replace(b"<workbook", b'<!DOCTYPE x [<!ENTITY a "b">]><workbook', 1)
            new.writestr(name, text)
    assert one(read(out.getvalue(), "a.xlsx"), "damaged_file").level == "error"


def text_cell(value: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'


def test_open_document_sheet(read, table):
    number = '<table:table-cell office:value-type="float" office:value="1.5"><text:p>1.5</text:p></table:table-cell>'
    rows = f"<table:table-row>{text_cell('代码')}{text_cell('数值')}</table:table-row>"
    rows += f"<table:table-row>{text_cell('007')}{number}</table:table-row>"
    rows += '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    reading = read(ods(rows), "a.ods")
    assert reading.ok, reading.findings
    assert table(reading) == [("007", Decimal("1.5"))]
    assert (reading.sheets[0].name, reading.records) == ("表一", 2)


def test_open_document_that_repeats_a_cell_endlessly(jailed, one):
    repeated = '<table:table-cell table:number-columns-repeated="16384" office:value-type="float" office:value="1"/>'
    rows = f'<table:table-row table:number-rows-repeated="1048576">{repeated}</table:table-row>'
    reading = jailed(ods(rows), "a.ods")
    assert one(reading, "damaged_file").level == "error"
    assert reading.peak_memory < 512 * MIB
