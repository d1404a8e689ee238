"""ZIP archives: bombs, lies, links, passwords, names, shapefiles with broken parts."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Iterator

from tests.opendata.ingest.corpus.samples import ANY, ERROR, READS, Sample, bomb, by_hand, sample, spoilt
from tests.opendata.ingest.geofiles import shape_parts, simple_shape, zipped

CSV = "代码,名称\n001,甲\n002,乙\n"


def files() -> list[Sample]:
    """At least sixty archives."""
    return [
        *_bombs(),
        *_names(),
        *_kinds(),
        *_shapes(),
        *_lies(),
        *spoilt("zip", "a.zip", zipped({"a.csv": CSV * 50}), 10),
    ]


def _bombs() -> Iterator[Sample]:
    line = b"0,0,0,0\n" * 131072
    too_much = "unpacks_to_too_much"
    yield Sample("1 GB of zeros", "b.zip", lambda: bomb("a.csv", line, 1000), ERROR, too_much)
    yield Sample("8 GB of zeros", "b.zip", lambda: bomb("a.csv", line, 8000), ERROR, too_much)
    yield Sample("bomb that claims 10 bytes", "b.zip", lambda: bomb("a.csv", line, 500, claim=10), ERROR)
    yield Sample("bomb as JSON", "b.zip", lambda: bomb("a.json", b"[" * 1048576, 400), ERROR, too_much)
    yield Sample(
        "bomb as XLSX in a ZIP", "b.zip", lambda: zipped({"a.xlsx": bomb("xl/workbook.xml", line, 400)}), ERROR
    )
    yield Sample("bomb beside a small table", "b.zip", lambda: _beside(), READS)
    yield sample("archive in an archive", "n.zip", zipped({"i.zip": zipped({"a.csv": CSV})}), ERROR, "zip_nested")
    nest = zipped({"a.csv": CSV})
    for _ in range(20):
        nest = zipped({"deeper.zip": nest})
    yield sample("twenty archives in each other", "n.zip", nest, ERROR, "zip_nested")
    for ending in ("gz", "7z", "rar", "tar", "xz"):
        yield sample(f"a .{ending} inside", "n.zip", zipped({f"a.csv.{ending}": "x"}), ERROR, "zip_nested")
    many = {f"{at}.txt": "" for at in range(12_000)}
    yield Sample("twelve thousand members", "m.zip", lambda: zipped(many, zipfile.ZIP_STORED), ERROR, "too_many_parts")


def _beside() -> bytes:
    out = io.BytesIO(bomb("readme.pdf", b"\0" * 1048576, 300))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("a.csv", CSV)
    return out.getvalue()


def _names() -> Iterator[Sample]:
    raw = CSV.encode()
    for name in (
        "../a.csv",
        "../../../../etc/a.csv",
        "/etc/a.csv",
        "C:\\a.csv",
        "a\\b.csv",
        "\\\\host\\a.csv",
        "x/../../a.csv",
    ):
        yield sample(f"name {name}", "t.zip", by_hand([(name, raw, len(raw), 0)]), ERROR, "zip_unsafe_name")
    for name in (
        "",
        "a" * 60000 + ".csv",
        "\ud800.csv",
        "a\0b.csv",
        "名\u202evsc.exe.csv",
        "con.csv",
        "a.csv ",
        "-rf.csv",
    ):
        told = name.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
        yield sample(f"name {name[:20]!r}", "t.zip", by_hand([(told, raw, len(raw), 0)]))
    for word, mode in (("link", stat.S_IFLNK), ("fifo", stat.S_IFIFO), ("device", stat.S_IFBLK)):
        info = zipfile.ZipInfo("a.csv")
        info.external_attr = (mode | 0o777) << 16
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(info, "/etc/passwd")
        yield sample(
            f"a {word}", "l.zip", out.getvalue(), ERROR if word == "link" else ANY, "zip_link" if word == "link" else ""
        )
    yield sample("one name twice", "d.zip", by_hand([("a.csv", raw, len(raw), 0)] * 2), ERROR, "zip_name_twice")
    gbk = b"\xb1\xed.csv".decode("utf-8", "surrogateescape")
    yield sample("name in GBK", "g.zip", by_hand([(gbk, raw, len(raw), 0)], flags=0), ANY)


def _kinds() -> Iterator[Sample]:
    yield sample("no member", "e.zip", zipped({}), ERROR, "zip_nothing")
    yield sample("only a folder", "e.zip", zipped({"folder/": ""}), ERROR, "zip_nothing")
    yield sample("an empty table", "e.zip", zipped({"a.csv": ""}), ERROR, "empty_file")
    yield sample("two tables", "s.zip", zipped({"a.csv": CSV, "b.csv": CSV}), ERROR, "zip_several")
    yield sample("a program", "s.zip", zipped({"a.exe": "MZ"}), ERROR, "zip_nothing")
    yield sample("text named Parquet", "s.zip", zipped({"a.parquet": CSV}), ERROR)
    yield sample("Parquet's mark named CSV", "s.zip", zipped({"a.csv": b"PAR1" + bytes(50)}), ERROR)
    yield sample("a deep folder", "f.zip", zipped({"a/" * 500 + "t.csv": CSV}), READS)
    for method, word in ((1, "shrunk"), (6, "imploded"), (97, "WavPack"), (99, "AES")):
        yield sample(f"method {word}", "x.zip", by_hand([("a.csv", CSV.encode(), 30, method)]), ERROR)
    for method, word in ((zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "lzma")):
        yield sample(f"method {word}", "x.zip", zipped({"a.csv": CSV}, method), READS)


def _shapes() -> Iterator[Sample]:
    whole = simple_shape()
    for part in ("data.shp", "data.shx", "data.dbf"):
        yield sample(f"{part} empty", "s.zip", zipped(whole | {part: b""}), ERROR)
        yield sample(f"{part} cut", "s.zip", zipped(whole | {part: whole[part][: len(whole[part]) // 2]}), ERROR)
        yield from spoilt(part, "s.zip", b"", 0)
    points = bytearray(whole["data.shp"])
    struct.pack_into("<i", points, 108, 5)
    struct.pack_into(">i", points, 104, 0x7FFFFFFF)
    yield sample("a shape of 2³¹ words", "s.zip", zipped(whole | {"data.shp": bytes(points)}))
    rows = bytearray(whole["data.dbf"])
    struct.pack_into("<I", rows, 4, 0xFFFFFFFF)
    yield sample("four billion rows claimed", "s.zip", zipped(whole | {"data.dbf": bytes(rows)}), ERROR, "rows_lost")
    yield sample(
        "a projection of nonsense", "s.zip", zipped(whole | {"data.prj": "PROJCS[" * 5000}), ERROR, "crs_unknown"
    )
    yield sample("an encoding of nonsense", "s.zip", zipped(whole | {"data.cpg": "klingon" * 9999}), READS)
    other = shape_parts([((1, 2), "x")], [("A", "C", 9)])
    yield sample("rows of another file", "s.zip", zipped(whole | {"data.dbf": other["data.dbf"]}), ERROR)


def _lies() -> Iterator[Sample]:
    whole = bytearray(zipped({"a.csv": CSV * 20}))
    at = whole.index(b"PK\x01\x02")
    for word, place, code, value in (
        ("checksum", at + 16, "<I", 1), ("packed size", at + 20, "<I", 5), ("offset", at + 42, "<I", 0x7FFFFFFF),
        ("size of 4 GB", at + 24, "<I", 0xFFFFFFFE), ("flag of a password", at + 8, "<H", 1),
    ):  # fmt: skip
        bent = bytearray(whole)
        struct.pack_into(code, bent, place, value)
        yield sample(f"wrong {word}", "w.zip", bytes(bent), ERROR)
    yield sample("end of the directory twice", "w.zip", bytes(whole) + bytes(whole)[-22:])
    yield sample("bytes before the archive", "w.zip", b"PK\x03\x04" + bytes(500) + bytes(whole))
