"""Dependencies: checks in the background that drive readiness, and never liveness.

Does: run each check on a thread of its own, object to being ready while it fails, and say why.
Does not: check while draining: a pod on its way out is not judged any more.
Holds: not ready before the first check passed; a check that hangs counts as failed after its time,
and is not started again before it has returned; retries come at growing, jittered intervals, never
later than `every_s`, so that a dependency that comes back is not met by everybody at once.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Awaitable
from typing import Any, Callable, NamedTuple, Union

from seatrial_app.lifecycle import Lifecycle

Check = Callable[[], Union[Any, Awaitable[Any]]]

RETRY_FIRST_S = 0.25
RETRY_FACTOR = 2.0
DOUBLINGS_MAX = 16  # far beyond any interval; keeps the power finite
JITTER_SHARE = 0.2  # a wait is shortened by up to this share

UNCHECKED = "not checked yet"


class Result(NamedTuple):
    """How a check ended: `objection` is None if it passed."""

    objection: str | None


def wait_s(failures: int, every_s: float, chance: float) -> float:
    """Seconds until the next check after `failures` in a row; `chance` is in [0, 1)."""
    if failures:
        steps = min(failures - 1, DOUBLINGS_MAX)
        longest_s = min(every_s, RETRY_FIRST_S * RETRY_FACTOR**steps)
    else:
        longest_s = every_s
    return longest_s * (1.0 - JITTER_SHARE * chance)


class Dependency:
    """One thing that this server cannot serve without."""

    def __init__(
        self,
        life: Lifecycle,
        name: str,
        check: Check,
        *,
        every_s: float = 5.0,
        timeout_s: float = 2.0,
        tolerated: int = 0,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name = name
        self._life = life
        self._check = check
        self._every_s = every_s
        self._timeout_s = timeout_s
        self._tolerated = tolerated
        self._chance = chance
        self._failures = 0
        self._running: _Running | None = None
        self._loop = _running_loop()
        life.object_to_ready(name, UNCHECKED)

    def step(self) -> float:
        """Check once; returns the seconds to wait before the next time."""
        result = self._ask()
        if result.objection is None:
            self._failures = 0
            self._life.object_to_ready(self.name, None)
        else:
            self._failures += 1
            if self._failures > self._tolerated:
                self._life.object_to_ready(self.name, result.objection)
        return wait_s(self._failures, self._every_s, self._chance())

    def start(self) -> None:
        """Check in the background from now on, until the server drains."""
        draining = threading.Event()
        self._life.on_drain(draining.set)
        name = f"seatrial-app-{self.name}"
        threading.Thread(target=self._keep, args=(draining,), name=name, daemon=True).start()

    def _keep(self, draining: threading.Event) -> None:
        while not draining.wait(self.step()):
            pass

    def _ask(self) -> Result:
        if self._running is None:
            self._running = _Running(lambda: run(self._check, self._loop))
        result = self._running.wait(self._timeout_s)
        if result is None:
            return Result(f"no answer within {self._timeout_s:g}s")
        self._running = None
        return result


class _Running:
    """A check under way, on a thread that may hang without holding anybody up."""

    def __init__(self, ask: Callable[[], Result]) -> None:
        self._ask = ask
        self._result: Result | None = None
        self._is_over = threading.Event()
        threading.Thread(target=self._run, name="seatrial-app-check", daemon=True).start()

    def wait(self, timeout_s: float) -> Result | None:
        self._is_over.wait(timeout_s)
        return self._result

    def _run(self) -> None:
        self._result = self._ask()
        self._is_over.set()


def run(check: Check, loop: Any = None) -> Result:
    """One check: passes unless it raises or returns False. A coroutine runs on `loop` if it can."""
    try:
        said = check()
        if hasattr(said, "__await__"):
            said = _finish(said, loop)
    except Exception as error:  # noqa: BLE001 - whatever a check raises is its answer
        return Result(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
    return Result("check returned False" if said is False else None)


def _finish(said: Any, loop: Any) -> Any:
    import asyncio

    async def wait() -> Any:
        return await said

    if loop is None or loop.is_closed():
        return asyncio.run(wait())
    return asyncio.run_coroutine_threadsafe(wait(), loop).result()


def _running_loop() -> Any:
    import sys

    asyncio = sys.modules.get("asyncio")
    return asyncio._get_running_loop() if asyncio else None
