"""Serving files: attached read-only, few at a time, left alone where they are not what they should be."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opendata.ingest.serving import PROJECTED_FROM, build_from_parquet
from opendata.rows import Column, ColumnType, Engine, EngineConfig, Query, Table, open_source
from opendata.rows.compile import head_of
from opendata.rows.tree import Compare, Count, Op, Scope, Sort
from tests.opendata.rows.tables import SEAL, engine_for, make_rows, table_of, write_rows, write_serving

HANDLES = int(os.environ.get("ROWS_HANDLES", "200"))
COLUMNS = (Column("n", ColumnType.INTEGER), Column("t", ColumnType.TEXT))


def handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """As many small tables as there are to be asked in turn."""
    folder = tmp_path_factory.mktemp("many")
    first = folder / "0.parquet"
    pq.write_table(pa.table({"n": list(range(20)), "t": [f"t{number}" for number in range(20)]}), first)
    build_from_parquet(first, folder / "0.duckdb", memory_mb=100)
    for number in range(1, HANDLES):
        shutil.copyfile(first, folder / f"{number}.parquet")
        shutil.copyfile(folder / "0.duckdb", folder / f"{number}.duckdb")
    return folder


def small(folder: Path, number: int) -> Table:
    return Table.of(open_source(folder / f"{number}.parquet", folder / f"{number}.duckdb"), COLUMNS)


def test_handles_stay_few_however_many_tables_are_asked_in_turn(many):
    engine = Engine(EngineConfig.of(many, files=16))
    query = Query(where=Compare("n", Op.GTE, 10), count=Count.EXACT)
    seen = []
    for number in range(HANDLES):
        page = engine.rows(small(many, number), query, SEAL)
        assert (len(page.rows), page.total) == (10, 10)
        assert engine.files <= 16
        if number >= 16:
            seen.append(handles())
    assert max(seen) - min(seen) <= 2
    cursor = engine._open().take()
    told = cursor.execute("SELECT count(*) FROM duckdb_databases() WHERE path IS NOT NULL").fetchone()
    assert told == (16,)
    cursor.close()
    before = handles()
    engine.close()
    assert handles() <= before - 16


def test_no_file_is_taken_from_under_a_query(many):
    engine = Engine(EngineConfig.of(many, files=1, places=8))

    def ask(number: int) -> list[int]:
        query = Query(select=("n",), where=Compare("t", Op.STARTSWITH, "t1"), sort=(Sort("n"),))
        return [row[0] for row in engine.rows(small(many, number % 40), query, SEAL, seconds=60).rows]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(240))) == [[1, *range(10, 20)]] * 240
    assert engine.files == 1
    engine.close()


def test_a_stream_keeps_its_file_until_it_ends(many):
    engine = Engine(EngineConfig.of(many, files=1))
    with engine.batches(small(many, 0), Query()) as reader:
        assert engine.rows(small(many, 1), Query(limit=3), SEAL).rows
        assert reader.read_all().num_rows == 20
    with engine.batches(small(many, 0), Query(), size=1) as reader:
        assert reader.read_next_batch().num_rows >= 1
    assert engine.rows(small(many, 2), Query(limit=3), SEAL).rows
    assert engine.files == 1
    engine.close()


def damaged(folder: Path, kind: str) -> Path:
    path = folder / f"{kind}.duckdb"
    if kind == "garbage":
        path.write_bytes(b"not a database" * 1000)
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "other":
        with duckdb.connect(str(path)) as other:
            other.execute("CREATE TABLE rows AS SELECT 1 AS c0")
    elif kind == "short":
        other_rows = write_rows(folder / "short.parquet", make_rows(7))
        write_serving(other_rows, path)
    return path


@pytest.mark.parametrize("kind", ["missing", "garbage", "empty", "other", "short"])
def test_a_serving_file_that_is_not_right_is_told_once_and_the_parquet_answers(tmp_path, caplog, kind):
    path = write_rows(tmp_path / "table.parquet", make_rows())
    engine = engine_for(path)
    table = table_of(path, serving=damaged(tmp_path, kind))
    for _again in range(3):
        got, wanted = (engine.rows(one, Query(), SEAL).rows for one in (table, table_of(path)))
        assert repr(got) == repr(wanted)
    assert len([one for one in caplog.records if one.levelname == "ERROR"]) == 1
    assert engine.files == 0
    engine.close()


def test_nothing_can_be_written_through_it(many):
    engine = Engine(EngineConfig.of(many))
    engine.rows(small(many, 0), Query(limit=1), SEAL)
    before = (many / "0.duckdb").read_bytes()
    cursor = engine._open().take()
    for sql in ("DELETE FROM serving_1.rows", "CREATE TABLE serving_1.x (a INTEGER)", "DROP TABLE serving_1.rows"):
        with pytest.raises(duckdb.Error, match="read-only"):
            cursor.execute(sql)
    cursor.close()
    engine.close()
    assert (many / "0.duckdb").read_bytes() == before
    assert not (many / "0.duckdb.wal").exists()


def test_heads_are_used_where_nothing_stands_in_the_way_and_only_there(tmp_path):
    rows = make_rows()
    path = write_rows(tmp_path / "table.parquet", rows)
    engine = engine_for(path)
    table = table_of(path, serving=write_serving(path, tmp_path / "table.duckdb", heads=30))
    key = (Sort("-c1", descending=True),)
    filtered = Compare("%s", Op.EXACT, value=True)
    names = list(table.cells)
    assert head_of(table, Query(sort=key)) == f"desc_{names.index('-c1')}"
    for query in (Query(sort=(*key, Sort("%s"))), Query(), Query(sort=key, where=filtered), Query(group_by=("%s",))):
        assert head_of(table, query) == ""
    assert head_of(table_of(path, Scope(None, filtered)), Query(sort=key)) == ""
    # A column that is read through an expression may order otherwise than the stored one.
    assert head_of(table, Query(sort=(Sort("x,y"),))) == ""
    with engine._session(table, 60) as session:
        assert session.head(table, Query(sort=key, limit=29), None) is not None
        assert session.head(table, Query(sort=key, limit=30), None) is None
        assert session.head(table, Query(sort=key, limit=20, offset=15), None) is None
    engine.close()


def test_large_tables_have_heads_for_each_sortable_column(tmp_path):
    path = tmp_path / "large.parquet"
    pq.write_table(pa.table({"n": range(PROJECTED_FROM), "t": ["x"] * PROJECTED_FROM}), path)
    build_from_parquet(path, tmp_path / "large.duckdb", memory_mb=200)
    engine = engine_for(path)
    table = Table.of(open_source(path, tmp_path / "large.duckdb"), COLUMNS)
    with engine._session(table, 60) as session:
        assert session.heads == {"asc_0", "desc_0", "asc_1", "desc_1"}
    got = engine.rows(table, Query(select=("n",), sort=(Sort("n", descending=True),), limit=3), SEAL)
    assert [row[0] for row in got.rows] == [PROJECTED_FROM - 1, PROJECTED_FROM - 2, PROJECTED_FROM - 3]
    engine.close()


def test_an_estimate_says_that_it_is_one_and_is_near(tmp_path):
    rows = 1_000_000
    path = tmp_path / "large.parquet"
    pq.write_table(pa.table({"n": [number % 100 for number in range(rows)]}), path, row_group_size=100_000)
    build_from_parquet(path, tmp_path / "large.duckdb", memory_mb=200)
    engine = engine_for(path)
    query = Query(where=Compare("n", Op.LT, 30), limit=1, count=Count.ESTIMATED)
    for serving in (None, tmp_path / "large.duckdb"):
        table = Table.of(open_source(path, serving), COLUMNS[:1])
        page = engine.rows(table, query, SEAL, seconds=60)
        assert page.total_is is Count.ESTIMATED
        assert page.total is not None
        assert abs(page.total - 300_000) < 15_000
        whole = engine.rows(table, Query(limit=1, count=Count.ESTIMATED), SEAL, seconds=60)
        assert (whole.total, whole.total_is) == (rows, Count.EXACT)
    engine.close()
