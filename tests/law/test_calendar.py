"""Working days in Xinjiang: the checks of the law page, and a count that agrees with a plain walk over the days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.law import Text
from portal.law.calendar import SHIPPED, Calendar, DayRow

DAY = timedelta(days=1)


def days(first: str, last: str) -> set[date]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return {start + DAY * n for n in range((end - start).days + 1)}


# The notices once more, written here by hand, so that the walk does not lean on the rows it checks.
OFF = set().union(
    days("2025-01-01", "2025-01-01"),
    days("2025-01-28", "2025-02-04"),
    days("2025-03-29", "2025-03-31"),
    days("2025-04-04", "2025-04-06"),
    days("2025-05-01", "2025-05-05"),
    days("2025-05-31", "2025-06-02"),
    days("2025-06-06", "2025-06-10"),
    days("2025-10-01", "2025-10-08"),
    days("2026-01-01", "2026-01-03"),
    days("2026-02-15", "2026-02-23"),
    days("2026-03-20", "2026-03-22"),
    days("2026-04-04", "2026-04-06"),
    days("2026-05-01", "2026-05-05"),
    days("2026-05-27", "2026-05-31"),
    days("2026-06-19", "2026-06-21"),
    days("2026-09-25", "2026-09-27"),
    days("2026-10-01", "2026-10-07"),
)
WORKED = {
    date.fromisoformat(day)
    for day in (
        *("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"),
        *("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"),
    )
}


def works(day: date) -> bool:
    return day in WORKED or (day.weekday() < 5 and day not in OFF)


def walk(received: date, limit: int, pauses=()) -> date:
    """The plain walk: list the days after receipt that count, take the last one needed."""
    if limit == 0:
        return received
    after = (received + DAY * n for n in range(1, 4000))
    counting = [day for day in after if works(day) and not any(start < day <= end for start, end in pauses)]
    return counting[limit - 1]


@pytest.mark.parametrize(
    ("received", "limit", "due"),
    [
        (date(2026, 2, 13), 3, date(2026, 2, 25)),
        (date(2026, 9, 30), 5, date(2026, 10, 13)),
        (date(2026, 5, 26), 3, date(2026, 6, 3)),
    ],
)
def test_the_checks_of_the_law_page(received, limit, due):
    count = SHIPPED.count(received, limit)
    assert count.due_on == due
    assert not count.provisional


def test_a_national_calendar_alone_miscounts_here():
    assert SHIPPED.only("national").count(date(2026, 5, 26), 3).due_on == date(2026, 5, 29)
    assert SHIPPED.count(date(2026, 5, 26), 3).due_on == date(2026, 6, 3)


def test_the_shipped_rows_are_the_notices():
    assert {row.day for row in SHIPPED.days if row.off} == OFF
    assert {row.day for row in SHIPPED.days if not row.off} == WORKED
    assert {row.scope for row in SHIPPED.days} == {"national", "regional"}
    assert len({(row.day, row.scope) for row in SHIPPED.days}) == len(SHIPPED.days)
    for row in SHIPPED.days:
        assert row.name.zh
        assert row.source.zh
        assert str(row.day.year) in row.source.zh


@pytest.mark.parametrize("day", sorted(WORKED))
def test_every_make_up_day_works(day):
    assert day.weekday() >= 5
    assert SHIPPED.is_working(day)
    assert "调休上班" in SHIPPED.why(day).zh


@pytest.mark.parametrize("day", sorted(OFF))
def test_no_holiday_works(day):
    assert not SHIPPED.is_working(day)
    assert SHIPPED.why(day).zh.endswith("放假")


def test_the_count_is_shown_day_by_day():
    count = SHIPPED.count(date(2026, 2, 13), 3)
    shown = {counted.day: (counted.number, counted.why.zh) for counted in count.days}
    assert shown[date(2026, 2, 13)] == (0, "收到当日，不计入期限")
    assert shown[date(2026, 2, 14)] == (1, "春节调休上班（星期六）")
    assert shown[date(2026, 2, 18)] == (None, "春节放假")
    assert shown[date(2026, 2, 25)] == (3, "工作日（星期三）")
    assert [counted.day for counted in count.days] == sorted(days("2026-02-13", "2026-02-25"))
    weekend = SHIPPED.count(date(2026, 7, 3), 1).days[1]
    assert (weekend.number, weekend.working, weekend.why) == (None, False, Text("周末（星期六）", "weekend (Saturday)"))
    assert SHIPPED.why(date(2026, 5, 28)).en == "Corban Festival (Eid al-Adha) holiday"


@pytest.mark.parametrize("year", [1999, 2024, 2027, 2100])
def test_a_year_without_a_notice_is_counted_by_weekends_and_provisional(year):
    received = date(year, 5, 1)
    count = SHIPPED.count(received, 5)
    assert count.provisional
    assert count.due_on == next(
        d for d in sorted(days(f"{year}-05-06", f"{year}-05-10")) if _weekdays(received, d) == 5
    )


def _weekdays(start: date, end: date) -> int:
    return sum((start + DAY * n).weekday() < 5 for n in range(1, (end - start).days + 1))


def test_a_count_that_runs_into_an_unknown_year_is_provisional():
    assert SHIPPED.count(date(2026, 12, 30), 3).provisional
    assert not SHIPPED.count(date(2026, 12, 28), 3).provisional


def test_the_regions_row_stands_before_the_nations():
    def row(off, scope):
        return DayRow(date(2026, 7, 1), off, scope, Text("节", "feast"), Text("通知", "notice"))

    for rows in ((row(False, "national"), row(True, "regional")), (row(True, "regional"), row(False, "national"))):
        assert not Calendar(rows, frozenset({2026}), "1").is_working(date(2026, 7, 1))


def test_no_days_at_all_are_due_on_receipt():
    count = SHIPPED.count(date(2026, 5, 30), 0)
    assert count.due_on == date(2026, 5, 30)
    assert [counted.number for counted in count.days] == [0]
    with pytest.raises(ValueError, match="negative"):
        SHIPPED.count(date(2026, 5, 30), -1)


def test_a_pause_does_not_count():
    received = date(2026, 7, 6)
    count = SHIPPED.count(received, 3, pauses=[(date(2026, 7, 7), date(2026, 7, 9))])
    assert [(counted.day.day, counted.number) for counted in count.days] == [
        (6, 0),
        (7, 1),
        (8, None),
        (9, None),
        (10, 2),
        (11, None),
        (12, None),
        (13, 3),
    ]
    assert count.days[2].why.zh == "暂停计时，不计入期限"
    assert SHIPPED.count(received, 3, pauses=[(date(2026, 7, 7), date(2026, 7, 7))]).due_on == date(2026, 7, 9)


def test_a_clock_that_stands_still_has_no_due_day():
    count = SHIPPED.count(date(2026, 7, 6), 3, pauses=[(date(2026, 7, 7), None)])
    assert count.due_on is None
    assert [(counted.day.day, counted.number) for counted in count.days] == [(6, 0), (7, 1)]
    same_day = SHIPPED.count(date(2026, 7, 6), 3, pauses=[(date(2026, 7, 6), None)])
    assert (same_day.due_on, len(same_day.days)) == (None, 1)


def test_a_pause_after_the_last_day_changes_nothing():
    assert SHIPPED.count(date(2026, 7, 6), 3, pauses=[(date(2026, 7, 9), None)]).due_on == date(2026, 7, 9)


received_days = st.dates(date(2024, 1, 1), date(2028, 12, 31))


@given(received=received_days, limit=st.integers(0, 40))
def test_the_count_agrees_with_a_plain_walk(received, limit):
    count = SHIPPED.count(received, limit)
    assert count.due_on == walk(received, limit)
    assert [c.number for c in count.days if c.number] == list(range(1, limit + 1))
    assert all(c.working == works(c.day) for c in count.days)
    assert count.provisional == any(c.day.year not in (2025, 2026) for c in count.days)


@given(
    received=received_days,
    limit=st.integers(0, 20),
    gaps=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=3),
)
def test_the_count_with_pauses_agrees_with_a_plain_walk(received, limit, gaps):
    pauses = [(received + DAY * start, received + DAY * (start + length)) for start, length in gaps]
    assert SHIPPED.count(received, limit, pauses=pauses).due_on == walk(received, limit, pauses)


@given(received=received_days, limit=st.integers(0, 40))
def test_the_days_between_receipt_and_due_day_are_the_limit(received, limit):
    due = SHIPPED.count(received, limit).due_on
    assert due is not None
    assert SHIPPED.working_days_between(received, due) == limit
    assert SHIPPED.working_days_between(due, received) == -limit


@given(start=received_days, end=received_days)
def test_working_days_between_two_days(start, end):
    first, last = min(start, end), max(start, end)
    plain = sum(works(first + DAY * n) for n in range(1, (last - first).days + 1))
    assert SHIPPED.working_days_between(start, end) == (plain if start <= end else -plain)
