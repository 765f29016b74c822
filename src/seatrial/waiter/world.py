"""The real world: a thread for each attempt, the machine's clock and chance (edge).

Holds: at most one thread a target; they are daemons, so that whoever leaves is not kept by one that
hangs in a look-up; what an attempt raises is raised where `hear` is called.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from seatrial.waiter.attempts import attempt
from seatrial.waiter.cluster import Api
from seatrial.waiter.schedule import Heard
from seatrial.waiter.targets import Target
from seatrial.waiter.verdicts import Verdict

# The longest sleep; the C library refuses very large ones.
SLEEP_MAX_S = 3600.0


class RealWorld:
    """Implements `waiting.World`."""

    def __init__(self, targets: Sequence[Target], *, limit_s: float, api: Api | None) -> None:
        """`limit_s` is for each attempt."""
        self._targets = targets
        self._limit_s = limit_s
        self._api = api
        self._said: SimpleQueue[Heard | Exception] = SimpleQueue()

    def now_s(self) -> float:
        """A clock that never goes back."""
        return monotonic()

    def chance(self) -> float:
        """From the system: `random` would take long to import."""
        return int.from_bytes(os.urandom(4), "big") / 2**32

    def start(self, index: int) -> None:
        """A thread for one attempt."""
        Thread(target=self._attempt, args=(index,), daemon=True).start()

    def hear(self, within_s: float | None) -> Heard | None:
        """Raises what an attempt raised, and what a signal's handler raises."""
        sleep_s = SLEEP_MAX_S if within_s is None else min(within_s, SLEEP_MAX_S)
        try:
            said = self._said.get(timeout=sleep_s)
        except Empty:
            return None
        if isinstance(said, Exception):
            raise said
        return said

    def _attempt(self, index: int) -> None:
        report = partial(self._report, index)
        try:
            target = self._targets[index]
            verdict = attempt(target, self._limit_s, api=self._api, report=report)
            self._said.put(Heard(index, verdict))
        except Exception as error:  # noqa: BLE001 - handed on, to be raised by `hear`
            self._said.put(error)

    def _report(self, index: int, verdict: Verdict) -> None:
        self._said.put(Heard(index, verdict, is_last=False))
