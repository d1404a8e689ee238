"""The demonstration's time: stories go on in the order of their moments, on days on which offices work."""

import datetime as dt
from collections import Counter

import pytest
from django.contrib.auth.password_validation import validate_password

from demo.data import working_days
from demo.entries import ENTRIES
from demo.files import file_bytes
from demo.people import ACCOUNTS, CITIZEN_NUMBER, PASSWORD, TEAMS, departments_of, made_up_number
from demo.places import PLACES
from demo.play import SHANGHAI, Times, play
from demo.shape import SAMPLE
from portal.accounts.validators import validate_citizen_number, validate_uscc
from portal.law import RULES
from portal.law.calendar import SHIPPED

NOON = dt.datetime(2026, 10, 12, 12, 0, tzinfo=SHANGHAI)


def test_stories_are_told_in_the_order_of_time():
    told = []

    def story(name, *hours):
        for hour in hours:
            now = yield NOON + dt.timedelta(hours=hour)
            told.append((name, now))

    play([story("late", 2, 5), story("early", 1, 3), story("same", 2)])
    assert told == [
        (name, NOON + dt.timedelta(hours=h))
        for name, h in [("early", 1), ("late", 2), ("same", 2), ("early", 3), ("late", 5)]
    ]


def test_story_that_goes_back_in_time_is_refused():
    def story():
        yield NOON
        yield NOON - dt.timedelta(minutes=1)

    with pytest.raises(ValueError, match="back in time"):
        play([story()])


def test_days_are_counted_back_over_holidays():
    times = Times(NOON)
    # 2026-10-10 is a make-up Saturday, 10-11 a Sunday; the National Day holiday ends on 10-07.
    assert [times.day(ago).isoformat() for ago in range(5)] == [
        "2026-10-12",
        "2026-10-10",
        "2026-10-09",
        "2026-10-08",
        "2026-09-30",
    ]
    assert times.at(4, 9, 30) == dt.datetime(2026, 9, 30, 9, 30, tzinfo=SHANGHAI)
    assert times.before(90) == NOON - dt.timedelta(minutes=90)


def test_today_has_no_hour_of_its_own():
    with pytest.raises(ValueError, match="before"):
        Times(NOON).at(0)


def test_codes_and_numbers_are_well_formed_and_made_up():
    for place in PLACES:
        validate_uscc(place.uscc)
    assert len({place.uscc for place in PLACES}) == len(PLACES)
    for number in (CITIZEN_NUMBER, made_up_number(1), made_up_number(2)):
        validate_citizen_number(number)
    assert all(account.name.startswith("示例用户·") for account in ACCOUNTS)
    validate_password(PASSWORD)


def test_each_role_has_an_account_and_each_team_all_parts():
    held = {role for account in ACCOUNTS for role in account.roles}
    assert held == {row.role for row in RULES.roles}
    keys = {account.key for account in ACCOUNTS}
    for team in TEAMS.values():
        parts = {getattr(team, name) for name in team.__slots__} - {team.jurisdiction}
        assert parts <= keys
        assert len({team.registrar, team.reviewer, team.secrecy}) == 3
    assert departments_of(next(account for account in ACCOUNTS if account.key == "citizen")) == ()


def test_files_are_the_same_each_time_and_marked():
    small = [entry for entry in ENTRIES if entry.code in ("3006/0001", "3010/0002", "3009/0001", "3006/0002")]
    assert len(small) == 4
    for entry in small:
        for file in entry.files:
            content = file_bytes(entry, file)
            assert content == file_bytes(entry, file)
            assert file.filename.startswith("示例_")
            if file.encoding != "utf-8":
                assert SAMPLE in content.decode(file.encoding)


def test_every_entry_says_that_it_is_a_sample():
    for entry in ENTRIES:
        assert entry.fields["abstract"].startswith(("示例数据：", "示例条目："))
        assert entry.fields["abstract_en"].startswith(("Sample data:", "Sample entry:"))
    assert Counter(entry.facts for entry in ENTRIES)[True] == 2


def test_calendar_file_is_the_law_s_calendar():
    rows = list(working_days(None))
    assert len(rows) == 365
    assert {row[0]: row[1] for row in rows}["2026-03-20"] == "否"
    assert sum(row[1] == "是" for row in rows) == sum(
        SHIPPED.is_working(dt.date(2026, 1, 1) + dt.timedelta(days=n)) for n in range(365)
    )
