"""Named, owned tasks: nothing runs that nobody waits for.

`Tasks` is for parts whose work comes and goes for as long as they live (watches, workers, probes);
where the work has a known end, use `asyncio.TaskGroup`. A task that fails reports to its owner at
once through `on_failure`; without one the failure is logged and raised again by `stop`.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from seatrial.kit.record import get_record

record = get_record("kit.tasks")

FailureHandler = Callable[[str, BaseException], None]


class Tasks:
    """A bag of running tasks with one owner."""

    def __init__(self, owner: str, *, on_failure: FailureHandler | None = None) -> None:
        self._owner = owner
        self._on_failure = on_failure
        self._running: set[asyncio.Task[Any]] = set()
        self._failures: list[BaseException] = []

    def start(self, work: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any]:
        """Run `work` until it ends or `stop` is called."""
        task = asyncio.create_task(work, name=f"{self._owner}/{name}")
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def stop(self, *, limit_s: float = 10.0) -> None:
        """Cancel everything and wait; raise the failures that nobody has handled."""
        for task in self._running:
            task.cancel()
        if self._running:
            _, stuck = await asyncio.wait(set(self._running), timeout=limit_s)
            for task in stuck:
                record.error("task.stuck", task=task.get_name(), limit_s=limit_s)
        failures, self._failures = self._failures, []
        if failures:
            raise BaseExceptionGroup(f"{self._owner} had failed tasks", failures)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        failure = task.exception()
        if failure is None:
            return
        if self._on_failure is not None:
            self._on_failure(task.get_name(), failure)
            return
        record.error("task.failed", task=task.get_name(), error=repr(failure))
        self._failures.append(failure)
