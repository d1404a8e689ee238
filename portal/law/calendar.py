"""Working days as Xinjiang keeps them: national holidays, the region's own, and make-up workdays.

A national calendar alone miscounts here, because 肉孜节 and 古尔邦节 are days off in the region. Rows are dated and
name their source; the authority may edit them. A year without a notice is counted by weekends, and its result is
provisional.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from portal.law.terms import Text

ONE_DAY = timedelta(days=1)
Pause = tuple[date, date | None]

WEEKDAYS = (
    Text("星期一", "Monday"),
    Text("星期二", "Tuesday"),
    Text("星期三", "Wednesday"),
    Text("星期四", "Thursday"),
    Text("星期五", "Friday"),
    Text("星期六", "Saturday"),
    Text("星期日", "Sunday"),
)

RECEIPT = Text("收到当日，不计入期限", "day of receipt, not counted")
PAUSED = Text("暂停计时，不计入期限", "the clock stands still, not counted")


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day that does not follow its weekday: a day off, or a weekend day worked to make up for one.

    `scope` is "national" or "regional".
    """

    day: date
    off: bool
    scope: str
    name: Text
    source: Text


@dataclass(frozen=True, slots=True)
class CountedDay:
    """One day of a count.

    Its number is 0 on the day of receipt, 1, 2, 3 … on days that count, None on days off and while the clock stands.
    """

    day: date
    working: bool
    number: int | None
    why: Text


@dataclass(frozen=True, slots=True)
class Count:
    """The result of counting: the day it falls due, each day with its reason, and whether a notice is still awaited.

    `due_on` is None while the clock stands still: the last day is then not known.
    """

    due_on: date | None
    days: tuple[CountedDay, ...]
    provisional: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of one version of the calendar, and the years for which notices are known.

    Where the nation and the region differ about a day, the region's row stands: it is the nearer rule.
    """

    days: tuple[DayRow, ...]
    years_known: frozenset[int]
    version: str
    _by_day: dict[date, DayRow] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        national_first = sorted(self.days, key=lambda row: row.scope == "regional")
        object.__setattr__(self, "_by_day", {row.day: row for row in national_first})

    def only(self, scope: str) -> "Calendar":
        """Give the calendar made of one scope's rows, to show what the region's own holidays change."""
        rows = tuple(row for row in self.days if row.scope == scope)
        return Calendar(rows, self.years_known, f"{self.version}+{scope}")

    def is_working(self, day: date) -> bool:
        """Say whether offices work on a day: the row if there is one, otherwise Monday to Friday."""
        row = self._by_day.get(day)
        return day.weekday() < 5 if row is None else not row.off

    def is_provisional(self, day: date) -> bool:
        """Say whether the notice of holidays for the day's year is still awaited."""
        return day.year not in self.years_known

    def why(self, day: date) -> Text:
        """Say in words why a day counts or not."""
        row = self._by_day.get(day)
        weekday = WEEKDAYS[day.weekday()]
        if row is not None and row.off:
            return Text(f"{row.name.zh}放假", f"{row.name.en} holiday")
        if row is not None:
            return Text(f"{row.name.zh}调休上班（{weekday.zh}）", f"make-up workday for {row.name.en} ({weekday.en})")
        if day.weekday() >= 5:
            return Text(f"周末（{weekday.zh}）", f"weekend ({weekday.en})")
        return Text(f"工作日（{weekday.zh}）", f"working day ({weekday.en})")

    def count(self, received: date, limit: int, pauses: Sequence[Pause] = ()) -> Count:
        """Count `limit` working days from the day of receipt, which is day zero. ValueError when limit is negative.

        A pause is (from, to), `to` None while it lasts. The day of pausing still counts; the day of resuming is like a
        day of receipt and does not. So a pause and its end on one day add nothing, and nobody gains by either.
        """
        if limit < 0:
            raise ValueError("a limit cannot be negative")
        days = [CountedDay(received, self.is_working(received), 0, RECEIPT)]
        number, day = 0, received
        standing_from = min((start for start, end in pauses if end is None), default=None)
        while number < limit:
            if standing_from is not None and day >= standing_from:
                return self._counted(None, days)
            day += ONE_DAY
            working, paused = self.is_working(day), any(end and start < day <= end for start, end in pauses)
            counts = working and not paused
            number += counts
            days.append(CountedDay(day, working, number if counts else None, PAUSED if paused else self.why(day)))
        return self._counted(day, days)

    def _counted(self, due_on: date | None, days: list[CountedDay]) -> Count:
        return Count(due_on, tuple(days), any(self.is_provisional(counted.day) for counted in days))

    def working_days_between(self, start: date, end: date) -> int:
        """Count the working days after `start` up to and including `end`; negative when `end` comes first."""
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working(day) for day in _days(start + ONE_DAY, end))


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += ONE_DAY


def rows_off(first: date, last: date, scope: str, name: Text, source: Text) -> Iterable[DayRow]:
    """Make the rows of a holiday, from its first to its last day."""
    return (DayRow(day, True, scope, name, source) for day in _days(first, last))


STATE_COUNCIL_2026 = Text(
    "国务院办公厅关于2026年部分节假日安排的通知（2025年11月4日）",
    "State Council General Office notice on holidays in 2026 (4 November 2025)",
)
STATE_COUNCIL_2025 = Text(
    "国务院办公厅关于2025年部分节假日安排的通知（国办发明电〔2024〕12号，2024年11月12日）",
    "State Council General Office notice on holidays in 2025 (12 November 2024)",
)
REGION_2025 = Text(
    "自治区2025年民族传统节日放假通知（据公开报道）", "Regional notice on holidays in 2025 (as reported)"
)
REGION_2026 = Text(
    "自治区2026年民族传统节日放假通知（2025年12月）", "Regional notice on holidays in 2026 (December 2025)"
)

NEW_YEAR = Text("元旦", "New Year")
SPRING = Text("春节", "Spring Festival")
QINGMING = Text("清明节", "Qingming Festival")
LABOUR = Text("劳动节", "Labour Day")
DRAGON_BOAT = Text("端午节", "Dragon Boat Festival")
MID_AUTUMN = Text("中秋节", "Mid-Autumn Festival")
NATIONAL_DAY = Text("国庆节", "National Day")
NATIONAL_DAY_AND_MID_AUTUMN = Text("国庆节、中秋节", "National Day and Mid-Autumn Festival")
ROZI = Text("肉孜节", "Rozi Festival (Eid al-Fitr)")
CORBAN = Text("古尔邦节", "Corban Festival (Eid al-Adha)")


NATIONAL_OFF = (
    (STATE_COUNCIL_2025, NEW_YEAR, date(2025, 1, 1), date(2025, 1, 1)),
    (STATE_COUNCIL_2025, SPRING, date(2025, 1, 28), date(2025, 2, 4)),
    (STATE_COUNCIL_2025, QINGMING, date(2025, 4, 4), date(2025, 4, 6)),
    (STATE_COUNCIL_2025, LABOUR, date(2025, 5, 1), date(2025, 5, 5)),
    (STATE_COUNCIL_2025, DRAGON_BOAT, date(2025, 5, 31), date(2025, 6, 2)),
    (STATE_COUNCIL_2025, NATIONAL_DAY_AND_MID_AUTUMN, date(2025, 10, 1), date(2025, 10, 8)),
    (STATE_COUNCIL_2026, NEW_YEAR, date(2026, 1, 1), date(2026, 1, 3)),
    (STATE_COUNCIL_2026, SPRING, date(2026, 2, 15), date(2026, 2, 23)),
    (STATE_COUNCIL_2026, QINGMING, date(2026, 4, 4), date(2026, 4, 6)),
    (STATE_COUNCIL_2026, LABOUR, date(2026, 5, 1), date(2026, 5, 5)),
    (STATE_COUNCIL_2026, DRAGON_BOAT, date(2026, 6, 19), date(2026, 6, 21)),
    (STATE_COUNCIL_2026, MID_AUTUMN, date(2026, 9, 25), date(2026, 9, 27)),
    (STATE_COUNCIL_2026, NATIONAL_DAY, date(2026, 10, 1), date(2026, 10, 7)),
)
NATIONAL_WORKED = (
    (STATE_COUNCIL_2025, SPRING, date(2025, 1, 26)),
    (STATE_COUNCIL_2025, SPRING, date(2025, 2, 8)),
    (STATE_COUNCIL_2025, LABOUR, date(2025, 4, 27)),
    (STATE_COUNCIL_2025, NATIONAL_DAY_AND_MID_AUTUMN, date(2025, 9, 28)),
    (STATE_COUNCIL_2025, NATIONAL_DAY_AND_MID_AUTUMN, date(2025, 10, 11)),
    (STATE_COUNCIL_2026, NEW_YEAR, date(2026, 1, 4)),
    (STATE_COUNCIL_2026, SPRING, date(2026, 2, 14)),
    (STATE_COUNCIL_2026, SPRING, date(2026, 2, 28)),
    (STATE_COUNCIL_2026, LABOUR, date(2026, 5, 9)),
    (STATE_COUNCIL_2026, NATIONAL_DAY, date(2026, 9, 20)),
    (STATE_COUNCIL_2026, NATIONAL_DAY, date(2026, 10, 10)),
)
# The regional notices as reported name no make-up workdays; the authority adds them when it has the notice.
REGIONAL_OFF = (
    (REGION_2025, ROZI, date(2025, 3, 29), date(2025, 3, 31)),
    (REGION_2025, CORBAN, date(2025, 6, 6), date(2025, 6, 10)),
    (REGION_2026, ROZI, date(2026, 3, 20), date(2026, 3, 22)),
    (REGION_2026, CORBAN, date(2026, 5, 27), date(2026, 5, 31)),
)


def _shipped() -> Iterator[DayRow]:
    for source, name, first, last in NATIONAL_OFF:
        yield from rows_off(first, last, "national", name, source)
    for source, name, day in NATIONAL_WORKED:
        yield DayRow(day, False, "national", name, source)
    for source, name, first, last in REGIONAL_OFF:
        yield from rows_off(first, last, "regional", name, source)


SHIPPED = Calendar(tuple(_shipped()), frozenset({2025, 2026}), "shipped-2026")
