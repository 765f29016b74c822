"""A clock that is turned by hand, for tests of integrations and of applications."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Callable

from seatrial_app.pace import Step


class ManualPace:
    """Virtual time: `advance` goes through all that becomes due, in order, at its exact second.

    `Lifecycle(pace=ManualPace(), leave_process=codes.append)` never waits and never ends the
    process.
    """

    def __init__(self) -> None:
        self._now_s = 0.0
        self._step: Step | None = None
        self._due_s: float | None = None
        self._is_stepping = False
        self._is_woken = False

    def now(self) -> float:
        return self._now_s

    def start(self, step: Step) -> None:
        self._step = step
        self.wake()

    def wake(self) -> None:
        self._is_woken = True
        if self._step is None or self._is_stepping:
            return
        self._is_stepping = True
        try:
            while self._is_woken:
                self._is_woken = False
                wait_s = self._step()
                self._due_s = None if wait_s is None else self._now_s + wait_s
        finally:
            self._is_stepping = False

    def run(self, callbacks: Iterable[Callable[[], None]]) -> None:
        for callback in callbacks:
            callback()

    def after_fork(self) -> None:
        """No thread, nothing to start again."""

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        until_s = self._now_s + seconds
        while self._due_s is not None and self._due_s <= until_s:
            self._now_s = max(self._now_s, self._due_s)
            self.wake()
        self._now_s = until_s
