"""XLSX, XLS and ODS: corners far apart, claims, bombs, entities, broken parts."""

from __future__ import annotations

from collections.abc import Iterator

from tests.opendata.ingest.builders import SHEET, cell, ods, raw_xlsx, xlsx
from tests.opendata.ingest.corpus.samples import ANY, ERROR, READS, Sample, bomb, sample, spoilt

HEAD = f'<row r="1">{cell("A1", "a")}{cell("B1", "b")}</row>'
ROW = f'<row r="2">{cell("A2", "1")}{cell("B2", "2")}</row>'


def files() -> list[Sample]:
    """At least fifty workbooks."""
    plain = xlsx([["代码", "名称"], ["001", "甲"], ["002", "乙"]])
    table = ods("".join(f"<table:table-row>{_odf(at)}</table:table-row>" for at in range(5)))
    return [
        *_corners(), *_xml(), *_parts(), *_odd(),
        *spoilt("xlsx", "a.xlsx", plain, 12), *spoilt("ods", "a.ods", table, 6),
        *spoilt("ole", "a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 8, 6),
    ]  # fmt: skip


def _odf(at: int) -> str:
    return "".join(
        f'<table:table-cell office:value-type="string"><text:p>{word}{at}</text:p></table:table-cell>' for word in "ab"
    )


def _corners() -> Iterator[Sample]:
    far = f'<row r="1">{cell("A1", "a")}</row><row r="1048576">{cell("XFD1048576", "z")}</row>'
    yield sample("A1 and XFD1048576", "c.xlsx", raw_xlsx(far), ERROR, "cells_far_apart")
    wide = f'<row r="1">{cell("A1", "a")}{cell("XFD1", "z")}</row><row r="2">{cell("A2", "1")}</row>'
    yield sample("A1 and XFD1", "c.xlsx", raw_xlsx(wide))
    tall = f'<row r="1">{cell("A1", "a")}</row><row r="1048576">{cell("A1048576", "1")}</row>'
    yield sample("A1 and A1048576", "c.xlsx", raw_xlsx(tall))
    yield sample("one cell, a million rows claimed", "c.xlsx", raw_xlsx(HEAD + ROW, claim="A1:A1048576"), READS)
    yield sample("one cell, the whole sheet claimed", "c.xlsx", raw_xlsx(HEAD + ROW, claim="A1:XFD1048576"), READS)
    for address in ("ZZZZ1", "A99999999", "A0", "XFE1", "1A", "", "A-1", "A1048577"):
        yield sample(f"address {address!r}", "c.xlsx", raw_xlsx(HEAD + f'<row r="2">{cell(address, "x")}</row>'))
    yield Sample("444 MB of XML in 2 MB", "c.xlsx", _bomb, ERROR, "unpacks_to_too_much")


def _bomb() -> bytes:
    row = f'<row r="1">{cell("A1", "0")}</row>'.encode()
    block = (row * (1048576 // len(row) + 1))[: 1048576 // len(row) * len(row)]
    head = f"<?xml version='1.0'?>{SHEET}<sheetData>".encode()
    return bomb("xl/worksheets/sheet1.xml", block, 444, head=head, tail=b"</sheetData></worksheet>")


def _xml() -> Iterator[Sample]:
    laughs = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    outside = '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    for word, kind in (("entities that laugh", laughs), ("an entity outside", outside)):
        for part in ("xl/sharedStrings.xml", "xl/styles.xml"):
            yield sample(
                f"{word} in {part}", "x.xlsx", raw_xlsx(HEAD + ROW, extra={part: f"{kind}<l>&x;</l>".encode()})
            )
        yield sample(
            f"{word} in the workbook", "x.xlsx", bomb("xl/workbook.xml", f"{kind}<l>&x;</l>".encode(), 1), ERROR
        )
    yield sample("cells of entities", "x.xlsx", raw_xlsx(f'<row r="1">{cell("A1", "&#x26;&bogus;")}</row>'))
    yield sample("rows a hundred thousand deep", "x.xlsx", raw_xlsx("<row>" * 100_000))
    yield sample("XML cut short", "x.xlsx", raw_xlsx('<row r="1"><c r="A1" t="inl'), ANY)
    yield sample(
        "a number of a million digits",
        "x.xlsx",
        raw_xlsx(HEAD + f'<row r="2"><c r="A2"><v>{"9" * 10**6}</v></c></row>'),
    )
    yield sample(
        "a shared string out of range", "x.xlsx", raw_xlsx(HEAD + '<row r="2"><c r="A2" t="s"><v>99</v></c></row>')
    )
    yield sample("a style out of range", "x.xlsx", raw_xlsx(HEAD + '<row r="2"><c r="A2" s="9999"><v>1</v></c></row>'))
    yield sample(
        "a date of the year 400,000", "x.xlsx", raw_xlsx(HEAD + '<row r="2"><c r="A2" t="d"><v>1e300</v></c></row>')
    )


def _parts() -> Iterator[Sample]:
    yield sample("no sheet at all", "p.xlsx", bomb("xl/nothing.xml", b"x", 1), ERROR)
    yield sample("only a workbook part", "p.xlsx", bomb("xl/workbook.xml", b"<workbook/>", 1), ERROR)
    yield sample("an empty sheet", "p.xlsx", raw_xlsx(""), ERROR)
    yield sample("a header alone", "p.xlsx", raw_xlsx(HEAD), ERROR, "header_only")
    yield sample(
        "a macro beside it", "p.xlsm", raw_xlsx(HEAD + ROW, extra={"xl/vbaProject.bin": b"\xd0\xcf" * 99}), READS
    )
    yield sample(
        "twenty thousand parts", "p.xlsx", raw_xlsx(HEAD, extra={f"x{at}": b"" for at in range(20_001)}), ERROR
    )
    yield sample("text named XLSX", "p.xlsx", "a,b\n1,2\n", ERROR, "not_what_the_name_says")
    yield sample("text named XLS", "p.xls", "a,b\n1,2\n", ERROR, "not_what_the_name_says")
    yield sample("HTML named XLS", "p.xls", "<html><table><tr><td>1</td></tr></table></html>", ERROR)


def _odd() -> Iterator[Sample]:
    repeat = '<table:table-row table:number-rows-repeated="200000">'
    yield sample("a row repeated two hundred thousand times", "o.ods", ods(f"{repeat}{_odf(1)}</table:table-row>"))
    many = '<table:table-cell table:number-columns-repeated="300" office:value-type="string"><text:p>x</text:p>'
    yield sample("a cell repeated", "o.ods", ods(f"<table:table-row>{many}</table:table-cell></table:table-row>" * 50))
    huge = '<table:table-row table:number-rows-repeated="999999999999">'
    yield sample("a row repeated beyond counting", "o.ods", ods(f"{huge}{_odf(1)}</table:table-row>"))
    yield sample("an empty ODS", "o.ods", ods(""), ERROR)
    formulas = [["=1+1", "a"], ['=HYPERLINK("http://x")', "@SUM(1)"], ["-1+1", "+cmd|' /C calc'!A0"]]
    yield sample("formulas", "f.xlsx", xlsx([["x", "y"], *formulas]))
    yield sample(
        "a cell of a million letters", "f.xlsx", raw_xlsx(HEAD + f'<row r="2">{cell("A2", "x" * 10**6)}</row>')
    )
    yield sample(
        "control characters", "f.xlsx", raw_xlsx(HEAD + f'<row r="2">{cell("A2", "_x0000_&#9;&#x202e;")}</row>')
    )
