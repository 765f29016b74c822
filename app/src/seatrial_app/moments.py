"""The moments of the end, as they come: marked, logged once, told to whoever asked.

Does: keep when and why each moment was reached, call back in order, and let time bring the next
one.
Does not: know signals, servers, readiness or what is in flight: `describe` tells the log of those.
Holds: `mark` takes no lock, so a signal handler may call it on top of anything; a moment once
marked stays as it was; no callback's exception gets out, and no slow callback holds up the clock.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Awaitable, Mapping
from typing import Any, Callable, NamedTuple, Union

from seatrial_app.budget import Budget
from seatrial_app.pace import Pace
from seatrial_app.record import Recorder
from seatrial_app.timeline import ORDER, Moment, View, due_now, wait_s

Callback = Callable[[], Union[Awaitable[None], None]]


class _Asked(NamedTuple):
    callback: Callback
    call: Callable[[], None]


class Moments:
    """What was reached when, and who wants to know.

    `may_quit()`: whether the process is ours to end. `quit()` ends it.
    """

    def __init__(
        self,
        budget: Budget,
        pace: Pace,
        record: Recorder,
        *,
        may_quit: Callable[[], bool],
        quit_process: Callable[[], object],
        describe: Callable[[Moment], Mapping[str, Any]],
    ) -> None:
        self._budget = budget
        self._pace = pace
        self._record = record
        self._may_quit = may_quit
        self._quit_process = quit_process
        self._describe = describe
        self._reached: dict[Moment, float] = {}
        self._why: dict[Moment, str] = {}
        self._keys = itertools.count()
        self._callbacks: dict[Moment, dict[int, _Asked]] = {moment: {} for moment in ORDER}
        self._told: set[Moment] = set()
        self._is_started = False

    def __contains__(self, moment: Moment) -> bool:
        return moment in self._reached

    def start(self) -> bool:
        """Start the clock. False if it runs already."""
        if self._is_started:
            return False
        self._is_started = True
        self._pace.start(self._step)
        return True

    def mark(self, moment: Moment, reason: str) -> bool:
        """This moment is reached, now. Again is nothing: then False."""
        is_first = moment not in self._reached
        self._why.setdefault(moment, reason)
        self._reached.setdefault(moment, self._pace.now())
        self._pace.wake()
        return is_first

    def on(self, moment: Moment, callback: Callback) -> None:
        """Call when `moment` comes, or soon if it has come. A coroutine function runs on the loop
        that is running here and now."""
        asked = _Asked(callback, _guarded(callback, moment, self._record))
        self._callbacks[moment][next(self._keys)] = asked
        if moment in self._reached:
            self._pace.wake()

    def forget(self, callback: Callback) -> None:
        """Do not call `callback` any more, whenever it was to be called."""
        for callbacks in self._callbacks.values():
            for key, asked in callbacks.copy().items():
                if asked.callback == callback:
                    callbacks.pop(key, None)

    def since_s(self, moment: Moment) -> float | None:
        """Seconds since `moment`; None if it was not reached."""
        at_s = self._reached.get(moment)
        return None if at_s is None else self._pace.now() - at_s

    def left_s(self) -> float | None:
        """Seconds until everything must have been left; None before SIGTERM."""
        since_s = self.since_s(Moment.DRAIN)
        if since_s is None:
            return None
        return 0.0 if Moment.LEAVE in self._reached else max(0.0, self._budget.total_s - since_s)

    def after_fork(self) -> None:
        """In the child of a fork: go on with what was reached, on a thread of its own."""
        self._pace.after_fork()

    def _step(self) -> float | None:
        now_s = self._pace.now()
        for moment in due_now(self._view(), now_s):
            self._why.setdefault(moment, "time is up")
            self._reached.setdefault(moment, now_s)
        for moment in ORDER:
            if moment in self._reached:
                self._tell(moment)
        return wait_s(self._view(), self._pace.now())

    def _view(self) -> View:
        return View(self._reached.copy(), self._budget, self._may_quit())

    def _tell(self, moment: Moment) -> None:
        is_news = moment not in self._told
        if is_news:
            self._told.add(moment)
            self._note(moment)
        callbacks = self._callbacks[moment]
        asked = [callbacks.pop(key, None) for key in list(callbacks)]
        self._pace.run(one.call for one in asked if one is not None)
        if is_news and moment is Moment.QUIT:
            self._quit_process()

    def _note(self, moment: Moment) -> None:
        if moment is Moment.STOP:
            return  # whoever marks it says so himself
        is_bad = moment in (Moment.LEAVE, Moment.QUIT)
        log = self._record.warning if is_bad else self._record.info
        log(moment.value, reason=self._why.get(moment, ""), **self._describe(moment))


def _guarded(callback: Callback, moment: Moment, record: Recorder) -> Callable[[], None]:
    """`callback` as one that never raises; a coroutine goes to the loop it was registered on."""
    asyncio = sys.modules.get("asyncio")  # whoever has a running loop has loaded it
    loop = asyncio._get_running_loop() if asyncio else None

    def call() -> None:
        try:
            result = callback()
            if result is not None and hasattr(result, "__await__"):
                _run_on(loop, result)
        except BaseException as error:  # noqa: BLE001 - nothing may stop the shutdown
            record.error("callback.failed", error, moment=moment.value, callback=repr(callback))

    return call


def _run_on(loop: Any, result: Any) -> None:
    import asyncio  # costly, and loaded already wherever a coroutine comes from

    if loop is None or loop.is_closed():
        asyncio.run(result)
    else:
        asyncio.run_coroutine_threadsafe(result, loop).result()
