"""Delimited text: dialects, and each kind of bad input with its line, column, found and expected."""

from __future__ import annotations

import pytest

from opendata.ingest.reading import Limits


@pytest.mark.parametrize(
    ("text", "delimiter", "width"),
    [
        ("a,b,c\n1,2,3\n4,5,6\n", ",", 3),
        ("a;b;c\n1,5;2,5;x\n1,6;2,6;y\n", ";", 3),
        ("a\tb\n1\t2, and 3\n4\t5\n", "\t", 2),
        ("a|b|c\n1|x, y|2\n2|z, k|3\n", "|", 3),
        ("a:b\n1:2\n3:4\n", ":", 2),
        ("when\n12:30:00\n12:40:00\n", ",", 1),
        ("名称\n说明，第一\n说明，第二\n", ",", 1),
        ("sep=;\na;b\n1;2\n", ";", 2),
        ("'a','b'\n'x, y','2'\n'k','3'\n", ",", 2),
        ('a,b\n"x \\"q\\", y",2\n"z \\"w\\", k",3\n', ",", 2),
    ],
)
def test_delimiter_is_detected(read, text, delimiter, width):
    reading = read(text)
    assert reading.ok, reading.findings
    assert (reading.delimiter, len(reading.columns)) == (delimiter, width)


@pytest.mark.parametrize(("end", "name"), [("\n", "LF"), ("\r\n", "CRLF"), ("\r", "CR")])
def test_line_ends(read, table, end, name):
    reading = read(end.join(["a,b", "1,x", "2,y", ""]))
    assert (reading.line_ending, reading.records) == (name, 3)
    assert table(reading) == [(1, "x"), (2, "y")]


def test_quoted_line_breaks_keep_lines_and_cells(read, table, one):
    reading = read('a,b\n"x\ny",1\n"q ""q""",2\nz,oops,3\n')
    assert table(reading) == [("x\ny", 1), ('q "q"', 2)]
    finding = one(reading, "row_too_long")
    assert (finding.line, finding.column, finding.found, finding.expected) == (5, 3, "3", "2")


def test_empty_file(read, one):
    reading = read(b"")
    assert one(reading, "empty_file").level == "error"
    assert not reading.ok
    assert reading.parquet is None


@pytest.mark.parametrize("content", ["\n\n\n", " \r\n \t\r\n", b"\xef\xbb\xbf"])
def test_blank_file(read, content):
    reading = read(content)
    assert not reading.ok
    assert reading.findings[0].code == "no_data"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"PK\x03\x04" + bytes(100), "ZIP"),
        (b"%PDF-1.7 " + bytes(100), "PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG"),
        (b"SQLite format 3\x00" + bytes(100), "SQLite"),
        (b"ab\x00\x00c\n" * 500, "NUL"),
        (b"\x01\x02\x03\x04\x05\x06" * 300, "01 02 03 04 05 06 01 02 03 04 05 06 01 02 03 04"),
    ],
)
def test_binary_named_csv(read, one, content, found):
    finding = one(read(content), "binary_file")
    assert (finding.level, finding.found, finding.expected) == ("error", found, "csv")


def test_header_only(read, one):
    reading = read("名称,数值\n")
    finding = one(reading, "header_only")
    assert (finding.level, finding.line, finding.found) == ("error", 1, "名称, 数值")
    assert (reading.records, reading.rows) == (1, 0)


def test_duplicate_column_names(read, one):
    reading = read("a,b,A\n1,2,3\n")
    finding = one(reading, "duplicate_column_name")
    assert (finding.level, finding.line, finding.column, finding.found) == ("error", 1, 3, "A")
    assert finding.params["first"] == 1
    assert [column.name for column in reading.columns] == ["a", "b", "A_2"]
    assert [column.original_name for column in reading.columns] == ["a", "b", "A"]


def test_empty_column_name_is_filled_in(read, one):
    reading = read("a,,c\n1,2,3\n")
    finding = one(reading, "empty_column_name")
    assert (finding.level, finding.line, finding.column, finding.expected) == ("warning", 1, 2, "column_2")
    assert reading.ok


def test_rows_that_do_not_fit_are_set_aside(read, table):
    reading = read("a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n")
    found = {(one.level, one.code, one.line, one.column, one.found, one.expected) for one in reading.findings}
    assert found == {("warning", "row_too_short", 3, 3, "2", "3"), ("warning", "row_too_long", 4, 4, "4", "3")}
    assert (reading.ok, reading.records, reading.rows, reading.refused) == (True, 5, 2, 2)
    assert table(reading) == [(1, 2, 3), (10, 11, 12)]
    assert reading.refused_rows.read_text(encoding="utf-8") == (
        'line,reason,found,expected,text\n3,row_too_short,2,3,"4,5"\n4,row_too_long,4,3,"6,7,8,9"\n'
    )


def test_nothing_but_rows_that_do_not_fit_is_an_error(read, one):
    reading = read("a,b,c\n1,2\n3,4,5,6\n7\n")
    assert one(reading, "only_refused_rows").params["count"] == 3
    assert (reading.ok, reading.records, reading.rows, reading.refused) == (False, 4, 0, 3)


def test_many_refused_rows_are_counted_not_listed(read):
    reading = read("a,b\n" + "1,2\n" * 500 + "1,2,3\n" * 5000)
    assert sum(one.code == "row_too_long" for one in reading.findings) == 10
    more = next(one for one in reading.findings if one.code == "more_of_same")
    assert (more.level, more.params) == ("warning", {"of": "row_too_long", "count": 4990})
    assert (reading.rows, reading.refused) == (500, 5000)


def test_a_header_with_a_name_too_few_is_an_error(read, one):
    finding = one(read("a,b\n" + "1,2,3\n" * 20), "header_too_short")
    assert (finding.level, finding.line, finding.found, finding.expected) == ("error", 1, "2", "3")


def test_a_header_with_an_empty_name_too_many_is_mended(read, one, table):
    reading = read("a,,b,c\n" + "x,2,3\n" * 5)
    assert one(reading, "header_extra_cells").level == "warning"
    assert [column.name for column in reading.columns] == ["a", "b", "c"]
    assert table(reading)[0] == ("x", 2, 3)


ROWS = "".join(f"{at},县{at},{at}.5,2023-05-{at:02d}\n" for at in range(1, 21))


@pytest.mark.parametrize(
    ("line", "code", "cells"),
    [
        ("21,,县21,21.5,2023-05-21", "extra_delimiter", (21, "县21")),
        (",21,县21,21.5,2023-05-21", "extra_delimiter", (21, "县21")),
        ("21,县21,21.5,2023-05-21,,", "empty_cells_at_end", (21, "县21")),
        ("21;县21;21.5;2023-05-21", "row_delimited_otherwise", (21, "县21")),
        ("21\t县21\t21.5\t2023-05-21", "row_delimited_otherwise", (21, "县21")),
        ('"21,县21,21.5,2023-05-21', "stray_quote", ('"21', "县21")),
        ('21,"县"21",21.5,2023-05-21', "stray_quote", (21, '县"21')),
    ],
)
def test_rows_that_can_be_mended_in_one_way_only(read, one, table, line, code, cells):
    reading = read(f"序,名称,面积,日期\n{ROWS}{line}\n" + "22,县22,22.5,2023-05-22\n")
    assert one(reading, code).line == 22
    assert (reading.ok, reading.rows, reading.refused) == (True, 22, 0)
    assert tuple(map(str, table(reading)[20][:2])) == tuple(map(str, cells))


@pytest.mark.parametrize(
    "line",
    [
        "21,县21,,21.5,2023-05-21,x",  # which cell is too many cannot be known
        "21,县21,21.5,,,",  # the last column is never empty: something is missing
        "21,县21,21.5",
        ",,,县21,21.5",
    ],
)
def test_rows_that_cannot_be_mended_are_refused(read, line):
    reading = read(f"序,名称,面积,日期\n{ROWS}{line}\n" + "22,县22,22.5,2023-05-22\n")
    assert (reading.ok, reading.rows, reading.refused) == (True, 21, 1)


def test_short_rows_are_filled_where_many_are_short(read, one, table):
    rows = "".join(f"{at},县{at}\n" if at % 3 else f"{at},县{at},注{at}\n" for at in range(1, 31))
    reading = read(f"序,名称,备注\n{rows}")
    assert one(reading, "short_rows_filled").params["count"] == 20
    assert (reading.ok, reading.rows, reading.refused) == (True, 30, 0)
    assert table(reading)[0] == (1, "县1", None)


def test_a_row_with_bytes_that_cannot_be_decoded_is_set_aside(read, one):
    rows = "".join(f"{at},县{at}\n" for at in range(1, 40)).encode()
    reading = read("序,名称\n".encode() + rows + b"40,\xe5\x8e\xff\n41,x\n")
    assert (one(reading, "undecodable").line, one(reading, "undecodable").level) == (41, "warning")
    assert (reading.ok, reading.rows, reading.refused) == (True, 40, 1)


def test_trailing_delimiters_and_blank_rows_are_no_errors(read, one, table):
    reading = read("a,b,\n1,x,\n2,y,\n\n,,\n3,z,\n,,\n\n")
    assert reading.ok
    assert [column.name for column in reading.columns] == ["a", "b"]
    assert one(reading, "empty_column_dropped").column == 3
    assert (one(reading, "blank_rows").line, one(reading, "blank_rows").params["count"]) == (4, 2)
    assert (one(reading, "blank_rows_at_end").line, one(reading, "blank_rows_at_end").params["count"]) == (7, 2)
    assert (reading.records, reading.rows, reading.blank_rows) == (8, 3, 4)
    assert table(reading) == [(1, "x"), (2, "y"), (3, "z")]


def test_empty_cells_beyond_the_header_are_left_out(read, one):
    reading = read("a,b\n1,x,\n2,y,,\n")
    assert reading.ok
    finding = one(reading, "empty_cells_at_end")
    assert (finding.level, finding.line, finding.found, finding.expected) == ("info", 2, "3", "2")


def test_unclosed_quote_costs_its_own_line_only(read, one, table):
    reading = read('a,b\n1,x\n2,"open\n3,y\n4,z\n')
    finding = one(reading, "stray_quote")
    assert (finding.level, finding.line, finding.column, finding.found) == ("warning", 3, 2, '"open')
    assert table(reading) == [(1, "x"), (2, '"open'), (3, "y"), (4, "z")]
    assert (reading.records, reading.rows) == (5, 4)


def test_unclosed_quote_before_a_sound_quoted_line(read, one):
    reading = read('a,b\n"open,2\n3,4\n5,6\n"q",7\n8,9\n')
    assert one(reading, "stray_quote").line == 2
    assert (reading.rows, reading.refused) == (5, 0)


def test_an_open_quote_that_fits_nowhere_is_refused(read, one):
    reading = read('a,b\n1,x\n"open\n3,y\n4,z\n')
    assert (one(reading, "unclosed_quote").level, one(reading, "unclosed_quote").line) == ("warning", 3)
    assert (reading.rows, reading.refused) == (3, 1)


def test_stray_quotes_are_kept_and_told(read, one, table):
    reading = read('a,b\n"x "y" z",2\n5\'10",3\n')
    finding = one(reading, "stray_quote")
    assert (finding.level, finding.line, finding.column, finding.found) == ("warning", 2, 1, 'x "y" z')
    assert table(reading) == [('x "y" z', 2), ("5'10\"", 3)]


def test_nul_byte(read, one):
    reading = read(b"a,b,c\n1,2,3\n4,\x00,6\n")
    finding = one(reading, "nul_byte")
    assert (finding.level, finding.line, finding.column) == ("warning", 3, 2)
    assert (reading.rows, reading.refused) == (1, 1)


def test_too_many_columns(read, one):
    finding = one(read(",".join(f"c{n}" for n in range(60)) + "\n", limits=Limits(columns=50)), "too_many_columns")
    assert (finding.found, finding.expected) == ("60", "50")


def test_sixteen_thousand_columns(read):
    width = 16_384
    head = ",".join(f"列{n}" for n in range(width))
    reading = read(f"{head}\n{','.join(['1'] * width)}\n{','.join(['TRUE'] * width)}\n")
    assert reading.ok
    assert (len(reading.columns), reading.rows) == (width, 2)
    assert reading.columns[-1].name == "列16383"


def test_long_cell(read, one):
    finding = one(read(f"a,b\n1,{'x' * 300}\n", limits=Limits(cell=100)), "cell_too_long")
    assert (finding.line, finding.column, finding.found, finding.expected) == (2, 2, "300", "100")


def test_too_many_rows(read, one):
    finding = one(read("a\n" + "1\n" * 50, limits=Limits(rows=20)), "too_many_rows")
    assert (finding.line, finding.expected) == (22, "20")


def test_forced_delimiter_and_encoding(read):
    reading = read("a;b,c\n1;2,3\n4;5,6\n".encode("utf-16-le"), overrides={"delimiter": ",", "encoding": "utf-16-le"})
    assert ([column.name for column in reading.columns], reading.encoding) == (["a;b", "c"], "utf-16-le")


def test_unknown_encoding(read, one):
    assert one(read("a\n1\n", overrides={"encoding": "klingon"}), "unknown_encoding").found == "klingon"


def test_csv_out_keeps_every_spelling(read):
    reading = read('代码;值\n007;"1,50"\n 8 ;1e3\n', want_csv=True)
    assert reading.csv is not None
    assert reading.csv.read_text(encoding="utf-8") == '代码,值\n007,"1,50"\n 8 ,1e3\n'


@pytest.mark.parametrize("name", ['a"b', "a'b", "%s", "a]b", "; DROP TABLE x", "\u202eabc", "a\\b", "{0}", "$1"])
def test_hostile_column_names(read, table, name):
    quoted = '"' + name.replace('"', '""') + '"'
    reading = read(f"{quoted},b\n1,2\n", want_csv=True)
    assert [column.name for column in reading.columns] == [name, "b"]
    assert table(reading) == [(1, 2)]
