"""The ten questions, each in the words of every system; constants differ at every asking, drawn from a seed."""

# ruff: noqa: S608 — the questions are our own words, and peers are asked them as text

from __future__ import annotations

import datetime as dt
import itertools
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from bench.table import COLUMNS, STATIONS

NAMES = ", ".join(COLUMNS)


@dataclass(frozen=True, slots=True)
class Question:
    """One asking: SQL for DuckDB and SQLite (one or two statements), the portal's query and Datasette's path."""

    sql: tuple[str, ...]
    portal: str
    datasette: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the table: its name, how many rows are expected back (None: whatever), and a maker of questions."""

    name: str
    rows: int | None
    ask: Callable[[Random, int], Question]


def _query(**pairs: object) -> str:
    return urllib.parse.urlencode(pairs)


def _sql_path(sql: str) -> str:
    return "/table.json?" + _query(sql=sql, _shape="objects")


def _table_path(**pairs: object) -> str:
    return "/table/rows.json?" + _query(_shape="objects", _nofacet=1, _nosuggest=1, _size=100, **pairs)


_ORDERS = list(itertools.permutations(COLUMNS))


def _columns(number: int) -> str:
    """Returns the columns in another order each time: the same work, but no answer that is kept fits."""
    return ",".join(_ORDERS[number * 37 % len(_ORDERS)])


def _first(_dice: Random, number: int) -> Question:
    chosen = _columns(number)
    return Question((f"SELECT {chosen} FROM rows LIMIT 100",), _query(select=chosen), _table_path(_nocount=1))


def _first_count(_dice: Random, number: int) -> Question:
    chosen = _columns(number)
    return Question(
        (f"SELECT {chosen} FROM rows LIMIT 100", "SELECT count(*) FROM rows"),
        _query(select=chosen, count="exact"),
        _table_path(),
    )


def offset_from(rows: int) -> Kind:
    """Returns the question for a page deep in a table of so many rows."""

    def ask(dice: Random, _number: int) -> Question:
        begin = rows * 4 // 5 + dice.randrange(rows // 10)
        sql = f"SELECT {NAMES} FROM rows LIMIT 100 OFFSET {begin}"
        return Question((sql,), _query(offset=begin), _sql_path(sql))

    return Kind(f"100 rows at offset {rows * 4 // 5:,}", 100, ask)


def _station(dice: Random, _number: int) -> Question:
    station = f"XJ{dice.randrange(STATIONS):04d}"
    return Question(
        (f"SELECT {NAMES} FROM rows WHERE station = '{station}' LIMIT 100",),
        _query(station__exact=station),
        _table_path(_nocount=1, station__exact=station),
    )


def identity_of(rows: int) -> Kind:
    """Returns the question for one row of so many."""

    def ask(dice: Random, _number: int) -> Question:
        one = 1 + dice.randrange(rows)
        return Question(
            (f"SELECT {NAMES} FROM rows WHERE id = {one} LIMIT 100",),
            _query(id__exact=one),
            _table_path(_nocount=1, id__exact=one),
        )

    return Kind("id = x", 1, ask)


def _sorted(_dice: Random, number: int) -> Question:
    chosen = _columns(number)
    return Question(
        (f"SELECT {chosen} FROM rows ORDER BY pm25 DESC LIMIT 100",),
        _query(select=chosen, sort="-pm25"),
        _table_path(_nocount=1, _sort_desc="pm25"),
    )


def _groups(_dice: Random, number: int) -> Question:
    sql = f"SELECT region, count(*), avg(pm25) FROM rows GROUP BY region LIMIT {10 + number}"
    return Question((sql,), _query(group_by="region", aggregates="count,avg:pm25", limit=10 + number), _sql_path(sql))


def _contains(dice: Random, _number: int) -> Question:
    piece = str(dice.randrange(10_000, 100_000))
    return Question(
        (f"SELECT {NAMES} FROM rows WHERE note LIKE '%{piece}%' LIMIT 100",),
        _query(note__contains=piece),
        _table_path(_nocount=1, note__contains=piece),
    )


def _range(dice: Random, _number: int) -> Question:
    begin = dt.date(2014, 1, 1) + dt.timedelta(days=dice.randrange(3_500))
    end, flow = begin + dt.timedelta(days=90), 90_000 + dice.randrange(500_000) / 100
    where = f"day >= '{begin}' AND day <= '{end}' AND flow > {flow}"
    return Question(
        (f"SELECT {NAMES} FROM rows WHERE {where} LIMIT 100", f"SELECT count(*) FROM rows WHERE {where}"),
        _query(day__gte=begin, day__lte=end, flow__gt=flow, count="exact"),
        _table_path(day__gte=begin, day__lte=end, flow__gt=flow),
    )


def kinds(rows: int) -> list[Kind]:
    """Returns the rows of the issue's table, in its order."""
    return [
        Kind("first 100 rows", 100, _first),
        Kind("first 100 rows, with the total count", 100, _first_count),
        offset_from(rows),
        Kind("station = x, 100 rows", 100, _station),
        identity_of(rows),
        Kind("sort by pm25, top 100", 100, _sorted),
        Kind("group by region, count and mean", 4, _groups),
        Kind("note contains x", None, _contains),
        Kind("date range and flow > x, with count", None, _range),
    ]
