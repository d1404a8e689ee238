"""Parquet: too many rows, wrong footers, broken pages, odd types and names."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import struct
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.opendata.ingest.corpus.samples import ANY, ERROR, READS, Sample, sample, spoilt


def parquet(columns: dict[str, Any], **options: Any) -> bytes:
    """A Parquet file of these columns."""
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, **options)
    return out.getvalue()


def many_rows(rows: int) -> bytes:
    """A file of so many empty cells, a million a group: its size is that of its directory."""
    out = io.BytesIO()
    batch = pa.table({"a": pa.nulls(1_000_000, pa.int32())})
    with pq.ParquetWriter(out, batch.schema, compression="zstd") as writer:
        for _ in range(rows // 1_000_000):
            writer.write_table(batch)
    return out.getvalue()


def files() -> list[Sample]:
    """At least forty files."""
    plain = parquet({"a": list(range(500)), "b": [f"名{at}" for at in range(500)]}, write_page_checksum=True)
    return [*_sizes(), *_types(), *_footers(plain), *spoilt("parquet", "a.parquet", plain, 16)]


def _sizes() -> Iterator[Sample]:
    yield Sample("500 million rows", "m.parquet", lambda: many_rows(500_000_000), ERROR, "too_many_rows")
    yield sample("no rows", "m.parquet", parquet({"a": pa.array([], pa.int32())}), ERROR, "header_only")
    yield sample("no columns", "m.parquet", parquet({}), ERROR)
    yield Sample("17,000 columns", "m.parquet", lambda: parquet({f"c{at}": [1] for at in range(17_000)}), ERROR)
    yield sample(
        "one text a million times", "m.parquet", parquet({"a": pa.array(["x" * 200] * 200_000).dictionary_encode()})
    )
    yield sample("a text of 20 MB", "m.parquet", parquet({"a": ["x" * 20_000_000]}, compression="zstd"))


def _types() -> Iterator[Sample]:
    deep: Any = pa.array([1])
    for _ in range(40):
        deep = pa.array([deep.to_pylist()])
    odd: dict[str, Any] = {
        "lists in lists": deep,
        "structs": pa.array([{"x": {"y": [1, 2]}}]),
        "a map": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int32())),
        "decimals of 76 digits": pa.array([decimal.Decimal(1)], pa.decimal256(76, 10)),
        "half floats": pa.array([1.5], pa.float32()),
        "not numbers": pa.array([float("nan"), float("inf"), None]),
        "durations": pa.array([dt.timedelta(1)], pa.duration("us")),
        "the year 292,000": pa.array([2**62], pa.timestamp("us")),
        "times with zones": pa.array([1], pa.timestamp("us", "Asia/Shanghai")),
        "bytes": pa.array([b"\xff\xfe\x00"]),
        "fixed bytes": pa.array([b"abcd"], pa.binary(4)),
        "nulls only": pa.nulls(10),
        "great unsigned": pa.array([2**64 - 1], pa.uint64()),
    }
    for word, column in odd.items():
        yield sample(word, "t.parquet", parquet({"a": column}))
    yield sample("hostile names", "t.parquet", parquet({'a"b': [1], "a'b": [1], "\u202ex": [1], "": [1], "a b]": [1]}))
    yield sample("names that differ by case", "t.parquet", parquet({"a": [1], "A": [2]}))
    bad = parquet({"a": ["gut", "schoen"]}, compression="none", use_dictionary=False).replace(b"schoen", b"sch\xffen")
    yield sample("text that is no UTF-8", "t.parquet", bad)
    for codec in ("snappy", "gzip", "brotli", "zstd", "lz4"):
        yield sample(f"packed by {codec}", "t.parquet", parquet({"a": [1, 2]}, compression=codec), READS)


def _footers(plain: bytes) -> Iterator[Sample]:
    for word, length in (("zero", 0), ("of 4 GB", 0xFFFFFFFF), ("longer than the file", len(plain) * 2), ("of 3", 3)):
        yield sample(f"footer {word}", "f.parquet", plain[:-8] + struct.pack("<I", length) + b"PAR1", ERROR)
    yield sample("only the marks", "f.parquet", b"PAR1PAR1", ERROR)
    yield sample("mark at the start only", "f.parquet", b"PAR1" + bytes(100), ERROR)
    yield sample("encrypted footer", "f.parquet", plain[:-4] + b"PARE", ERROR)
    yield sample("named CSV", "f.csv", plain, ERROR, "not_what_the_name_says")
    yield sample("pages of zeros", "f.parquet", plain[:4] + bytes(500) + plain[504:], ERROR)
    yield sample("two files in one", "f.parquet", plain + plain, ANY)
