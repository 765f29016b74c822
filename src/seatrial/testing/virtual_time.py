"""Tests in virtual time: hours pass in milliseconds, exactly, and nothing ever really waits.

    def test_backoff() -> None:
        async def story() -> None: ...
        run_virtual(story())

Does: runs a coroutine on a loop whose clock jumps to the next timer when nothing else is ready;
wall time and chance follow the loop (`kit.clock`, `kit.chance`), so a seed repeats a run.
Does not: shuffle tasks, nor work with threads, subprocesses or sockets of another process.
Holds: a story that waits for something nobody will do fails at once ("deadlock") instead of
hanging.
"""

import asyncio
import random  # noqa: TID251 - a test's loop carries its own seeded chance
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

# 2026-01-02T03:04:05Z: any fixed moment will do, this one is easy to spot.
EPOCH_S = 1_767_323_045.0


class VirtualDeadlock(RuntimeError):
    """Everything waits and no timer is set: nothing would ever happen again."""


class _JumpingSelector(selectors.DefaultSelector):
    """Looks at real descriptors without waiting; where a real one would wait, time jumps."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise VirtualDeadlock("deadlock: nothing is scheduled")
        self.loop.now_s += max(timeout, 0.0)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop with a clock of its own."""

    epoch_s = EPOCH_S

    def __init__(self, seed: int = 0) -> None:
        self.now_s = 0.0
        self.chance = random.Random(seed)
        selector = _JumpingSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self.now_s


def run_virtual(story: Coroutine[Any, Any, T], *, seed: int = 0) -> T:
    """Run `story` to its end in virtual time."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(seed)) as runner:
        return runner.run(story)


async def settle() -> None:
    """Let everything that is ready run, and what that makes ready, before any time passes."""
    await asyncio.sleep(1e-9)
