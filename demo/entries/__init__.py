"""The entries of the demonstration's catalogue; their codes are a class of four digits and a sequence."""

from __future__ import annotations

from demo.entries import economy, inwork, life, nature, people
from demo.shape import DemoEntry

ENTRIES: tuple[DemoEntry, ...] = (
    *nature.ENTRIES,
    *economy.ENTRIES,
    *people.ENTRIES,
    *life.ENTRIES,
    *inwork.ENTRIES,
)
BY_CODE = {entry.code: entry for entry in ENTRIES}
