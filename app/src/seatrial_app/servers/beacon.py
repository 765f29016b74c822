"""One word from a parent process to all its children: "we are draining".

Does: let a thread of each child wait without polling until the parent has lit the beacon.
Does not: carry anything else, or come back: once lit, it stays lit, also for children born later.
Holds: lighting never blocks, and no child that dies or hangs holds up another. (One byte is
written into a pipe that everybody watches and nobody reads; the events of `multiprocessing` wait
for each sleeper to wake, also for dead ones.)
"""

from __future__ import annotations

import multiprocessing
import threading
from typing import Callable


class Beacon:
    """Make it before the fork, or hand it to a spawned child as an argument of its process."""

    def __init__(self) -> None:
        self._seen, self._lamp = multiprocessing.Pipe(duplex=False)
        self._is_lit = False

    def light(self) -> None:
        """Tell every child, those to come too. Again is nothing."""
        if not self._is_lit:
            self._is_lit = True
            self._lamp.send_bytes(b"!")

    def is_lit(self) -> bool:
        return self._seen.poll(0)

    def when_lit(self, callback: Callable[[], object]) -> None:
        """Call once it is lit, on a daemon thread of the child."""
        threading.Thread(target=self._watch, args=(callback,), name="beacon", daemon=True).start()

    def _watch(self, callback: Callable[[], object]) -> None:
        self._seen.poll(None)
        callback()
