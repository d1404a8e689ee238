"""Ends queries at their deadlines: one thread per database that sleeps until the next is due."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_AGAIN = 0.01


@dataclass(slots=True, eq=False)
class Alarm:
    """One deadline; ``rang`` says that it is over."""

    ends: float
    interrupt: Callable[[], None]
    rang: bool = False


@dataclass(slots=True)
class Watch:
    """Interrupts what is over, again and again until the work has stopped.

    Once is not enough: an interruption that falls between two statements is forgotten when the second begins. None
    comes after its alarm was taken away, so that a cursor can be used again.
    """

    _alarms: set[Alarm] = field(default_factory=set)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None
    _next: float = float("inf")
    _closed: bool = False

    @contextmanager
    def until(self, ends: float | None, interrupt: Callable[[], None]) -> Iterator[Alarm]:
        """Watch the work of a block; ``ends`` is on the monotonic clock, None means no deadline."""
        if ends is None:
            yield Alarm(float("inf"), interrupt)
            return
        alarm = Alarm(ends, interrupt, rang=ends <= time.monotonic())
        with self._changed:
            self._alarms.add(alarm)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="rows-deadlines", daemon=True)
                self._thread.start()
            # Deadlines lie ahead in the order of their coming as a rule, so the thread is rarely woken.
            if ends < self._next:
                self._changed.notify()
        try:
            yield alarm
        finally:
            with self._changed:
                self._alarms.discard(alarm)

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                self._next = min((alarm.ends for alarm in self._alarms), default=float("inf"))
                if self._next > now:
                    self._changed.wait(min(self._next - now, 60.0) if self._alarms else 60.0)
                    continue
                for alarm in self._alarms:
                    if alarm.ends <= now:
                        alarm.rang = True
                        alarm.interrupt()
                self._changed.wait(_AGAIN)
