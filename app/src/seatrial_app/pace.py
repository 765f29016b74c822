"""Time and threads of a lifecycle behind one small protocol: tests turn the clock by hand.

Does: wake one daemon thread when something happened or is due; run callbacks beside it.
Does not: decide anything: `step` does, and says how long nothing will be due.
Holds: `wake` takes no lock and starts no thread, so a signal handler may call it whatever it
interrupts.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable
from typing import Callable, Optional, Protocol

CALLBACKS_WAIT_S = 0.5  # how long the next thing to do waits for callbacks that take their time

Step = Callable[[], Optional[float]]


class Pace(Protocol):
    """A clock that calls back."""

    def now(self) -> float:
        """Seconds of a clock that only goes forward."""
        ...

    def start(self, step: Step) -> None:
        """Call `step` now, whenever woken, and as many seconds later as it said (None: never)."""
        ...

    def wake(self) -> None:
        """Have `step` called soon. Safe in a signal handler."""
        ...

    def run(self, callbacks: Iterable[Callable[[], None]]) -> None:
        """Run callbacks, none of which raises, in order; a slow one does not hold up the rest."""
        ...

    def after_fork(self) -> None:
        """In the child of a fork: threads are gone; start again if there was one."""
        ...


class ThreadPace:
    """Real time, on a daemon thread."""

    def __init__(self) -> None:
        self._woken: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._step: Step | None = None

    def now(self) -> float:
        return time.monotonic()

    def start(self, step: Step) -> None:
        if self._step is None:
            self._step = step
            self._start_thread(step)

    def wake(self) -> None:
        self._woken.put(None)

    def run(self, callbacks: Iterable[Callable[[], None]]) -> None:
        until_s = self.now() + CALLBACKS_WAIT_S
        for callback in callbacks:
            thread = threading.Thread(target=callback, name="seatrial-app-callback", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system gives no more threads: better late than not at all
                callback()
            else:
                thread.join(max(0.0, until_s - self.now()))

    def after_fork(self) -> None:
        self._woken = queue.SimpleQueue()
        if self._step is not None:
            self._start_thread(self._step)

    def _start_thread(self, step: Step) -> None:
        arguments = (step, self._woken)
        threading.Thread(target=_keep, args=arguments, name="seatrial-app", daemon=True).start()


def _keep(step: Step, woken: queue.SimpleQueue[None]) -> None:
    while True:
        wait_s = step()
        try:
            woken.get(timeout=wait_s)
        except queue.Empty:
            continue
