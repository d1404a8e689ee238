"""The serving file: the Parquet's rows in file order, with the heads of its sorts, closed for good."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest

from opendata.ingest import serving


def parquet(folder: Path, select: str) -> Path:
    path = folder / "data.parquet"
    duckdb.connect().execute(f"COPY ({select}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 20000)")
    return path


def opened(path: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(path), read_only=True)


def test_rows_are_the_parquets_rows_in_file_order(tmp_path):
    path = parquet(tmp_path, 'SELECT i, \'x"\' || i % 7 AS "a""b", NULL::DATE AS day FROM range(1000) t(i)')
    target = tmp_path / "serving.duckdb"
    assert serving.build_from_parquet(path, target, memory_mb=128)
    with opened(target) as file:
        rows = file.execute("SELECT rowid, c0, c1, c2 FROM rows ORDER BY rowid").fetchall()
        assert rows == [(n, n, f'x"{n % 7}', None) for n in range(1000)]
        assert [row[0] for row in file.execute("SHOW TABLES").fetchall()] == ["rows"]
    assert sorted(item.name for item in tmp_path.iterdir()) == ["data.parquet", "serving.duckdb"]
    assert target.stat().st_size < 200_000


def test_heads_of_every_sort_have_nulls_last_then_row_numbers(tmp_path):
    number = "CASE WHEN i % 3 > 0 THEN (i * 7919) % 500 END"
    path = parquet(tmp_path, f"SELECT {number} AS n, 'k' || (i * 31) % 90000 AS t, [i] AS deep FROM range(100000) t(i)")
    target = tmp_path / "serving.duckdb"
    assert serving.build_from_parquet(path, target, memory_mb=256)
    with opened(target) as file:
        tables = {row[0] for row in file.execute("SHOW TABLES").fetchall()}
        assert tables == {"rows", "asc_0", "desc_0", "asc_1", "desc_1"}
        rows = file.execute("SELECT rowid, c0, c1, c2 FROM rows").fetchall()
        for at in (0, 1):
            for way, falling in (("asc", False), ("desc", True)):
                kept = file.execute(f"SELECT * FROM {way}_{at} ORDER BY rowid").fetchall()
                filled = sorted((row for row in rows if row[at + 1] is not None), key=lambda row: row[0])
                filled.sort(key=lambda row: row[at + 1], reverse=falling)
                assert kept == filled[:2000]


def test_too_wide_a_table_has_no_serving_file(tmp_path):
    columns = ", ".join(f"i + {n} AS c{n}" for n in range(serving.WIDEST + 1))
    path = parquet(tmp_path, f"SELECT {columns} FROM range(2) t(i)")
    assert not serving.build_from_parquet(path, tmp_path / "serving.duckdb", memory_mb=512)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["data.parquet"]


def test_geometry_and_its_covering_have_no_heads():
    names = ["name", "geometry", "__xmin", "__ymin", "__xmax", "__ymax"]
    assert serving.sortable(["VARCHAR", "VARCHAR", *["DOUBLE"] * 4], names) == [0]
    assert serving.sortable(["VARCHAR", "INTEGER[]", "STRUCT(a INTEGER)", "JSON"], ["geometry", "b", "c", "d"]) == [0]


def test_a_failed_build_leaves_nothing(tmp_path):
    broken = tmp_path / "data.parquet"
    broken.write_bytes(b"PAR1" + random.Random(1).randbytes(500) + b"PAR1")
    with pytest.raises(duckdb.Error):
        serving.build_from_parquet(broken, tmp_path / "serving.duckdb", memory_mb=128)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["data.parquet"]
