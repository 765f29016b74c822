"""A queue of keys that need work: fair, stingy, delaying, rate-limited.

Does: hands out keys first come, first served (fair); a key added while it waits is there once, a
key added while it is worked on comes back when that work is done (stingy); keys can be added later,
and later each time they fail.
Does not: carry payloads. A key says "look again", never what happened.
Holds: no key is ever worked on by two workers at once; no add is lost.
Holds: a key waits on one timer at most, the earliest asked for. The queue is bounded by the number
of distinct keys, that is, of objects.
Differs from Kubernetes: the longest delay between retries is 60 s, not client-go's 1000 s.
"""

import asyncio
from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

from seatrial.client.errors import ClientError
from seatrial.kit.backoff import Backoff

# As client-go: the first retry is next to immediate, then twice as long each time. The ceiling is
# lower than client-go's 1000 s, because everything here is near and nobody waits a quarter of an
# hour.
RETRY_BACKOFF = Backoff(first_s=0.005, factor=2.0, max_s=60.0)

K = TypeVar("K", bound=Hashable)


class QueueClosed(ClientError):
    """The queue was shut down and is empty."""


class WorkQueue(Generic[K]):
    """Keys waiting, keys being worked on, keys to come."""

    def __init__(self, *, backoff: Backoff = RETRY_BACKOFF) -> None:
        self._backoff = backoff
        self._queue: deque[K] = deque()
        self._dirty: set[K] = set()  # need work: waiting, or added again while worked on
        self._processing: set[K] = set()
        self._failures: dict[K, int] = {}
        self._timers: dict[K, asyncio.TimerHandle] = {}
        self._getters: deque[asyncio.Future[None]] = deque()
        self._closed = False

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, key: K) -> None:
        """The key needs work now; nothing when it waits already or the queue is shut down."""
        if self._closed or key in self._dirty:
            return
        self._dirty.add(key)
        if key not in self._processing:
            self._enqueue(key)

    def add_after(self, key: K, delay_s: float) -> None:
        """The key needs work in `delay_s` seconds; an earlier time asked for before stays."""
        if delay_s <= 0:
            self.add(key)
            return
        if self._closed:
            return
        loop = asyncio.get_running_loop()
        due = loop.time() + delay_s
        timer = self._timers.get(key)
        if timer is not None:
            if timer.when() <= due:
                return
            timer.cancel()
        self._timers[key] = loop.call_at(due, self._due, key)

    def add_rate_limited(self, key: K) -> float:
        """The key failed once more: add it after its backoff; the delay in seconds."""
        delay_s = self.count_failure(key)
        self.add_after(key, delay_s)
        return delay_s

    def count_failure(self, key: K) -> float:
        """The key failed once more; the delay in seconds that somebody else sees to."""
        self._failures[key] = failures = self._failures.get(key, 0) + 1
        return self._backoff.delay_s(failures)

    def forget(self, key: K) -> None:
        """The key succeeded: its next failure is the first again."""
        self._failures.pop(key, None)

    def failures(self, key: K) -> int:
        """How often the key has failed in a row."""
        return self._failures.get(key, 0)

    async def get(self) -> K:
        """The next key, once there is one; call `done` after the work. Raises QueueClosed."""
        while not self._queue:
            if self._closed:
                raise QueueClosed("the work queue is shut down")
            await self._wait()
        return self._take()

    def get_nowait(self) -> K | None:
        """The next key, or None when none waits."""
        return self._take() if self._queue else None

    def done(self, key: K) -> None:
        """The work on the key ended; it waits again if it was added meanwhile."""
        self._processing.discard(key)
        if key in self._dirty:
            self._enqueue(key)

    def shut_down(self) -> None:
        """Take nothing more; waiting keys are still handed out, delayed ones are dropped."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        while self._getters:
            self._wake()

    def _take(self) -> K:
        key = self._queue.popleft()
        self._dirty.discard(key)
        self._processing.add(key)
        return key

    def _enqueue(self, key: K) -> None:
        self._queue.append(key)
        self._wake()

    def _due(self, key: K) -> None:
        del self._timers[key]
        self.add(key)

    def _wake(self) -> None:
        while self._getters:
            getter = self._getters.popleft()
            if not getter.done():
                getter.set_result(None)
                return

    async def _wait(self) -> None:
        getter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._getters.append(getter)
        try:
            await getter
        except asyncio.CancelledError:
            # Woken and cancelled at once: pass the wake-up on, or a waiting key would be forgotten.
            if getter.done() and not getter.cancelled() and self._queue:
                self._wake()
            raise
