"""A ZIP holds exactly one data file; everything else about it is refused with the name of what is wrong."""

from __future__ import annotations

import io
import stat
import struct
import zipfile

import pytest

from .builders import xlsx
from .geofiles import collection, feature, point, simple_shape, zipped

CSV = "代码,名称\n001,甲\n002,乙\n"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("data.csv", CSV, "csv"),
        ("folder/数据.CSV", CSV.encode("gbk"), "csv"),
        ("data.tsv", CSV.replace(",", "\t"), "tsv"),
        ("data.json", '[{"a": 1}, {"a": 2}]', "json"),
        ("data.ndjson", '{"a": 1}\n{"a": 2}\n', "jsonl"),
        ("data.geojson", collection([feature(point(1, 2), a=1), feature(point(1, 2), a=2)]), "geojson"),
        ("data.xlsx", xlsx([["a", "b"], [1, 2], [3, 4]]), "xlsx"),
        ("only.txt", CSV, "csv"),
    ],
)
def test_the_one_data_file_is_read(read, one, name, content, kind):
    reading = read(zipped({name: content, "readme.pdf": b"x", "__MACOSX/._x.csv": b"x", ".hidden.csv": b"x"}), "a.zip")
    assert (reading.ok, reading.format, reading.rows) == (True, kind, 2), reading.findings
    assert one(reading, "zip_member_read").found == name
    assert one(reading, "zip_others").params["names"] == ["readme.pdf"]


def test_several_data_files_are_named_and_one_can_be_chosen(read, one):
    content = zipped({"a.csv": CSV, "b.csv": CSV + "003,丙\n", "说明.txt": "x"})
    assert one(read(content, "a.zip"), "zip_several").found == "a.csv, b.csv"
    assert read(content, "a.zip", overrides={"member": "b.csv"}).rows == 3
    assert one(read(content, "a.zip", overrides={"member": "c.csv"}), "unknown_member").expected == "a.csv, b.csv"
    assert read(content, "a.zip").members == ["a.csv", "b.csv", "说明.txt"]


def test_a_shapefile_beside_a_table_is_two_data_files(read, one):
    content = zipped({**simple_shape(), "x.csv": CSV})
    assert one(read(content, "a.zip"), "zip_several").params["count"] == 2
    assert read(content, "a.zip", overrides={"member": "data.shp"}).format == "shapefile"


def _entry(name: str, mode: int = 0) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("placeholder"[: len(name)].ljust(len(name), "x"))
        info.external_attr = mode << 16
        archive.writestr(info, CSV)
    return out.getvalue().replace(info.filename.encode(), name.encode())


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (_entry("../../up.csv"), "zip_unsafe_name"),
        (_entry("/abs.csv"), "zip_unsafe_name"),
        (_entry("C:drive.csv"), "zip_unsafe_name"),
        (_entry("a\\..\\b.csv"), "zip_unsafe_name"),
        (_entry("link.csv", stat.S_IFLNK | 0o777), "zip_link"),
        (zipped({"inner.zip": zipped({"a.csv": CSV})}), "zip_nested"),
        (zipped({"inner.tar.gz": b"x"}), "zip_nested"),
        (zipped({"readme.md": "x"}), "zip_nothing"),
        (zipped({}), "zip_nothing"),
        (zipped({"A.csv": CSV, "a.csv": CSV}), "zip_name_twice"),
        (zipped({"empty.csv": ""}), "empty_file"),
        (zipped({"data.csv": b"PK\x03\x04" + bytes(90)}), "binary_file"),
        (zipped({"data.parquet": "a,b\n"}), "not_what_the_name_says"),
        (xlsx([["a"], [1]]), "not_what_the_name_says"),
        (zipped({"a.csv": CSV})[:-30], "damaged_file"),
        (b"PK\x03\x04" + bytes(200), "damaged_file"),
        (b"a,b\n1,2\n", "not_what_the_name_says"),
        (zipped({"zeros.csv": b"0,0,0,0\n" * 9_000_000}), "unpacks_to_too_much"),
    ],
)
def test_what_a_zip_may_not_hold(read, content, code):
    reading = read(content, "a.zip")
    assert (reading.ok, reading.findings[0].code) == (False, code)
    assert (reading.rows, reading.parquet) == (0, None)


def test_a_password_and_a_wrong_checksum(read, one):
    plain = zipped({"a.csv": CSV}, zipfile.ZIP_STORED)
    at = plain.index(b"PK\x01\x02")
    locked = bytearray(plain)
    locked[6] |= 1
    locked[at + 8] |= 1
    assert one(read(bytes(locked), "a.zip"), "encrypted_file").level == "error"
    bent = plain.replace("甲".encode(), "丁".encode())
    assert one(read(bent, "a.zip"), "damaged_file").level == "error"


def test_an_archive_that_lies_about_its_size_is_counted(read, one):
    content = bytearray(zipped({"zeros.csv": b"0,0,0,0\n" * 9_000_000}))
    at = content.index(b"PK\x01\x02")
    struct.pack_into("<I", content, at + 24, 1000)
    struct.pack_into("<I", content, 22, 1000)
    assert not read(bytes(content), "a.zip").ok
