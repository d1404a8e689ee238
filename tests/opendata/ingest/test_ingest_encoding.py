"""Encodings: whole files decode strictly, broken ones name the line and the bytes."""

from __future__ import annotations

import pytest

SIMPLIFIED = "地区,数值\n" + "乌鲁木齐市,1\n伊犁哈萨克自治州,2\n喀什地区,3\n" * 5
RARE = "站点,编号说明\n淏口,〇\n峣山,嶺南\n"
UYGHUR = "دۆلەت,قىممەت\nئارگېنتىنا,1\nۋېنېزۇئېلا,2\n"
TRADITIONAL = "行政區,學校名稱,電話\n中西區,聖公會聖彼得小學,25403211\n灣仔區,嘉諾撒聖方濟各學校,25276622\n"
WESTERN = "città,numero\nForlì-Cesena,1\nUnità è,2\nAgliè,3\nMünchen,4\n"


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        (SIMPLIFIED, "utf-8", "utf-8"),
        (SIMPLIFIED, "utf-8-sig", "utf-8-sig"),
        (SIMPLIFIED, "gb2312", "gb2312"),
        (RARE, "gbk", "gbk"),
        (UYGHUR, "gb18030", "gb18030"),
        (UYGHUR, "utf-8", "utf-8"),
        (TRADITIONAL, "big5", "big5"),
        (TRADITIONAL, "gbk", "gbk"),
        (WESTERN, "cp1252", "cp1252"),
        ("a,b\n1,x\n", "ascii", "ascii"),
    ],
)
def test_encoding_is_detected_and_cells_come_through(read, table, text, codec, name):
    reading = read(text.encode(codec))
    assert reading.ok, reading.findings
    assert reading.encoding == name
    first = [str(row[0]) for row in table(reading)]
    assert first == [line.split(",")[0] for line in text.splitlines()[1:]]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [True, False])
def test_utf16_with_and_without_mark(read, table, codec, mark):
    text = ("\ufeff" if mark else "") + "name,count\n" + "Urumqi,12\nKashgar,3\n" * 20
    reading = read(text.encode(codec))
    assert reading.ok
    assert reading.encoding == codec
    assert table(reading)[0] == ("Urumqi", 12)
    assert any(one.code == "utf16_without_mark" for one in reading.findings) is not mark


def test_utf32_with_mark(read, table):
    assert table(read("a,b\n新,1\n".encode("utf-32"))) == [("新", 1)]


def test_gb18030_that_begins_in_ascii(read):
    text = "code,name\n" + "1,plain\n" * 700_000 + "2,博尔塔拉蒙古自治州\n3,巴音郭楞蒙古自治州\n"
    reading = read(text.encode("gbk"))
    assert (reading.encoding, reading.ok) == ("gb2312", True)


@pytest.mark.parametrize(("codec", "name"), [("utf-8", "utf-8"), ("gb18030", "gb18030")])
def test_broken_bytes_name_their_line(read, one, codec, name):
    reading = read(SIMPLIFIED.encode(codec) + b"\xff\xfe,3\nend,4\n")
    finding = one(reading, "cannot_decode")
    assert (finding.level, finding.line, finding.expected) == ("warning", 17, name)
    assert finding.found.startswith("FF FE")
    assert (one(reading, "undecodable").line, reading.refused) == (17, 1)


def test_utf16_cut_in_half(read, one):
    finding = one(read("a,b\n1,2\n".encode("utf-16")[:-1]), "cannot_decode")
    assert finding.expected == "utf-16-le"


def test_wrong_encoding_forced(read, one):
    finding = one(read(SIMPLIFIED.encode("gbk"), overrides={"encoding": "utf-8"}), "cannot_decode")
    assert (finding.line, finding.expected) == (1, "utf-8")


def test_western_guess_is_a_warning(read, one):
    assert one(read(WESTERN.encode("cp1252")), "encoding_judged").level == "warning"
