"""Delimited text: quotes without end, one-line giants, wrong bytes, rows and columns without number."""

from __future__ import annotations

from collections.abc import Iterator

from tests.opendata.ingest.corpus.samples import ERROR, READS, Sample, sample, spoilt

TABLE = "代码,名称,数\n" + "".join(f"{at:04d},县{at},{at}.5\n" for at in range(60))


def files() -> list[Sample]:
    """At least seventy files."""
    return [
        *_quotes(), *_shapes(), *_bytes(), *_cells(), *spoilt("csv", "a.csv", TABLE.encode(), 12),
        *spoilt("csv in GBK", "a.csv", TABLE.encode("gbk"), 8),
        *spoilt("csv in UTF-16", "a.csv", TABLE.encode("utf-16"), 8),
    ]  # fmt: skip


def _quotes() -> Iterator[Sample]:
    yield sample("a quote opened at the start", "q.csv", 'a,b\n"1,2\n' + "3,4\n" * 5000)
    yield sample("a quote opened on every line", "q.csv", "a,b\n" + '"1,2\n' * 5000)
    yield sample("odd quotes on every line", "q.csv", "a,b,c\n" + 'x,"y"z","w"\n' * 5000)
    yield sample("nothing but quotes", "q.csv", '"' * 100_000)
    yield sample("quotes and delimiters", "q.csv", '",",",",' * 20_000)
    yield sample("one row of 90 stray quotes", "q.csv", TABLE + ",".join(['"x"y'] * 90) + "\n")
    yield sample("a cell of ten thousand lines", "q.csv", 'a,b\n1,"' + "x\n" * 10_000 + '"\n2,y\n')
    yield sample("escapes without end", "q.csv", "a,b\n" + '"\\' * 10_000 + "\n")
    yield sample("backslashes before each quote", "q.csv", "a,b\n" + '"x \\" y",2\n' * 500, READS)


def _shapes() -> Iterator[Sample]:
    yield sample("one line of 8 MB", "s.csv", "a,b\n" + "x" * 8_000_000 + ",1\n2,3\n4,5\n6,7\n", READS)
    yield sample("8 MB without a line end", "s.csv", "x" * 8_000_000)
    yield sample("a million delimiters in a row", "s.csv", "," * 1_000_000 + "\n", ERROR)
    yield sample(
        "seventeen thousand columns", "s.csv", ",".join(map(str, range(17_000))) + "\n1\n", ERROR, "too_many_columns"
    )
    yield sample("two hundred thousand empty lines", "s.csv", "a\n1\n" + "\n" * 200_000)
    yield sample("a hundred thousand ragged rows", "s.csv", "a,b,c\n" + "1,2,3\n4,5\n" * 50_000)
    yield sample("only ragged rows", "s.csv", "a,b,c,d\n1,2\n3\n4,5,6,7,8\n", ERROR, "only_refused_rows")
    yield sample("a hundred tables", "s.csv", "".join(f"a{at},b{at},c{at}\n1,2,3\n4,5,6\n\n" for at in range(100)))
    yield sample("a thousand headers", "s.csv", "a,b\n1,2\n" * 1000, READS)
    yield sample("a header alone", "s.csv", "a,b\n", ERROR, "header_only")
    yield sample("one character", "s.csv", "x")
    yield sample("one line end", "s.csv", "\n", ERROR, "no_data")
    yield sample("spaces", "s.csv", " " * 50_000, ERROR, "no_data")
    yield sample("only line ends of all kinds", "s.csv", "\r\n\n\r" * 5000, ERROR, "no_data")
    yield sample(
        "two thousand names alike", "s.csv", ",".join(["a"] * 2_000) + "\n" + ",".join(["1"] * 2_000) + "\n", ERROR
    )
    yield sample("a preamble of a thousand lines", "s.csv", "title\n" * 999 + TABLE)
    yield sample("notes of a thousand lines", "s.csv", TABLE + "注：x\n" * 1000)
    for word, end in (
        ("CR", "\r"),
        ("CR CR LF", "\r\r\n"),
        ("LF CR", "\n\r"),
        ("vertical tab", "\v"),
        ("NEL", "\u0085"),
    ):
        yield sample(f"line ends {word}", "s.csv", TABLE.replace("\n", end))
    for mark in "\x01\x02\x1f|~^§¦":
        yield sample(f"delimiter {mark!r}", "s.csv", TABLE.replace(",", mark), READS)


def _bytes() -> Iterator[Sample]:
    yield sample("no byte", "b.csv", b"", ERROR, "empty_file")
    yield sample("only a mark", "b.csv", b"\xef\xbb\xbf", ERROR, "no_data")
    yield sample("two marks", "b.csv", b"\xef\xbb\xbf\xef\xbb\xbf" + TABLE.encode(), READS)
    yield sample("zeros", "b.csv", bytes(100_000), ERROR)
    yield sample("NUL in a cell", "b.csv", TABLE.encode() + b"9999,\x00,1\n", READS)
    yield sample("NUL in the header", "b.csv", b"a\x00,b\n1,2\n3,4\n5,6\n")
    yield sample("every byte", "b.csv", bytes(range(256)) * 40)
    yield sample("half a character at the end", "b.csv", TABLE.encode()[:-1] + "县".encode()[:2])
    yield sample("UTF-8 of half characters", "b.csv", TABLE.encode() + b"1,\xed\xa0\x80,2\n", READS)
    yield sample("UTF-8 too long", "b.csv", TABLE.encode() + b"1,\xc0\xaf,2\n", READS)
    yield sample("UTF-16 of odd length", "b.csv", TABLE.encode("utf-16")[:-1])
    yield sample("UTF-32 beyond Unicode", "b.csv", b"\xff\xfe\x00\x00" + b"\xff\xff\xff\x7f" * 50, ERROR)
    yield sample("UTF-7", "b.csv", TABLE.encode("utf-7"))
    yield sample("GBK and UTF-8 in one", "b.csv", TABLE.encode() + "克拉玛依,甲,1\n".encode("gbk"), READS)
    yield sample("EBCDIC", "b.csv", "A,B\n1,2\n".encode("cp037"))
    yield sample("Shift JIS", "b.csv", "名前,値\nりんご,1\n".encode("shift_jis"))


def _cells() -> Iterator[Sample]:
    for word, cell in {
        "a formula": '=HYPERLINK("http://x";"y")', "a command": "@SUM(1)*cmd|' /C calc'!A0",
        "a script": "<script>alert(1)</script>",
        "SQL": "'); DROP TABLE rows; --", "a format": "%s%n{0}${x}", "marks of direction": "\u202e\u2066abc",
        "joined letters": "a" + "\u0301" * 5000, "a number of a thousand digits": "9" * 1000, "an exponent": "1e999999",
        "a date that is none": "2023-02-30", "the end of time": "9999-12-31T23:59:60Z",
        "a private letter": "\ue000\U0010ffff",
    }.items():  # fmt: skip
        quoted = cell.replace('"', '""')
        yield sample(f"cells with {word}", "c.csv", "a,b\n" + f'"{quoted}",1\n' * 5, READS)
        yield sample(f"a header with {word}", "c.csv", f'"{quoted}",b\nx,1\ny,2\n')
    yield sample("a cell of two million letters", "c.csv", f"a,b\n1,{'x' * 2_000_000}\n2,y\n3,z\n4,w\n", READS)
