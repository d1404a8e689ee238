"""Profiles are told over all rows, and histograms hold every value once."""

from __future__ import annotations

import itertools

import pytest

from opendata.ingest import profile


def column(read, cells, name="值"):
    reading = read(f"{name},序\n" + "".join(f'"{cell}",{n}\n' for n, cell in enumerate(cells)))
    assert reading.ok, reading.findings
    return reading.columns[0]


@pytest.mark.parametrize(
    ("cells", "kind", "edges"),
    [
        ([str(n) for n in range(1, 101)], "integer", (1, 101)),
        (["-9223372036854", "9223372036854"], "integer", None),
        (["0.5", "12.25", "-3.00"], "decimal", (-3.0, 12.25)),
        (["1e3", "2.5e-3", "7"], "float", (0.0025, 1000.0)),
        (["2023-05-01", "2023-05-02", "2024-05-01"], "date", ("2023-05-01", None)),
        (["2023-05-01 08:00:00", "2023-05-01 09:30:00"], "timestamp", ("2023-05-01T08:00:00", None)),
        (["08:00", "17:45:30"], "time", ("08:00:00", None)),
        (["5", "5"], "integer", (5, 6)),
        (["5.5", "5.5"], "decimal", (5.5, 5.5)),
    ],
)
def test_histogram_of_numbers_and_moments(read, cells, kind, edges):
    one = column(read, cells)
    bins = one.histogram
    assert one.type == kind
    assert 1 <= len(bins) <= profile.BINS
    assert sum(count for _, _, count in bins) == len(cells)
    assert all(before[1] == after[0] for before, after in itertools.pairwise(bins))
    if edges:
        assert bins[0][0] == edges[0]
        assert edges[1] in {None, bins[-1][1]}
    if kind == "integer":
        for low, high, count in bins:
            assert count == sum(low <= int(cell) < high for cell in cells)


def test_most_frequent_texts_and_booleans(read):
    texts = ["甲"] * 5 + ["乙"] * 3 + [f"丙{n}" for n in range(20)]
    one = column(read, texts)
    assert one.histogram[:2] == [["甲", 5], ["乙", 3]]
    assert len(one.histogram) == profile.MOST_FREQUENT
    assert column(read, ["是", "否", "是"]).histogram == [["true", 2], ["false", 1]]


def test_mean_and_empty_columns(read):
    assert column(read, ["1", "2", "6"]).mean == "3"
    assert column(read, ["2.5", "", "3.5"]).mean == "3"
    assert column(read, ["甲"]).mean is None
    empty = column(read, ["", ""])
    assert (empty.histogram, empty.mean, empty.nulls) == ([], None, 2)


def test_long_values_are_cut_and_dates_beyond_the_calendar_have_no_histogram(read):
    long = column(read, ["长" * 500, "短短"])
    assert all(len(str(value)) <= profile.LONGEST_VALUE + 1 for value, _ in long.histogram)
    assert column(read, ["0001-01-01", "9999-12-31"]).histogram == []
