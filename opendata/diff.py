"""What changed between two versions: their columns, and their rows (Art. 11, 24; what a publisher confirms).

Rows are told apart by the key columns where the publisher has named some and they are unique; otherwise the two tables
are compared as bags of rows. DuckDB does it over the two Parquet files in the worker, in bounded memory and time.
"""

# ruff: noqa: S608 — columns go by position (c0, c1 …); no name or value from outside reaches SQL

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opendata.measuring import Measuring, TookTooLong, measuring, table

SECONDS = 120.0
EXAMPLES = 100
EXAMPLE_COLUMNS = 40
LONGEST_CELL = 120
COLUMNS_PER_PASS = 60
MOST_DIGITS = 38
NUMBERS = frozenset({"integer", "decimal", "float"})
WITHOUT_LAST_ZEROS = r"rtrim(regexp_replace(CAST({} AS VARCHAR), '(\.[0-9]*?)0+$', '\1'), '.')"
Profile = Mapping[str, Any]


def columns_diff(old: Sequence[Profile], new: Sequence[Profile]) -> dict[str, Any]:
    """Returns the columns added, removed, retyped, moved and probably renamed; all lists are empty where none changed.

    Moved are columns whose place among the columns that both have is another. A removed and an added column of one
    type at the same place are probably one column with a new name; it is told as a guess, beside the two.
    """
    before, after = {str(one["name"]): one for one in old}, {str(one["name"]): one for one in new}
    common_before = [name for name in before if name in after]
    common_after = [name for name in after if name in before]
    places, goals = list(before), list(after)
    removed = [name for name in before if name not in after]
    added = [name for name in after if name not in before]
    return {
        "added": [{"name": name, "type": after[name]["type"]} for name in added],
        "removed": [{"name": name, "type": before[name]["type"]} for name in removed],
        "retyped": [
            {"name": name, "from": before[name]["type"], "to": after[name]["type"]}
            for name in common_before
            if before[name]["type"] != after[name]["type"]
        ],
        "moved": [
            {"name": name, "from": places.index(name) + 1, "to": goals.index(name) + 1}
            for name, other in zip(common_after, common_before, strict=True)
            if name != other
        ],
        "renamed": [
            {"from": gone, "to": come}
            for gone in removed
            for come in added
            if places.index(gone) == goals.index(come) and before[gone]["type"] == after[come]["type"]
        ],
    }


def columns_differ(found: Mapping[str, Any]) -> bool:
    """Says whether the columns changed in any way."""
    return any(found.get(kind) for kind in ("added", "removed", "retyped", "moved"))


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two tables: its Parquet file and its columns in the file's order."""

    parquet: Path
    columns: Sequence[Profile]


def rows_diff(old: Side, new: Side, key: Sequence[str], *, scratch: Path, seconds: float = SECONDS) -> dict[str, Any]:
    """Returns how many rows were added, removed and changed, with examples; `state` says whether it could be known.

    `state` is `compared`, `too_long` (stopped at the deadline or for lack of memory: nothing is claimed then) or
    `nothing_in_common` (no column is in both). `by` is `key` or `row`; `key_problem` says why a key was not used:
    `missing` (a version lacks the column) or `not_unique`.
    """
    pairs = _pairs(old.columns, new.columns)
    if not pairs:
        return {"state": "nothing_in_common"}
    try:
        with measuring(old.parquet, new.parquet, scratch=scratch, seconds=seconds) as asked:
            comparison = _Comparison(asked, table(old.parquet, "a"), table(new.parquet, "b"), pairs)
            problem = comparison.key_problem(key) if key else ""
            found = comparison.by_row() if problem or not key else comparison.by_key(key)
    except TookTooLong:
        return {"state": "too_long", "seconds": seconds}
    return {"state": "compared", **({"key_problem": problem} if problem else {}), **found}


@dataclass(frozen=True, slots=True)
class _Pair:
    """A column that both tables have: its place in each, and the type to compare in where theirs differ."""

    name: str
    old: int
    new: int
    form: str

    def cell(self, side: str) -> str:
        """SQL: the cell in a type that both tables can be compared in."""
        ref = f"{side}.c{self.old if side == 'a' else self.new}"
        return self.form.format(ref) if self.form else ref

    def text(self, side: str) -> str:
        """SQL: the cell as it is shown in an example."""
        return f"left(CAST({side}.c{self.old if side == 'a' else self.new} AS VARCHAR), {LONGEST_CELL})"


def _pairs(old: Sequence[Profile], new: Sequence[Profile]) -> list[_Pair]:
    before = {str(one["name"]): (at, one) for at, one in enumerate(old)}
    return [
        _Pair(str(one["name"]), found[0], at, _common_type(found[1], one))
        for at, one in enumerate(new)
        if (found := before.get(str(one["name"]))) is not None
    ]


def _common_type(old: Profile, new: Profile) -> str:
    """Returns SQL that brings two columns to one type, nothing where they have it; decimals stay exact (`{}`: cell)."""
    if old["sql_type"] == new["sql_type"]:
        return ""
    if not {old["type"], new["type"]} <= NUMBERS:
        return "CAST({} AS VARCHAR)"
    if "float" in {old["type"], new["type"]}:
        return "CAST({} AS DOUBLE)"
    (whole, scale), (more, finer) = _digits(str(old["sql_type"])), _digits(str(new["sql_type"]))
    whole, scale = max(whole, more), max(scale, finer)
    return f"CAST({{}} AS DECIMAL({whole + scale}, {scale}))" if whole + scale <= MOST_DIGITS else WITHOUT_LAST_ZEROS


def _digits(sql_type: str) -> tuple[int, int]:
    """Returns the digits before and after the point that a type of number holds."""
    if found := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", sql_type):
        return int(found[1]) - int(found[2]), int(found[2])
    return {"BIGINT": 19, "INTEGER": 10, "SMALLINT": 5, "TINYINT": 3}.get(sql_type, MOST_DIGITS), 0


@dataclass(frozen=True, slots=True)
class _Comparison:
    asked: Measuring
    old: str
    new: str
    pairs: list[_Pair]

    def _key(self, names: Sequence[str]) -> list[_Pair]:
        known = {pair.name: pair for pair in self.pairs}
        return [known[name] for name in names if name in known]

    def key_problem(self, names: Sequence[str]) -> str:
        """Says why the key cannot tell rows apart, or nothing."""
        key = self._key(names)
        if len(key) < len(names):
            return "missing"
        for side, source in (("a", self.old), ("b", self.new)):
            cells = ", ".join(pair.cell(side) for pair in key)
            if self.asked.row(f"SELECT count(*) FROM (SELECT 1 FROM {source} GROUP BY {cells} HAVING count(*) > 1)")[0]:
                return "not_unique"
        return ""

    def _size(self, source: str) -> int:
        return int(self.asked.row(f"SELECT count(*) FROM {source}")[0])

    def by_key(self, names: Sequence[str]) -> dict[str, Any]:
        """Compares rows of equal key. Two keys without a value are equal here, as they are one row's in each table."""
        key = self._key(names)
        others = [pair for pair in self.pairs if pair not in key]
        meets = " AND ".join(f"{pair.cell('a')} IS NOT DISTINCT FROM {pair.cell('b')}" for pair in key)
        changed = " OR ".join(map(_differs, others)) or "false"
        self.asked.rows(
            f"CREATE TEMP TABLE d AS SELECT a.r AS ra, b.r AS rb FROM {self.old} FULL JOIN {self.new} ON {meets} "
            f"WHERE a.r IS NULL OR b.r IS NULL OR {changed}"
        )
        added, removed, differing = self.asked.row(
            "SELECT count(*) FILTER (ra IS NULL), count(*) FILTER (rb IS NULL), count(*) FILTER (ra + rb >= 0) FROM d"
        )
        found: dict[str, Any] = {"added": added, "removed": removed, "changed": differing}
        examples = self._one_sided(added, removed)
        if differing:
            found["per_column"] = self._per_column(others)
            examples["changed"] = self._changed(key, others)
        return {"by": "key", **found, "same": self._size(self.new) - added - differing, "examples": examples}

    def by_row(self) -> dict[str, Any]:
        """Compares the tables as bags of rows over the columns that both have: a changed row is one gone, one come.

        Rows are grouped by the MD5 of their cells, each with its length in front, so that equal means equal.
        """
        bags = " UNION ALL ".join(
            f"SELECT {weight} AS w, {side}.r AS r, "
            f"{', '.join(f'{pair.cell(side)} AS x{at}' for at, pair in enumerate(self.pairs))} FROM {source}"
            for weight, side, source in ((-1, "a", self.old), (1, "b", self.new))
        )
        cells = [f"coalesce(strlen(x{at}::VARCHAR) || ':' || x{at}::VARCHAR, '-')" for at in range(len(self.pairs))]
        self.asked.rows(
            "CREATE TEMP TABLE d AS SELECT sum(w) AS n, min(r) FILTER (w < 0) AS o, "
            "min(r) FILTER (w > 0) AS c FROM "
            f"(SELECT w, r, md5_number(concat({', '.join(cells)})) AS h FROM ({bags})) GROUP BY h HAVING sum(w) <> 0"
        )
        added, removed = self.asked.row("SELECT sum(greatest(n, 0)), sum(greatest(-n, 0)) FROM d")
        added, removed = int(added or 0), int(removed or 0)
        self.asked.rows(
            "CREATE TEMP VIEW e AS SELECT CASE WHEN n < 0 THEN o END AS ra, CASE WHEN n > 0 THEN c END AS rb FROM d"
        )
        same = self._size(self.new) - added
        return {
            "by": "row",
            "added": added,
            "removed": removed,
            "same": same,
            "examples": self._one_sided(added, removed, "e"),
        }

    def _one_sided(self, added: int, removed: int, found: str = "d") -> dict[str, Any]:
        """Returns the first rows that only one table has."""
        examples = {}
        for name, some, side, source, other in (
            ("added", added, "b", self.new, "a"),
            ("removed", removed, "a", self.old, "b"),
        ):
            if some:
                wanted = f"(SELECT r{side} FROM {found} WHERE r{other} IS NULL ORDER BY r{side} LIMIT {EXAMPLES})"
                shown = self.pairs[:EXAMPLE_COLUMNS]
                cells = ", ".join([f"{side}.r", *(pair.text(side) for pair in shown)])
                query = f"SELECT {cells} FROM {source} WHERE {side}.r IN {wanted} ORDER BY {side}.r"
                examples[name] = [
                    {"row": number + 1, "cells": {p.name: cell for p, cell in zip(shown, values, strict=True)}}
                    for number, *values in self.asked.rows(query)
                ]
        return examples

    def _pairs_of(self, found: str) -> str:
        return f"{found} JOIN {self.old} ON a.r = ra JOIN {self.new} ON b.r = rb"

    def _per_column(self, others: list[_Pair]) -> dict[str, int]:
        """Returns in how many rows each column changed."""
        counted: dict[str, int] = {}
        for first in range(0, len(others), COLUMNS_PER_PASS):
            some = others[first : first + COLUMNS_PER_PASS]
            wanted = ", ".join(f"count(*) FILTER ({_differs(pair)})" for pair in some)
            counts = self.asked.row(f"SELECT {wanted} FROM {self._pairs_of('d')}")
            counted |= {pair.name: int(count) for pair, count in zip(some, counts, strict=True) if count}
        return counted

    def _changed(self, key: list[_Pair], others: list[_Pair]) -> list[dict[str, Any]]:
        """Returns the first changed rows: the key, and of each changed cell what it was and what it is."""
        shown = others[:COLUMNS_PER_PASS]
        wanted = [*(pair.text("b") for pair in key)]
        for pair in shown:
            wanted += [_differs(pair), pair.text("a"), pair.text("b")]
        first = f"(SELECT * FROM d WHERE ra + rb >= 0 ORDER BY rb LIMIT {EXAMPLES}) AS f"
        query = f"SELECT {', '.join(['b.r', *wanted])} FROM {self._pairs_of(first)} ORDER BY b.r"
        found = []
        for number, *values in self.asked.rows(query):
            told, rest = values[: len(key)], values[len(key) :]
            cells = zip(shown, rest[::3], rest[1::3], rest[2::3], strict=True)
            found.append(
                {
                    "row": number + 1,
                    "key": {pair.name: cell for pair, cell in zip(key, told, strict=True)},
                    "cells": {pair.name: [was, now] for pair, differs, was, now in cells if differs},
                }
            )
        return found


def _differs(pair: _Pair) -> str:
    return f"{pair.cell('a')} IS DISTINCT FROM {pair.cell('b')}"
