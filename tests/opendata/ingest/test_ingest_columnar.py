"""Parquet: types are taken over, damage is found."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

from opendata.ingest.reading import MIB, Limits


def parquet(table: pa.Table, **options) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def test_types_are_taken_over(read, table):
    row = {
        "n": 1, "f": 0.5, "d": Decimal("1.25"), "t": "文", "day": dt.date(2023, 5, 1), "b": True, "list": [1, 2],
        "s": {"x": 1}, "raw": b"abc", "at": dt.datetime(2023, 5, 1, 8, 30),
    }  # fmt: skip
    reading = read(parquet(pa.Table.from_pylist([row, {"n": 2}])), "a.parquet", want_csv=True)
    assert reading.ok, reading.findings
    assert [column.type for column in reading.columns] == [
        "integer", "float", "decimal", "text", "date", "boolean", "json", "json", "text", "timestamp",
    ]  # fmt: skip
    assert (reading.rows, reading.records) == (2, 2)
    assert table(reading)[0][6] == "[1,2]"
    assert reading.csv is not None
    assert reading.csv.read_text().splitlines()[0] == "n,f,d,t,day,b,list,s,raw,at"


def test_flipped_page_is_found(read, one):
    content = bytearray(parquet(pa.table({"a": list(range(10_000))}), write_page_checksum=True, compression="none"))
    content[len(content) // 3] ^= 0xFF
    reading = read(bytes(content), "a.parquet")
    assert one(reading, "checksum_wrong").level == "error"
    assert reading.parquet is None


def test_cut_file(read, one):
    content = parquet(pa.table({"a": [1, 2, 3]}))
    assert one(read(content[:-20], "a.parquet"), "damaged_file").level == "error"


def test_more_rows_than_allowed(read, one):
    content = parquet(pa.table({"a": [1] * 1000}))
    finding = one(read(content, "a.parquet", limits=Limits(rows=999)), "too_many_rows")
    assert (finding.found, finding.expected) == ("1000", "999")


def test_a_small_file_of_very_many_rows(jailed, one):
    out = io.BytesIO()
    piece = pa.table({"a": pa.array([7] * 1_000_000, pa.int64())})
    with pq.ParquetWriter(out, piece.schema) as writer:
        for _ in range(30):
            writer.write_table(piece)
    assert len(out.getvalue()) < MIB
    reading = jailed(out.getvalue(), "a.parquet", limits=Limits(rows=20_000_000))
    assert one(reading, "too_many_rows").found == "30000000"
    assert reading.peak_memory < 512 * MIB


def test_names_and_contents_must_agree(read, one):
    assert one(read(b"a,b\n1,2\n", "a.parquet"), "not_what_the_name_says").expected == "parquet"
    content = parquet(pa.table({"a": [1]}))
    assert one(read(content, "a.csv"), "not_what_the_name_says").found == "parquet"
