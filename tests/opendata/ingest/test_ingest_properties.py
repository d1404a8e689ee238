"""Whatever the cells are, they come back as they were; the quick way and the careful way agree."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opendata.ingest import quick as quick_way

SETTINGS = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CELL = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\x1c\x1d\x1e\x85\u2028\u2029\ufeff"),
    max_size=12,
)


def spelled(rows: list[list[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL, delimiter=delimiter).writerows(rows)
    return out.getvalue()


@SETTINGS
@given(rows=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=12), delimiter=st.sampled_from(",;\t|"))
def test_csv_round_trip_keeps_every_cell(read, rows, delimiter):
    kept = [["k", *row] for row in rows]
    text = spelled([["key", "甲", "乙", "丙"], *kept], delimiter=delimiter)
    reading = read(text, overrides={"delimiter": delimiter, "header": True}, want_csv=True)
    assert not [finding for finding in reading.findings if finding.level == "error"]
    assert reading.csv is not None
    with reading.csv.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["key", "甲", "乙", "丙"], *kept]


@SETTINGS
@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=12))
def test_gb18030_holds_every_letter(read, rows):
    kept = [["k", *row] for row in rows]
    text = spelled([["key", "甲乙丙丁戊己庚辛", "ئارگېنتىنا"], *kept])
    reading = read(text.encode("gb18030"), overrides={"encoding": "gb18030", "header": True}, want_csv=True)
    assert reading.csv is not None
    with reading.csv.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file))[1:] == kept


PLAIN = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.decimals(-1000, 1000, places=2).map(str),
    st.sampled_from(
        ["", "007", "NaN", "2023-05-01", "2023/5/1", "是", "文字", "1,234", "12%", "0164A", " 5 ", "5/19/2006"]
    ),
)


@SETTINGS
@given(columns=st.lists(st.lists(PLAIN, min_size=4, max_size=4), min_size=1, max_size=5), quote=st.booleans())
def test_quick_and_careful_ways_agree(read, monkeypatch, columns, quote):
    rows = [["k", *cells] for cells in zip(*columns, strict=True)]
    head = ["key", *(f"列{n}" for n in range(len(columns)))]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL).writerows([head, *rows])
    options = {"overrides": {"delimiter": ",", "header": True}, "want_csv": True}
    careful = read(out.getvalue(), **options)
    with monkeypatch.context() as patch:
        patch.setattr(quick_way, "QUICK_FROM", 0)
        quick = read(out.getvalue(), **options)
    assert (careful.path_taken, quick.path_taken) == ("careful", "quick")
    assert quick.columns == careful.columns
    assert quick.findings == careful.findings
    assert (quick.records, quick.rows) == (careful.records, careful.rows)
    assert careful.csv is not None
    assert quick.csv is not None
    assert quick.csv.read_text() == careful.csv.read_text()
    assert careful.parquet is not None
    assert quick.parquet is not None
    assert quick.parquet.stat().st_size == careful.parquet.stat().st_size


@pytest.mark.parametrize(
    "text",
    ["a,b\n1,2\n\n3,4\n", "a,b\n1,2,3\n", "a,b\n1,2\n,\n", "t\n\na,b\n1,2\n", "a,b\n1,2\n注：说明\n", "a,b\r1,2\r3,4\r",
     'a,b\n"x"y,2\n', 'a,b\n1,"2\n', "a,b\n1,2\r3\n", "a,a\n1,2\n", "a,b\n 1,2\n"],
)  # fmt: skip
def test_doubtful_files_give_the_same_either_way(read, monkeypatch, text):
    careful = read(text)
    monkeypatch.setattr(quick_way, "QUICK_FROM", 0)
    quick = read(text)
    assert quick.findings == careful.findings
    assert (quick.records, quick.rows, quick.columns) == (careful.records, careful.rows, careful.columns)
