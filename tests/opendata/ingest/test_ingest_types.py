"""Types over the whole file; codes stay text; nothing is guessed from a sample."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest


def column(reading, at=0):
    return reading.columns[at]


@pytest.mark.parametrize(
    ("cells", "kind", "sql", "first"),
    [
        (["1", "-2", "30"], "integer", "BIGINT", 1),
        (["4.5"], "decimal", "DECIMAL(2,1)", Decimal("4.5")),
        (["0.10", "12345.678901"], "decimal", "DECIMAL(11,6)", Decimal("0.10")),
        (["1", "2.5"], "decimal", "DECIMAL(2,1)", Decimal(1)),
        ([".5", "-1."], "decimal", "DECIMAL(2,1)", Decimal("0.5")),
        ([" 7 ", "\u30008"], "integer", "BIGINT", 7),
        (["TRUE", "false"], "boolean", "BOOLEAN", True),
        (["是", "否"], "boolean", "BOOLEAN", True),
        (["yes", "no"], "text", "VARCHAR", "yes"),
        (["1", "0"], "integer", "BIGINT", 1),
        (["2023-05-01", "2024-2-9"], "date", "DATE", dt.date(2023, 5, 1)),
        (["2023/5/1", "2023/12/31"], "date", "DATE", dt.date(2023, 5, 1)),
        (["2023年5月1日", "2023年10月12日"], "date", "DATE", dt.date(2023, 5, 1)),
        (["2023-02-30", "2023-01-01"], "text", "VARCHAR", "2023-02-30"),
        (["2023年5月", "2023年6月"], "text", "VARCHAR", "2023年5月"),
        (["08:30", "23:59:59"], "time", "TIME", dt.time(8, 30)),
        (["25:00", "23:59"], "text", "VARCHAR", "25:00"),
        (["2023-05-01 08:30:00", "2023-05-01T09:00"], "timestamp", "TIMESTAMP", dt.datetime(2023, 5, 1, 8, 30)),
        (["2023/5/1 8:30", "2023-05-02"], "timestamp", "TIMESTAMP", dt.datetime(2023, 5, 1, 8, 30)),
        (["5/19/2006 0:00:00", "1/2/2007 0:00:00"], "timestamp", "TIMESTAMP", dt.datetime(2006, 5, 19)),
        (["5/19/2006", "1/2/2007"], "date", "DATE", dt.date(2006, 5, 19)),
        (["19/5/2006", "1/2/2007"], "date", "DATE", dt.date(2006, 5, 19)),
        (["1/2/2007", "3/4/2008"], "text", "VARCHAR", "1/2/2007"),
        (["NA", "CN"], "text", "VARCHAR", "NA"),
        (["null", "None"], "text", "VARCHAR", "null"),
        (["12345678901234"], "integer", "BIGINT", 12345678901234),
        (["1.5e3", "2"], "float", "DOUBLE", 1500.0),
        (["9" * 30 + ".5"], "decimal", "DECIMAL(31,1)", Decimal("9" * 30 + ".5")),
        (["9" * 30 + ".123456789"], "text", "VARCHAR", "9" * 30 + ".123456789"),
    ],
)
def test_type_of_a_column(read, table, cells, kind, sql, first):
    reading = read("值\n" + "\n".join(f'"{cell}"' for cell in cells) + "\n")
    assert reading.ok, reading.findings
    assert (column(reading).type, column(reading).sql_type) == (kind, sql)
    assert table(reading)[0][0] == first


def test_zoned_timestamps(read, table):
    reading = read("when\n2023-05-01T08:30:00+08:00\n2023-05-01T00:30:00Z\n")
    assert (column(reading).type, column(reading).sql_type) == ("timestamp", "TIMESTAMPTZ")
    assert table(reading)[0][0] == table(reading)[1][0] == dt.datetime(2023, 5, 1, 0, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("name", "cells", "reason"),
    [
        ("值", ["007", "12"], "leading_zeros"),
        ("值", ["123456789012345", "1"], "long_digits"),
        ("值", ["650101199001011234", "65010119900101123"], "long_digits"),
        ("行政区划代码", ["650100", "650200"], "name_says_code"),
        ("cityCode", ["650100", "650200"], "name_says_code"),
        ("邮政编码", ["830000", "831100"], "name_says_code"),
        ("电话", ["2345678", "8765432"], "name_says_code"),
        ("联系人", ["13800000000", "15912345678"], "mobile_numbers"),
        ("id", ["650100", "650200"], "identifier"),
        ("pid", ["11", "1101"], "identifier"),
    ],
)
def test_codes_stay_text(read, table, name, cells, reason):
    reading = read(f"{name},x\n" + "".join(f"{cell},1\n" for cell in cells))
    assert (column(reading).type, column(reading).kept_text) == ("text", reason)
    assert [row[0] for row in table(reading)] == cells


@pytest.mark.parametrize("name", ["id", "序号", "人口_人", "number", "期号", "编制年份"])
def test_counts_and_counters_are_numbers(read, name):
    assert column(read(f"{name},x\n1,1\n2,1\n3,1\n")).type == "integer"


@pytest.mark.parametrize(
    "codes", [["0164A", "1234"], ["91650100MA77XXXX1A", "916501007XXXXXXXX2"], ["1005-00-073", "12"]]
)
def test_mixed_codes_stay_text(read, table, codes):
    assert [row[0] for row in table(read("值,x\n" + "".join(f"{code},1\n" for code in codes)))] == codes


def test_nan_becomes_null_and_is_told(read, one, table):
    reading = read("a,b\n1.5,x\nNaN,y\nnan,z\n2.5,NaN\n")
    finding = one(reading, "nan_made_null")
    assert (finding.level, finding.line, finding.column, finding.column_name) == ("warning", 3, 1, "a")
    assert finding.params["count"] == 2
    assert [row[0] for row in table(reading)] == [Decimal("1.5"), None, None, Decimal("2.5")]
    assert column(reading, 1).type == "text"
    assert table(reading)[3][1] == "NaN"


def test_one_bad_cell_at_the_very_end_decides(read, one, table):
    rows = 50_000
    reading = read("值\n" + "".join(f"{n}\n" for n in range(1, rows)) + "约100\n")
    finding = one(reading, "mixed_numbers")
    assert (finding.level, finding.line, finding.found, finding.expected) == ("warning", rows + 1, "约100", "numbers")
    assert column(reading).type == "text"
    assert table(reading)[-1] == ("约100",)


def test_a_bad_cell_in_the_quick_way_is_found_with_its_line(read, one):
    rows = 900_000
    body = "".join(f"{n},abcdefg\n" for n in range(rows))
    reading = read("值,文字\n" + body + "约100,x\n")
    assert reading.path_taken == "quick"
    assert one(reading, "mixed_numbers").line == rows + 2


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (["1,234", "12", "1,234,567.5"], "thousands_separators"),
        (["12%", "3.5%"], "percentages"),
        (["12万", "3亿"], "ten_thousand_units"),
        (["１２", "３"], "fullwidth_digits"),
        (["¥12", "¥3.5"], "currency_signs"),
    ],
)
def test_numbers_in_dress_are_offered_not_applied(read, one, table, cells, code):
    reading = read("值,x\n" + "".join(f'"{cell}",1\n' for cell in cells))
    assert column(reading).type == "text"
    assert one(reading, code).level == "info"
    assert [row[0] for row in table(reading)] == cells


def test_nulls_distinct_ends_and_examples(read):
    reading = read("a,b\n3,x\n1,x\n,y\n2,\n3,x\n")
    first, second = reading.columns
    assert (first.nulls, first.distinct, first.min, first.max, first.nullable) == (1, 3, "1", "3", True)
    assert (second.nulls, second.distinct, second.examples) == (1, 2, ["x", "y"])


def test_override_of_a_type(read, table):
    reading = read("代码,金额\n650100,\"1,234.5\"\n650200,2\n", overrides={
        "columns": {"代码": {"type": "integer", "label": "区划"}, "金额": {"type": "decimal"}},
    })  # fmt: skip
    assert reading.ok, reading.findings
    assert (column(reading).type, column(reading).label, column(reading).overridden) == ("integer", "区划", True)
    assert table(reading) == [(650100, Decimal("1234.5")), (650200, Decimal(2))]


def test_override_that_does_not_fit(read, one):
    reading = read("值,x\n1,1\n12.7,1\n三,1\n", overrides={"columns": {"值": {"type": "integer"}}})
    found = [one for one in reading.findings if one.code == "does_not_fit_type"]
    assert [(finding.line, finding.column, finding.found, finding.expected) for finding in found] == [
        (3, 1, "12.7", "integer"),
        (4, 1, "三", "integer"),
    ]
    assert not reading.ok


@pytest.mark.parametrize(
    ("apply", "cells", "kind", "expected"),
    [
        ("thousands", ["1,234.50", "12", "-1,234,567"], "decimal", ["1234.50", "12.00", "-1234567.00"]),
        ("thousands", ["1,234", "12"], "integer", ["1234", "12"]),
        ("percent", ["12%", "3.5％", "7‰", "0"], "decimal", ["0.120", "0.035", "0.007", "0.000"]),
        ("ten_thousand_units", ["12万", "3.25亿", "1.5万元", "7"], "integer", ["120000", "325000000", "15000", "7"]),
        ("fullwidth", ["１２．５", "－３", "4"], "decimal", ["12.5", "-3.0", "4.0"]),
        ("currency", ["¥12", "￥3,000.50", "-$7"], "decimal", ["12.00", "3000.50", "-7.00"]),
    ],
)
def test_an_accepted_offer_is_applied_exactly(read, table, apply, cells, kind, expected):
    text = "值,x\n" + "".join(f'"{cell}",1\n' for cell in cells)
    reading = read(text, overrides={"columns": {"值": {"type": kind, "apply": apply, "unit": "元"}}})
    assert reading.ok, reading.findings
    assert (column(reading).type, column(reading).unit, column(reading).offers) == (kind, "元", [])
    assert [str(row[0]) for row in table(reading)] == expected


@pytest.mark.parametrize(
    ("apply", "cells", "odd"),
    [
        ("percent", ["12%", "7"], "7"),
        ("thousands", ["1,234", "12,34"], "12,34"),
        ("ten_thousand_units", ["3万", "约5万"], "约5万"),
        ("fullwidth", ["１２", "一二"], "一二"),
        ("ten_thousand_units", ["0.123456789万", "1万"], "0.123456789万"),
    ],
)
def test_cells_that_an_accepted_offer_does_not_fit_are_reported(read, one, apply, cells, odd):
    text = "值,x\n" + "".join(f'"{cell}",1\n' for cell in cells)
    reading = read(text, overrides={"columns": {"值": {"type": "decimal", "apply": apply}}})
    assert one(reading, "does_not_fit_type").found == odd
    assert not reading.ok


def test_offers_stand_in_the_profile(read):
    assert column(read("值,x\n12万,1\n3亿,1\n")).offers == [{"kind": "ten_thousand_units", "type": "decimal"}]
    assert column(read("值,x\n12,1\n3,1\n")).offers == []


@pytest.mark.parametrize("wanted", [{"type": "decimal", "apply": "magic"}, {"type": "date", "apply": "percent"}])
def test_an_offer_that_is_none_is_refused(read, one, wanted):
    assert one(read("值,x\n12%,1\n", overrides={"columns": {"值": wanted}}), "reader_failed").level == "error"


def test_a_decided_date_loses_no_time_of_day(read, one):
    reading = read("时,x\n2023-05-01 08:30:00,1\n", overrides={"columns": {"时": {"type": "date"}}})
    assert one(reading, "does_not_fit_type").found == "2023-05-01 08:30:00"
