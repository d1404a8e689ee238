"""Titles above the header, headers of several rows, notes below the data, files without header."""

from __future__ import annotations

import pytest

from opendata.ingest import layout

TITLED = """数据库：分省年度数据
指标：地区生产总值(亿元)
时间：最近20年
地区,2024年,2023年,2022年
北京市,49670.2,47353.7,45222.4
天津市,17931.3,17211.8,
河北省,47448.1,45660.0,43198.3
注：按照制度和惯例修订。
　　　2.由于采用加权汇总的方法，合计略有误差。
数据来源：国家统计局
"""


def test_title_and_notes(read, one, table):
    reading = read(TITLED.encode("gb2312").replace(b"\n", b"\r\n"))
    assert reading.ok
    assert (reading.encoding, reading.records, reading.rows) == ("gb2312", 10, 3)
    assert (reading.preamble_rows, reading.header_rows, reading.footer_rows) == (3, 1, 3)
    assert reading.preamble[0] == "数据库：分省年度数据"
    assert reading.footer[-1] == "数据来源：国家统计局"
    assert (one(reading, "preamble").line, one(reading, "footer").line) == (1, 8)
    assert [column.name for column in reading.columns] == ["地区", "2024年", "2023年", "2022年"]
    assert [column.type for column in reading.columns] == ["text", "decimal", "decimal", "decimal"]


def test_three_header_rows_over_numbers(read):
    reading = read(
        "Table 130 : Average household size,,,,\n"
        "\u00a0,,,,\n"
        ",Size,Size,Income,Income\n"
        ",No.,No.,HK$,HK$\n"
        "Year,2019,2020,2019,2020\n"
        "Central,2.7,2.8,41400,40000\n"
        "Wan Chai,2.5,2.6,40600,39000\n"
        "Eastern,2.7,2.7,34000,33900\n"
        "\u00a0,,,,\n"
        "Note(s):,,,,\n"
        "Figures are rounded to the nearest hundred.,,,,\n"
        "Release Date: 3 April 2023,,,,\n"
    )
    assert (reading.preamble_rows, reading.header_rows, reading.footer_rows) == (2, 3, 3)
    assert [column.name for column in reading.columns] == [
        "Year", "Size / No. / 2019", "Size / No. / 2020", "Income / HK$ / 2019", "Income / HK$ / 2020",
    ]  # fmt: skip
    assert (reading.records, reading.rows, reading.blank_rows) == (12, 3, 1)


def test_text_rows_below_repeated_names_stay_data(read):
    reading = read("name,name,name,kind\nx,y,z,k\nq,r,s,l\n")
    assert (reading.header_rows, reading.rows) == (1, 2)


def test_missing_header(read, one):
    reading = read("北京,1,2.5\n天津,2,3.5\n河北,3,4.5\n")
    finding = one(reading, "header_missing")
    assert (finding.level, finding.line, finding.found) == ("warning", 1, "北京,1,2.5")
    assert [column.name for column in reading.columns] == ["column_1", "column_2", "column_3"]
    assert (reading.rows, reading.header_rows) == (3, 0)


def test_years_are_a_header(read):
    reading = read("地区,2019,2020\n北京,1.5,2.5\n天津,3.5,4.5\n")
    assert (reading.header_rows, reading.rows) == (1, 2)


def test_header_can_be_denied(read):
    reading = read("x,y\nz,k\n", overrides={"header": False})
    assert (reading.rows, reading.header_rows) == (2, 0)


@pytest.mark.parametrize(
    ("tail", "taken"),
    [
        ([["a", "1", "2"], ["注：修订。"]], 1),
        ([["a", "1", "2"], ["数据来源：统计局", "", ""]], 1),
        ([["a", "1", "2"], [], ["Source: the office"], [], ["Release date: today"]], 3),
        ([["a", "1", "2"], ["合计", "", ""]], 0),
        ([["a", "1", "2"], ["008", "", ""], ["注：说明"]], 1),
        ([["a", "1", "2"], ["注：一"], ["　　二"], ["三", "", ""]], 3),
        ([["a", "1", "2"], ["乌鲁木"]], 0),
        ([["a", "1", "2"], ["4"]], 0),
        ([["a", "1", "2"], [], ["4"]], 0),
        ([["a", "1", "2"], [], ["Compiled by the office"]], 1),
        ([["a", "1", "2"], ["这一行在传输中被截断所以只剩下了第一个单元格里很长很长的文字内容没有结尾"]], 0),
        ([["a", "1", "2"], ["　"], []], 0),
        ([["a", "1", "2"], ["b", "", "3"]], 0),
        ([["a", "1", "2"]], 0),
    ],
)
def test_footer(tail, taken):
    assert layout.footer_length(tail, 3) == taken


def test_a_short_row_at_the_end_of_two_columns_is_an_error_not_a_note(read, one):
    reading = read("a,b\n1,2\n3,4\n5\n")
    assert one(reading, "row_too_short").line == 4
    assert reading.footer_rows == 0


def test_books_balance(read):
    for text in (TITLED, "a,b\n1,2\n\n3,4\n\n", "t\n\na,b,c\n1,2,3\n注：x\n", "a\n1\n"):
        reading = read(text)
        parts = (reading.preamble_rows, reading.header_rows, reading.rows, reading.blank_rows, reading.footer_rows)
        assert reading.records == sum(parts) + reading.set_aside == text.count("\n")


def test_a_file_cut_short_is_an_error(read, one):
    reading = read("地区,数值,单位\n乌鲁木齐市,1,万\n克拉玛依市,2,万\n吐鲁")
    finding = one(reading, "row_too_short")
    assert (finding.line, finding.found, finding.expected) == (4, "1", "3")
    assert not reading.ok
