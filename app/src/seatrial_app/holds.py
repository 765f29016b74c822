"""What holds the exit: requests in flight, work and named blockers.

Does: count requests, keep the names of background work and blockers, and tell when nothing is left.
Does not: know states, clocks or loops; cut anything short.
Holds: a hold is released at most once, by whoever and on whichever thread; waiters are called
outside of the lock, once each.
"""

from __future__ import annotations

import itertools
import threading
from types import TracebackType
from typing import Any, Callable

Waiter = Callable[[], None]


class Hold:
    """One named thing that must end before the process does. A context manager, sync and async."""

    def __init__(self, holds: Holds, key: int, name: str) -> None:
        self.name = name
        self._holds = holds
        self._key = key

    def release(self) -> None:
        """Let the exit go on as far as this is concerned. Again is nothing."""
        self._holds.discard(self._key)

    def __enter__(self) -> Hold:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    async def __aenter__(self) -> Hold:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


class Awaited:
    """Something that can be over, and those who wait for that."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: list[Waiter] = []

    def is_over(self) -> bool:
        """Whether nothing is left."""
        raise NotImplementedError

    def describe(self) -> dict[str, Any]:
        """What is left, as fields of a log line."""
        raise NotImplementedError

    def when_over(self, waiter: Waiter) -> None:
        """Call `waiter` once, when nothing is left (now, if so). It is quick and never raises."""
        with self._lock:
            self._waiters.append(waiter)
        self._tell()

    def _tell(self) -> None:
        with self._lock:
            if not self._waiters or not self.is_over():
                return
            waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter()


class Holds(Awaited):
    """All holds of one kind, by name."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._kind = kind
        self._keys = itertools.count()
        self._names: dict[int, str] = {}

    def add(self, name: str) -> Hold:
        """A new hold; several may share a name."""
        with self._lock:
            key = next(self._keys)
            self._names[key] = name
        return Hold(self, key, name)

    def discard(self, key: int) -> None:
        """Forget a hold, if it is there."""
        with self._lock:
            self._names.pop(key, None)
        self._tell()

    def names(self) -> tuple[str, ...]:
        """The names held now, oldest first."""
        with self._lock:
            return tuple(self._names.values())

    def is_over(self) -> bool:
        return not self._names

    def describe(self) -> dict[str, Any]:
        return {self._kind: self.names()}


class Tally(Awaited):
    """Requests: how many are in flight, how many were served."""

    def __init__(self) -> None:
        super().__init__()
        self.in_flight = 0
        self.served = 0

    def begin(self) -> None:
        """A request came in."""
        with self._lock:
            self.in_flight += 1

    def end(self) -> None:
        """It was answered, or given up."""
        with self._lock:
            self.in_flight -= 1
            self.served += 1
        self._tell()

    def __enter__(self) -> Tally:
        self.begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def is_over(self) -> bool:
        return self.in_flight <= 0

    def describe(self) -> dict[str, Any]:
        return {"in_flight": self.in_flight}
