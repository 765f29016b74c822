"""What a parent that holds the signals and its workers tell each other.

Does: two words from the parent ("we are draining", "nobody new comes any more"), one back from each
worker ("nobody waits here any more").
Does not: know a server.
Holds: the parent waits no longer than it was told, whatever becomes of its workers.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Mapping
from multiprocessing import connection
from typing import Any

from seatrial_app.servers.beacon import Beacon

NOTHING: Mapping[Any, int] = {}


class Crew:
    """Make it before the fork, or hand it to a spawned worker as an argument of its process."""

    def __init__(self) -> None:
        self.draining = Beacon()
        self.closing = Beacon()
        self._done, self._tell = multiprocessing.Pipe(duplex=False)

    def tell_done(self) -> None:
        """In a worker: nobody waits in my backlog any more, and nothing holds my exit."""
        self._tell.send(os.getpid())

    def wait_done(self, workers: int, limit_s: float, *, ends: Mapping[Any, int] = NOTHING) -> None:
        """In the parent: until each worker has said so, or `limit_s` passed.

        `ends`: what becomes readable when a worker ends, and the pid of that worker, so that nobody
        waits for one that cannot speak any more.
        """
        deadline_s = time.monotonic() + limit_s
        alive = dict(ends)
        over: set[int] = set()
        while len(over) < workers:
            left_s = max(0.0, deadline_s - time.monotonic())
            news = connection.wait([self._done, *alive], left_s)
            if not news:
                return
            over.update(alive.pop(end) for end in news if end in alive)
            if self._done in news:
                over.add(self._done.recv())
