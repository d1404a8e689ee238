"""Plays the stories of the demonstration in the order of their moments, as if they had happened.

A story is a generator: it yields the moment at which it goes on and does its next act when it is woken. All stories
are woken in the order of time, so that receipts, clocks and the record of acts stand as they would in real use.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Generator, Iterable, Iterator
from zoneinfo import ZoneInfo

from portal.law.calendar import SHIPPED

SHANGHAI = ZoneInfo("Asia/Shanghai")
Story = Generator[dt.datetime, dt.datetime, None]


class Times:
    """Moments counted back from the present one, on days on which offices work."""

    def __init__(self, now: dt.datetime) -> None:
        """Takes the present moment; nothing of the demonstration happens after it."""
        self.now = now.astimezone(SHANGHAI)
        self.today = self.now.date()
        self._days = self._working_days()
        self._known: list[dt.date] = [self.today]

    def _working_days(self) -> Iterator[dt.date]:
        day = self.today
        while True:
            day -= dt.timedelta(days=1)
            if SHIPPED.is_working(day):
                yield day

    def day(self, ago: int) -> dt.date:
        """Returns the day so many working days before today; 0 is today."""
        while len(self._known) <= ago:
            self._known.append(next(self._days))
        return self._known[ago]

    def at(self, ago: int, hour: int = 10, minute: int = 0) -> dt.datetime:
        """Returns an hour of the day so many working days before today, at least one."""
        if ago < 1:
            raise ValueError("what happens today is named by `before`")
        return dt.datetime.combine(self.day(ago), dt.time(hour, minute), SHANGHAI)

    def before(self, minutes: int) -> dt.datetime:
        """Returns a moment some minutes before the present one."""
        return self.now - dt.timedelta(minutes=minutes)


def play(stories: Iterable[Story]) -> None:
    """Wakes every story at its moments, the earliest first, until all are told."""
    waiting: list[tuple[dt.datetime, int, Story]] = []
    for number, story in enumerate(stories):
        heapq.heappush(waiting, (next(story), number, story))
    while waiting:
        moment, number, story = heapq.heappop(waiting)
        try:
            following = story.send(moment)
        except StopIteration:
            continue
        if following < moment:
            raise ValueError(f"a story goes back in time, from {moment} to {following}")
        heapq.heappush(waiting, (following, number, story))
