"""Names that lie, names that hurt, and files that are two things at once."""

from __future__ import annotations

from collections.abc import Iterator

from tests.opendata.ingest.builders import xlsx
from tests.opendata.ingest.corpus.parquets import parquet
from tests.opendata.ingest.corpus.samples import ERROR, READS, Sample, sample
from tests.opendata.ingest.geofiles import zipped

CSV = "代码,名称\n001,甲\n002,乙\n"
MAGIC = {
    "PDF": b"%PDF-1.7\n", "PNG": b"\x89PNG\r\n\x1a\n", "JPEG": b"\xff\xd8\xff\xe0", "GIF": b"GIF89a",
    "RAR": b"Rar!\x1a\x07",
    "7z": b"7z\xbc\xaf'\x1c", "gzip": b"\x1f\x8b\x08\x00", "ELF": b"\x7fELF\x02", "EXE": b"MZ\x90\x00",
    "SQLite": b"SQLite format 3\x00", "RTF": b"{\\rtf1",
    "OLE": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ZIP": b"PK\x03\x04",
}  # fmt: skip


def files() -> list[Sample]:
    """At least thirty files."""
    return [*_names(), *_magic(), *_both()]


def _names() -> Iterator[Sample]:
    for name in (
        "../../etc/passwd.csv", "/etc/passwd.csv", "a\0b.csv", "a\nb.csv", "名\u202evsc.csv", "x" * 250 + ".csv",
        ".csv", "csv", "a.csv.exe", "a.CSV", "a.csv ", "-rf.csv", "$(id).csv", "a';--.csv", "<b>.csv", "con.csv",
        "a.tar.csv", "é.csv", "",
    ):  # fmt: skip
        yield sample(f"name {name[:20]!r}", name, CSV, READS)


def _magic() -> Iterator[Sample]:
    for word, mark in MAGIC.items():
        yield sample(f"{word} named CSV", "a.csv", mark + CSV.encode() + bytes(200), ERROR, "binary_file")


def _both() -> Iterator[Sample]:
    book = xlsx([["a", "b"], [1, 2]])
    yield sample("XLSX named XLS", "b.xls", book, ERROR)
    yield sample("XLSX named ODS", "b.ods", book)
    yield sample("XLSX named ZIP", "b.zip", book, ERROR, "not_what_the_name_says")
    yield sample("ZIP named XLSX", "b.xlsx", zipped({"a.csv": CSV}), ERROR)
    yield sample("text, then a ZIP", "b.csv", CSV.encode() + zipped({"a.csv": CSV}))
    yield sample("a ZIP, then text", "b.zip", zipped({"a.csv": CSV}) + CSV.encode())
    yield sample("a PDF that ends as a ZIP", "b.zip", b"%PDF-1.7\n" + zipped({"a.csv": CSV}), ERROR)
    yield sample("Parquet that ends as a ZIP", "b.parquet", parquet({"a": [1]}) + zipped({"a.csv": CSV}), ERROR)
    yield sample("HTML named CSV", "b.csv", "<html><body><table><tr><td>1,2</td></tr></table></body></html>\n" * 9)
    yield sample("JSON named CSV", "b.csv", '[{"a": 1}, {"a": 2}]\n')
    yield sample("CSV named JSON", "b.json", CSV, ERROR, "not_json")
    yield sample("XML named CSV", "b.csv", '<?xml version="1.0"?>\n<rows><row a="1"/></rows>\n')
    yield sample(
        "GeoJSON named JSON",
        "b.json",
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":1},"geometry":null}]}',
        READS,
    )
