"""One program under the supervisor: started, watched, started again with growing pauses, ended for good."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portal.embedded.places import BASE_DIR

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
# A program that ran this long was well: its next fall counts as the first.
HEALTHY_SECONDS = 60.0
GRACE_SECONDS = 25.0
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    """Asks the kernel to end this program when the supervisor is killed without a chance to clean up (prctl(2))."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(slots=True)
class Child:
    """A program and how it fares; `due_at` is when it may start again, on the monotonic clock."""

    name: str
    command: list[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    pause: float = FIRST_PAUSE

    def start(self) -> None:
        """Starts the program in a session of its own, so that Ctrl-C reaches the supervisor alone."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=BASE_DIR,
                env=os.environ | dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509  # the supervisor has one thread
            )
        self.started_at = time.monotonic()

    def look_after(self) -> str:
        """Starts the program again when its pause is over; returns what is worth telling, or nothing."""
        now = time.monotonic()
        if self.process is None:
            if now < self.due_at:
                return ""
            self.start()
            return f"{self.name} 已重新启动 / started again"
        code = self.process.poll()
        if code is None:
            return ""
        self._end_group(signal.SIGKILL)
        self.process = None
        if now - self.started_at > HEALTHY_SECONDS:
            self.pause = FIRST_PAUSE
        pause, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE)
        self.due_at = now + pause
        return (
            f"{self.name} 意外退出（{code}），{pause:.0f} 秒后重启，见 {self.log} / "
            f"{self.name} ended ({code}), starts again in {pause:.0f} s"
        )

    def ask_to_end(self) -> None:
        """Asks the program to finish what it does and end."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def end(self, deadline: float) -> None:
        """Waits for the end until the deadline, then ends the program and all that it started."""
        if self.process is None:
            return
        try:
            self.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._end_group(signal.SIGKILL)
            self.process.wait()
        self._end_group(signal.SIGKILL)
        self.process = None

    def _end_group(self, number: signal.Signals) -> None:
        """Signals whatever is left of the program's own group."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return
