"""Bounding boxes: the rows whose geometry's bounds meet them, and no others."""

import random
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opendata.rows import Column, ColumnType, Query, QueryError, Table, open_source, query_from_json, query_from_string
from opendata.rows.tree import Aggregate, Box, Compare, Count, Not, Op, Reduce, Scope
from tests.opendata.rows.tables import SEAL, engine_for, write_serving

COLUMNS = (Column("id", ColumnType.INTEGER), Column("geometry", ColumnType.GEOMETRY))
BOUNDS = ("__xmin", "__ymin", "__xmax", "__ymax")


def bounds() -> list[tuple[float, float, float, float] | None]:
    dice = random.Random(3)
    made: list[tuple[float, float, float, float] | None] = [None, None]
    for _number in range(300):
        west, south = dice.uniform(-180, 180), dice.uniform(-90, 90)
        made.append((west, south, min(180, west + dice.uniform(0, 40)), min(90, south + dice.uniform(0, 20))))
    return made


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    held = bounds()
    content = {"id": list(range(len(held))), "geometry": [None if one is None else '{"type":"Point"}' for one in held]}
    content |= {name: [None if one is None else one[at] for one in held] for at, name in enumerate(BOUNDS)}
    path = tmp_path_factory.mktemp("boxes") / "map.parquet"
    pq.write_table(pa.table(content), path, row_group_size=50)
    serving = write_serving(path, path.with_suffix(".duckdb"))
    engine = engine_for(path)
    yield [Table.of(open_source(path, one), COLUMNS) for one in (None, serving)], engine, held
    engine.close()


def meets(bound: tuple[float, float, float, float] | None, box: Box) -> bool:
    if bound is None:
        return False
    west, south, east, north = bound
    across = west <= box.east or east >= box.west if box.west > box.east else west <= box.east and east >= box.west
    return across and south <= box.north and north >= box.south


def test_random_boxes_equal_plain_python(place):
    tables, engine, held = place
    dice = random.Random(4)
    for number in range(60):
        south, north = sorted((dice.uniform(-90, 90), dice.uniform(-90, 90)))
        box = Box(dice.uniform(-180, 180), south, dice.uniform(-180, 180), north)
        wanted = [at for at, bound in enumerate(held) if meets(bound, box)]
        query = Query(select=("id",), box=box, count=Count.EXACT, limit=400)
        page = engine.rows(tables[number % 2], query, SEAL)
        assert [row[0] for row in page.rows] == wanted
        assert page.total == len(wanted)
        counted = replace(query, select=(), aggregates=(Aggregate(Reduce.COUNT, None, "count"),))
        assert engine.rows(tables[number % 2], counted, SEAL).rows == [(len(wanted),)]
        odd = replace(query, where=Not(Compare("id", Op.LT, 150)))
        assert [row[0] for row in engine.rows(tables[number % 2], odd, SEAL).rows] == [n for n in wanted if n >= 150]


def test_edges_count_and_the_antimeridian_is_crossed(place):
    tables, engine, held = place
    west, south, _east, _north = held[2]
    touching = Box(max(-180, west - 1), max(-90, south - 1), west, south)
    assert 2 in [row[0] for row in engine.rows(tables[1], Query(box=touching, limit=400), SEAL).rows]
    across = Box(170, -90, -170, 90)
    found = {row[0] for row in engine.rows(tables[0], Query(box=across, limit=400), SEAL).rows}
    assert found == {at for at, bound in enumerate(held) if bound and (bound[0] <= -170 or bound[2] >= 170)}


def test_a_cursor_belongs_to_its_box(place):
    tables, engine, _held = place
    query = Query(box=Box(-180, -90, 180, 90), limit=10)
    cursor = engine.rows(tables[1], query, SEAL).next_cursor
    assert [row[0] for row in engine.rows(tables[1], replace(query, cursor=cursor), SEAL).rows] == list(range(12, 22))
    with pytest.raises(QueryError):
        engine.rows(tables[1], replace(query, cursor=cursor, box=Box(-180, -90, 180, 89)), SEAL)


def test_both_grammars_read_the_same_box():
    text = query_from_string([("bbox", "73.4,34.3,96.4,49.2")], COLUMNS)
    assert text == query_from_json({"bbox": [73.4, 34.3, 96.4, 49.2]}, COLUMNS)
    assert text.box == Box(73.4, 34.3, 96.4, 49.2)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "1,2,3",
        "1,2,3,4,5",
        "a,b,c,d",
        "1,2,nan,4",
        "1,2,inf,4",
        "-181,0,0,0",
        "0,10,1,5",
        "0,0,0,91",
        "1e999,0,0,0",
    ],
)
def test_a_box_that_is_none_is_refused(raw):
    with pytest.raises(QueryError) as caught:
        query_from_string([("bbox", raw)], COLUMNS)
    assert caught.value.parameter == "bbox"
    assert caught.value.hint


def test_a_box_needs_a_geometry_that_the_asker_sees(place):
    tables, engine, _held = place
    narrowed = Scope(("id",))
    with pytest.raises(QueryError) as caught:
        query_from_string([("bbox", "1,2,3,4")], COLUMNS, scope=narrowed)
    assert caught.value.parameter == "bbox"
    with pytest.raises(QueryError):
        engine.rows(replace(tables[0], scope=narrowed), Query(box=Box(1, 2, 3, 4)), SEAL)
    for name in BOUNDS:
        with pytest.raises(QueryError):
            query_from_string([(f"{name}__gt", "1")], COLUMNS)
