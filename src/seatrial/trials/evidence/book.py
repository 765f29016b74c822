"""The book of evidence of one voyage: append-only, and one can wait for what it will say.

Holds: an entry is never changed or removed; entries stand in the order of their arrival.
Bounds: `ENTRIES_MAX`; a book that is full notes so once and takes no more.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from seatrial.kit.clock import wall_time_s
from seatrial.trials.evidence.entry import Entry

# Six minutes at 500 entries a second; a voyage takes half a minute at a third of that.
ENTRIES_MAX = 200_000


class Book:
    """Entries, and a way to wait for the next."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._grown = asyncio.Event()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All so far."""
        return tuple(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def since(self, count: int) -> list[Entry]:
        """Those after the first `count`."""
        return self._entries[count:]

    def write(self, kind: str, facts: Mapping[str, Any], *, at: float | None = None) -> Entry:
        """Add one entry, stamped now unless it has a time of its own."""
        entry = Entry(wall_time_s() if at is None else at, kind, facts)
        if len(self._entries) == ENTRIES_MAX:
            entry = Entry(entry.at, "note", {"text": f"the book is full at {ENTRIES_MAX} entries"})
        if len(self._entries) <= ENTRIES_MAX:
            self._entries.append(entry)
            self._grown.set()
        return entry

    async def until(self, is_so: Callable[[], bool], *, limit_s: float) -> bool:
        """Wait until `is_so`, asked again whenever the book has grown; False when time is up."""
        try:
            async with asyncio.timeout(limit_s):
                while not is_so():
                    self._grown.clear()
                    await self._grown.wait()
        except TimeoutError:
            return is_so()
        return True
