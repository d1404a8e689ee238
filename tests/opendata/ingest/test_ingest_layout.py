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


def test_a_short_row_at_the_end_of_two_columns_is_refused_not_a_note(read, one):
    reading = read("a,b\n1,2\n3,4\n5\n")
    assert one(reading, "row_too_short").line == 4
    assert (reading.footer_rows, reading.refused) == (0, 1)


def test_books_balance(read):
    for text in (TITLED, "a,b\n1,2\n\n3,4\n\n", "t\n\na,b,c\n1,2,3\n注：x\n", "a\n1\n"):
        reading = read(text)
        parts = (reading.preamble_rows, reading.header_rows, reading.rows, reading.blank_rows, reading.footer_rows)
        assert reading.records == sum(parts) + reading.set_aside == text.count("\n")


def test_the_last_row_of_a_file_cut_short_is_refused(read, one):
    reading = read("地区,数值,单位\n乌鲁木齐市,1,万\n克拉玛依市,2,万\n吐鲁")
    finding = one(reading, "row_too_short")
    assert (finding.line, finding.found, finding.expected) == (4, "1", "3")
    assert (reading.rows, reading.refused) == (2, 1)


FIRST = "名称,人口,面积\n" + "".join(f"县{at},{at}00,{at}.5\n" for at in range(1, 9))
SECOND = "单位,电话\n" + "".join(f"所{at},0991-{at}\n" for at in range(1, 5))


@pytest.mark.parametrize("between", ["\n", "\n表二：电话\n", "\n\n"])
def test_a_second_table_is_named_not_read(read, one, between):
    reading = read(FIRST + between + "单位,电话,级别\n" + "".join(f"所{at},0991-{at},{at}\n" for at in range(1, 5)))
    first = 10 + between.count("\n")
    assert one(reading, "other_tables").level == "warning"
    assert reading.tables == [{"first_line": first, "last_line": first + 4, "rows": 4, "columns": 3}]
    assert (reading.rows, reading.set_aside) == (8, 5 + ("表" in between))
    assert reading.records == 14 + between.count("\n")


def test_the_table_to_read_can_be_chosen(read, one, table):
    text = f"{FIRST}\n{SECOND}\n名称,年\n甲,2001\n乙,2002\n"
    reading = read(text, overrides={"table": 3})
    assert table(reading) == [("甲", 2001), ("乙", 2002)]
    assert [found["rows"] for found in reading.tables] == [8, 4]
    assert reading.records == text.count("\n")
    assert one(read(text, overrides={"table": 9}), "unknown_table").expected == "3"


def test_a_header_written_again_is_set_aside_and_its_rows_belong_to_the_table(read, one):
    reading = read(FIRST + FIRST + FIRST)
    assert (reading.rows, reading.set_aside, reading.header_rows) == (24, 2, 1)
    assert (one(reading, "header_repeated").line, one(reading, "header_repeated").params["count"]) == (10, 2)
    assert reading.records == 27


def test_tables_side_by_side_are_told(read, one):
    rows = "".join(f"县{at},{at},,所{at},0991\n" for at in range(1, 6))
    assert one(read(f"名称,人口,,单位,电话\n{rows}"), "tables_side_by_side").column == 3


def test_a_row_of_units_belongs_to_the_header(read):
    reading = read(
        "名称,人口,面积\n,万人,km²\n" + "".join(f"县{at},{at}00,{at}.5\n" for at in range(1, 9)), want_csv=True
    )
    assert (reading.header_rows, reading.rows) == (2, 8)
    assert [column.name for column in reading.columns] == ["名称", "人口 / 万人", "面积 / km²"]
    assert reading.csv.read_text(encoding="utf-8").splitlines()[0] == "名称,人口 万人,面积 km²"


def test_a_header_written_twice_gives_its_names_once(read):
    reading = read("名称,人口\n名称,人口\n甲,1\n乙,2\n")
    assert (reading.header_rows, [column.name for column in reading.columns]) == (2, ["名称", "人口"])


def test_codes_of_one_pattern_on_top_are_data(read):
    reading = read("".join(f"WL-{at}{at}1,站{at}\n" for at in range(1, 9)))
    assert (reading.header_rows, reading.rows) == (0, 8)


@pytest.mark.parametrize("mark", [";", "\t", " "])
def test_a_header_with_another_delimiter_than_its_rows(read, one, mark):
    reading = read(
        mark.join(["名称", "人口", "面积"]) + "\n" + "".join(f"县{at},{at}00,{at}.5\n" for at in range(1, 9))
    )
    assert (reading.header_rows, reading.rows, one(reading, "row_delimited_otherwise").line) == (1, 8, 1)
    assert [column.name for column in reading.columns] == ["名称", "人口", "面积"]
