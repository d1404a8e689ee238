"""Spoilt CSV files are read by handling what is wrong with them, and far better than by DuckDB's own sniffer."""

from __future__ import annotations

import os

import pytest

from .pollution import Polluted, Rows, averages, polluted, read_by_duckdb, rows_of, score, source, table_of

EVERY = os.environ.get("POLLUTION") == "all"
# The kinds that cannot be read whole: a lost delimiter is lost, and two kinds of quotes in one file are one too many.
LEAST = {"a delimiter too few": 9.6, "a row with other quotes": 9.9, "a row without quotes": 9.9}


@pytest.fixture
def ours(read):
    def run(one: Polluted) -> Rows | None:
        return rows_of(read(one.content, want_csv=True).csv)

    return run


def test_spoilt_files_are_read_almost_whole(ours, tmp_path):
    files = polluted(every=EVERY)
    kinds, simple, weighted = averages(table_of(files, ours))
    worst = sorted(kinds.items(), key=lambda kind: kind[1])[:8]
    assert len(kinds) >= 50
    assert {kind: total for kind, total in kinds.items() if total < LEAST.get(kind, 9.999)} == {}, worst
    assert min(simple, weighted) >= 9.9, worst

    def sniffed(one: Polluted) -> Rows | None:
        path = tmp_path / "sniffed.csv"
        path.write_bytes(one.content)
        return read_by_duckdb(path)

    _, others, others_weighted = averages(table_of(files, sniffed))
    assert (others + 0.5 < simple, others_weighted + 0.5 < weighted) == (True, True), (others, others_weighted)


def test_the_score_tells_good_from_bad():
    rows = source(20)
    assert score(rows, rows).total == 10
    assert score(rows, None).total == 0
    assert score(rows, [["x"]]).total == 1
    assert score(rows, rows[:11]).total == pytest.approx(1 + 3 + (0.5 + 1 + 2 / 3) + (11 / 21 + 1 + 22 / 32))
    assert score(rows, [row[::-1] for row in rows]).total == pytest.approx(7)
    assert score([], [["x"]]).total == 10
