"""The life of one server process: ready, draining, closing, stopped.

Does: keep the state, the readiness, what is in flight and what holds the exit; on SIGTERM let the
window and the limit pass and call back at each moment.
Does not: touch a server: the integrations do, through `on_close` and `on_leave`.
Holds: `begin` and `leave` take no lock and may be called by a signal handler on top of anything.
Nothing here raises into the application at shutdown. In Kubernetes, and wherever signals were
taken, the process outlives window + limit by no more than half of the margin.
Differs from place to place: without `fork` (Windows) there is nothing to re-arm; outside the main
thread signals cannot be taken, which is logged, and `begin` still works.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Awaitable, Mapping
from logging import Logger
from typing import Any, Callable, Union

from seatrial_app.budget import is_kubernetes, plan_budget
from seatrial_app.holds import Hold, Holds, Tally
from seatrial_app.pace import Pace, ThreadPace
from seatrial_app.readiness import Readiness
from seatrial_app.record import FORMAT_VARIABLE, Hook, Recorder
from seatrial_app.signals import Interposer
from seatrial_app.snapshot import Snapshot
from seatrial_app.state import TABLE, State, furthest
from seatrial_app.timeline import ORDER, Moment, View, due_now, wait_s

Callback = Callable[[], Union[Awaitable[None], None]]

EXIT_CODE_OF_SIGNAL = (
    128  # plus the signal's number: what a shell reports of a process that a signal ended
)
SIGTERM_NUMBER = 15

_STAGES = {
    Moment.DRAIN: State.DRAINING,
    Moment.CLOSE: State.CLOSING,
    Moment.STOP: State.STOPPED,
}


class Lifecycle:
    """One server process. Times are in seconds.

    `drain_window_s`, `grace_period_s`: None reads SEATRIAL_DRAIN_WINDOW and SEATRIAL_GRACE_PERIOD,
    else 5 and 30. `fail_readiness`: "late" when the listener is about to close, "early" at SIGTERM.
    `ready_by`: "server": the integration declares ready when the server serves; "application": you
    do. `in_kubernetes`: None asks for KUBERNETES_SERVICE_HOST; outside, the window is 0.
    `probe_port`: serve /livez and /readyz there, on a thread of its own, from `start` on.
    Raises ValueError for an argument that is wrong; a wrong environment is logged and replaced by
    the default.
    """

    def __init__(
        self,
        *,
        drain_window_s: float | None = None,
        grace_period_s: float | None = None,
        fail_readiness: str = "late",
        ready_by: str = "server",
        in_kubernetes: bool | None = None,
        probe_port: int | None = None,
        log: Logger | None = None,
        json_log: bool | None = None,
        environ: Mapping[str, str] = os.environ,
        pace: Pace | None = None,
        leave_process: Callable[[int], object] = os._exit,
    ) -> None:
        self.budget = plan_budget(
            environ,
            drain_window_s=drain_window_s,
            grace_period_s=grace_period_s,
            in_kubernetes=in_kubernetes,
        )
        self.in_kubernetes = is_kubernetes(environ, in_kubernetes)
        self.fails_early = _one_of("fail_readiness", fail_readiness, "late", "early") == "early"
        self.ready_by = _one_of("ready_by", ready_by, "server", "application")
        if json_log is None:
            json_log = environ.get(FORMAT_VARIABLE) == "json"
        self.record = Recorder(json_lines=json_log, logger=log)
        self.requests = Tally()
        self._probe_port = probe_port
        self._work = Holds()
        self._blockers = Holds()
        self._readiness = Readiness()
        self._reached: dict[Moment, float] = {}
        self._why: dict[Moment, str] = {}
        self._exit_code = EXIT_CODE_OF_SIGNAL + SIGTERM_NUMBER
        self._callbacks: dict[Moment, list[Callback]] = {moment: [] for moment in ORDER}
        self._told: dict[Moment, int] = {}
        self._pace = pace or ThreadPace()
        self._is_started = False
        self._has_server = False
        self._leave_process = leave_process
        self._interposer = Interposer(begin=self.begin, leave=self._second_signal)
        _instances.add(self)

    # -- state ---------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        reached = tuple(self._reached)
        return furthest(self._readiness.state, (_STAGES[m] for m in reached if m in _STAGES))

    @property
    def is_ready(self) -> bool:
        """What a readiness probe should hear."""
        traits = TABLE[self.state]
        if self.fails_early:
            return traits.ready_early
        return traits.ready_late and not self._readiness.reasons()

    @property
    def is_live(self) -> bool:
        """What a liveness probe should hear: draining is no reason to be killed."""
        return TABLE[self.state].live

    @property
    def is_draining(self) -> bool:
        """From SIGTERM on: answer with `Connection: close`."""
        return Moment.DRAIN in self._reached

    @property
    def is_closing(self) -> bool:
        """The window is over: nobody new is accepted."""
        return Moment.CLOSE in self._reached or Moment.STOP in self._reached

    @property
    def is_leaving(self) -> bool:
        """Second signal, or the limit was reached: leave at once."""
        return Moment.LEAVE in self._reached

    def snapshot(self) -> Snapshot:
        """All of it as one value."""
        began_s = self._reached.get(Moment.DRAIN)
        return Snapshot(
            state=self.state,
            is_ready=self.is_ready,
            reasons=self._readiness.reasons(),
            in_flight=self.requests.in_flight,
            served=self.requests.served,
            work=self._work.names(),
            blockers=self._blockers.names(),
            since_drain_s=None if began_s is None else self._pace.now() - began_s,
            left_s=self.left_s(),
        )

    def left_s(self) -> float | None:
        """Seconds until everything must have been left; None before SIGTERM."""
        began_s = self._reached.get(Moment.DRAIN)
        if began_s is None:
            return None
        if Moment.LEAVE in self._reached:
            return 0.0
        return max(0.0, began_s + self.budget.total_s - self._pace.now())

    # -- readiness -----------------------------------------------------------------------------

    def declare_ready(self) -> None:
        """The application can serve. Ready is then what its dependencies say."""
        if self._readiness.declare():
            self._note_readiness()

    def declare_unready(self, reason: str) -> None:
        """The application cannot serve for now, and says why."""
        if self._readiness.declare(reason):
            self._note_readiness()

    def object_to_ready(self, name: str, reason: str | None) -> None:
        """`name` (a dependency) objects to being ready, or with None no longer does."""
        if self._readiness.object(name, reason):
            self._note_readiness()

    def server_started(self) -> None:
        """For integrations: the server listens. Declares ready where that is the server's to say."""
        if self.ready_by == "server":
            self.declare_ready()

    def _note_readiness(self) -> None:
        state = self._readiness.state
        self.record.info("readiness", state=state.value, reasons=self._readiness.reasons())

    # -- what holds the exit -------------------------------------------------------------------

    def work(self, name: str) -> Hold:
        """`with lifecycle.work("report"):` work that is awaited, up to the limit. Also `async with`."""
        return self._work.add(name)

    def block(self, name: str) -> Hold:
        """A named blocker: holds the exit until released, up to the limit, and is logged when it does."""
        return self._blockers.add(name)

    def when_released(self, waiter: Callable[[], None]) -> None:
        """Call `waiter` when neither work nor blockers hold the exit, or when it is time to leave."""
        self.on_leave(waiter)
        self._work.when_over(lambda: self._blockers.when_over(waiter))

    def note_held(self) -> None:
        """Log what holds the exit, if anything does."""
        work, blockers = self._work.names(), self._blockers.names()
        if work or blockers:
            self.record.warning("exit.held", blockers=blockers, work=work, left_s=self.left_s())

    def when_served(self, waiter: Callable[[], None]) -> None:
        """Call `waiter` when no request is in flight, or when it is time to leave."""
        self.on_leave(waiter)
        self.requests.when_over(waiter)

    def wait_served(self) -> bool:
        """Block until no request is in flight; False if the limit came first."""
        _wait(self.when_served)
        return not self.requests.in_flight

    def wait_released(self) -> bool:
        """Block until neither work nor blockers hold the exit; False if the limit came first."""
        self.note_held()
        _wait(self.when_released)
        return not self._work.names() and not self._blockers.names()

    # -- callbacks -----------------------------------------------------------------------------

    def on_drain(self, callback: Callback) -> Callback:
        """Call when SIGTERM came. A coroutine function runs on the loop that registers it."""
        return self._on(Moment.DRAIN, callback)

    def on_close(self, callback: Callback) -> Callback:
        """Call when the window is over: accept nobody new, close idle connections, finish."""
        return self._on(Moment.CLOSE, callback)

    def on_leave(self, callback: Callback) -> Callback:
        """Call at a second signal or when the limit is reached: go at once."""
        return self._on(Moment.LEAVE, callback)

    def on_stop(self, callback: Callback) -> Callback:
        """Call when the server has ended."""
        return self._on(Moment.STOP, callback)

    def add_hook(self, hook: Hook) -> None:
        """`hook(event)` for every event that is also logged."""
        self.record.add_hook(hook)

    def _on(self, moment: Moment, callback: Callback) -> Callback:
        self._callbacks[moment].append(_guarded(callback, moment, self.record))
        if moment in self._reached:
            self._pace.wake()
        return callback

    # -- the end -------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the clock (one daemon thread) and the probe port. Again is nothing."""
        if self._is_started:
            return
        self._is_started = True
        for note in self.budget.notes:
            self.record.warning("budget.note", note=note)
        self._pace.start(self._step)

    def install(self, then: Callable[[], None] | None = None) -> None:
        """Take SIGTERM and SIGINT, in the main thread. Again is nothing.

        `then` ends the server when the window is over; without it, the handler that was there does,
        after requests and work that this lifecycle knows of.
        """
        if self._interposer.is_installed:
            return
        self.start()
        if not self._interposer.install():
            self.record.info("signals.left", why="not in the main thread; call begin() yourself")
            return
        self._has_server = then is not None
        self.on_close(then or self._finish_and_hand_over)

    def uninstall(self) -> None:
        """Give the signals back, in the main thread."""
        self._interposer.restore()

    @property
    def interposer(self) -> Interposer:
        """Who holds the signals, and what was there before."""
        return self._interposer

    def begin(self, reason: str = "SIGTERM") -> None:
        """Start to drain. Any thread may call, a signal handler too; again is nothing.

        Whoever calls from a handler of his own calls `start` before.
        """
        self._mark(Moment.DRAIN, reason)
        if not self._is_started:
            self.start()

    def leave(self, reason: str = "told to leave", *, exit_code: int | None = None) -> None:
        """Go at once, whatever is in flight. Any thread may call, a signal handler too."""
        if exit_code is not None:
            self._exit_code = exit_code
        self._mark(Moment.LEAVE, reason)

    def finished(self) -> None:
        """For integrations: the server has ended."""
        self._mark(Moment.STOP, "server ended")
        self.uninstall()

    def _second_signal(self, signum: int) -> None:
        self.leave(f"signal {signum} again", exit_code=EXIT_CODE_OF_SIGNAL + signum)
        if not self._has_server:
            self._mark(Moment.QUIT, "nobody else to leave")

    def _mark(self, moment: Moment, reason: str) -> None:
        self._why.setdefault(moment, reason)
        self._reached.setdefault(moment, self._pace.now())
        self._pace.wake()

    def _finish_and_hand_over(self) -> None:
        self.wait_served()
        self.wait_released()
        self._interposer.hand_over()

    # -- the clock's own thread ----------------------------------------------------------------

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
        return View(self._reached.copy(), self.budget, self._interposer.is_installed)

    def _tell(self, moment: Moment) -> None:
        if moment not in self._told:
            self._told[moment] = 0
            self._note(moment)
        told = self._told[moment]
        news = self._callbacks[moment][told:]
        self._told[moment] = told + len(news)
        self._pace.run(news)  # type: ignore[arg-type]
        if moment is Moment.QUIT:
            self._leave_process(self._exit_code)

    def _note(self, moment: Moment) -> None:
        view = self.snapshot()
        fields: dict[str, Any] = {"reason": self._why.get(moment, ""), "in_flight": view.in_flight}
        if moment in (Moment.LEAVE, Moment.QUIT):
            self.record.warning(moment.value, **fields, work=view.work, blockers=view.blockers)
            return
        if moment is Moment.DRAIN:
            fields.update(window_s=self.budget.window_s, limit_s=self.budget.limit_s)
        self.record.info(moment.value, **fields, served=view.served)

    def _after_fork(self) -> None:
        self._work, self._blockers, self.requests = Holds(), Holds(), Tally()
        self._pace.after_fork()


def _wait(register: Callable[[Callable[[], None]], None]) -> None:
    happened = threading.Event()
    register(happened.set)
    happened.wait()


def _one_of(name: str, value: str, *words: str) -> str:
    if value not in words:
        raise ValueError(f"{name} {value!r} is none of {', '.join(words)}")
    return value


def _guarded(callback: Callback, moment: Moment, record: Recorder) -> Callable[[], None]:
    """`callback` as one that never raises; a coroutine function is sent to the loop it was made on."""
    loop = _running_loop()

    def call() -> None:
        try:
            result = callback()
            if result is not None and hasattr(result, "__await__"):
                _send(result, loop)
        except BaseException as error:  # noqa: BLE001 - nothing may stop the shutdown
            record.error("callback.failed", error, moment=moment.value, callback=repr(callback))

    return call


def _running_loop() -> Any:
    import sys

    asyncio = sys.modules.get("asyncio")
    return asyncio._get_running_loop() if asyncio else None


def _send(result: Any, loop: Any) -> None:
    import asyncio  # costly, and loaded already wherever a coroutine comes from

    if loop is None or loop.is_closed():
        asyncio.run(result)
    else:
        asyncio.run_coroutine_threadsafe(result, loop).result()


_instances: weakref.WeakSet[Lifecycle] = weakref.WeakSet()
_default: list[Lifecycle] = []


def lifecycle(**settings: Any) -> Lifecycle:
    """The process-wide lifecycle, made at the first call, with `settings` as `Lifecycle` takes them.

    Raises RuntimeError for settings that come after it was made.
    """
    if not _default:
        _default.append(Lifecycle(**settings))
    elif settings:
        raise RuntimeError(
            "the process-wide lifecycle exists already: give its settings at the first call"
        )
    return _default[0]


def _rearm_after_fork() -> None:
    for instance in list(_instances):
        instance._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_rearm_after_fork)
