"""The life of one server process: ready, draining, closing, stopped.

Does: put together the state, the readiness, what is in flight, what holds the exit, the signals and
the clock, and be the one thing that an application talks to.
Does not: touch a server: the integrations do, through `on_close` and `on_leave`.
Holds: `begin` and `leave` take no lock and may be called by a signal handler on top of anything.
Nothing here raises into the application at shutdown. Where signals were taken, a process whose
server does not end outlives window + limit by no more than half of the margin.
Differs from place to place: without `fork` (Windows) there is nothing to re-arm; outside the main
thread signals cannot be taken, which is logged, and `begin` still works.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable

from seatrial_app.budget import is_kubernetes, plan_budget
from seatrial_app.ending import Ending
from seatrial_app.holds import Hold, Holds, Tally
from seatrial_app.moments import Callback, Moments
from seatrial_app.pace import Pace, ThreadPace
from seatrial_app.readiness import APPLICATION, Readiness
from seatrial_app.record import FORMAT_VARIABLE, Hook, Recorder
from seatrial_app.signals import Handler, Interposer
from seatrial_app.snapshot import Snapshot
from seatrial_app.state import TABLE, State, furthest
from seatrial_app.timeline import Moment
from seatrial_app.waiting import called

if TYPE_CHECKING:
    from logging import Logger

    from seatrial_app.probe import ProbePort

PROBE_PORT_VARIABLE = "SEATRIAL_PROBE_PORT"

_STAGES = {
    Moment.DRAIN: State.DRAINING,
    Moment.CLOSE: State.CLOSING,
    Moment.STOP: State.STOPPED,
}


class Lifecycle:
    """One server process. Times are in seconds.

    `drain_window_s`, `grace_period_s`: None reads SEATRIAL_DRAIN_WINDOW and SEATRIAL_GRACE_PERIOD,
    else 5 and 30. `in_kubernetes`: None asks for KUBERNETES_SERVICE_HOST; outside, the window is 0.
    `fail_readiness`: "late" when the listener is about to close, "early" at SIGTERM.
    `ready_by`: "server": its integration declares ready when it serves; "application": you do.
    `probe_port`: serve /livez and /readyz there too, on a thread of its own, from `start` on; None
    reads SEATRIAL_PROBE_PORT. Raises ValueError for a wrong argument; a wrong environment is logged
    and the default taken.
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
        self._fails_early = _one_of("fail_readiness", fail_readiness, "late", "early") == "early"
        self._ready_by = _one_of("ready_by", ready_by, "server", "application")
        wants_json = environ.get(FORMAT_VARIABLE) == "json" if json_log is None else json_log
        self.record = Recorder(json_lines=wants_json, logger=log)
        self.requests = Tally()
        self.works = Holds("work")
        self.blockers = Holds("blockers")
        self._readiness = Readiness()
        self._probe_port = _probe_port(environ, probe_port, self.record)
        self._probes: ProbePort | None = None
        self._threads: list[Callable[[], None]] = []
        self._ending = Ending(self)
        self._moments = Moments(
            self.budget,
            pace or ThreadPace(),
            self.record,
            may_quit=self._ending.may_quit,
            quit_process=lambda: leave_process(self.exit_code),
            describe=self._describe,
        )
        _instances.add(self)

    # -- state ---------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """Where this process is in its life."""
        reached = (state for moment, state in _STAGES.items() if moment in self._moments)
        return furthest(self._readiness.state, reached)

    @property
    def is_ready(self) -> bool:
        """What a readiness probe should hear."""
        traits = TABLE[self.state]
        if self._fails_early:
            return traits.ready_early
        return traits.ready_late and not self._readiness.reasons()

    @property
    def is_live(self) -> bool:
        """What a liveness probe should hear: draining is no reason to be killed."""
        return TABLE[self.state].live

    @property
    def is_draining(self) -> bool:
        """From SIGTERM on: answer with `Connection: close`."""
        return Moment.DRAIN in self._moments

    @property
    def is_closing(self) -> bool:
        """The window is over: nobody new is accepted."""
        return Moment.CLOSE in self._moments or Moment.STOP in self._moments

    @property
    def is_forced(self) -> bool:
        """Someone wants to be gone at once: a second signal, or `leave`."""
        return self._ending.is_forced

    @property
    def exit_code(self) -> int:
        """What the process ends with if it must be ended: 0 if all was done, else 128 + signal."""
        return self._ending.exit_code

    @property
    def signals(self) -> Interposer:
        """Who holds the signals, and what was there before."""
        return self._ending.signals

    def left_s(self) -> float | None:
        """Seconds until everything must have been left; None before SIGTERM."""
        return self._moments.left_s()

    def snapshot(self) -> Snapshot:
        """All of it as one value."""
        return Snapshot(
            state=self.state,
            is_ready=self.is_ready,
            reasons=self._readiness.reasons(),
            in_flight=self.requests.in_flight,
            served=self.requests.served,
            work=self.works.names(),
            blockers=self.blockers.names(),
            since_drain_s=self._moments.since_s(Moment.DRAIN),
            left_s=self.left_s(),
        )

    # -- readiness -----------------------------------------------------------------------------

    def declare_ready(self) -> None:
        """The application can serve. Ready is then what its dependencies say."""
        self.object_to_ready(APPLICATION, None)

    def declare_unready(self, reason: str) -> None:
        """The application cannot serve for now, and says why."""
        self.object_to_ready(APPLICATION, reason)

    def server_started(self) -> None:
        """For integrations: the server listens. Ready, where that is the server's to say."""
        if self._ready_by == "server":
            self.declare_ready()

    def object_to_ready(self, name: str, reason: str | None) -> None:
        """`name`, a dependency say, objects to being ready; with None it no longer does."""
        if self._readiness.object(name, reason):
            state, reasons = self._readiness.state, self._readiness.reasons()
            self.record.info("readiness", state=state.value, reasons=reasons)

    def depends_on(
        self,
        name: str,
        check: Callable[[], Any],
        *,
        every_s: float = 5.0,
        timeout_s: float = 2.0,
        tolerated: int = 0,
    ) -> None:
        """Ready only while `check` passes: it neither raises nor returns False; it may be async.

        Checked in the background, every `every_s` seconds, sooner after a failure; `tolerated`
        failures in a row are borne. Liveness does not hear of it.
        """
        from seatrial_app.dependencies import Dependency

        settings: dict[str, Any] = {"every_s": every_s, "timeout_s": timeout_s}
        dependency = Dependency(self, name, check, tolerated=tolerated, **settings)
        self._threads.append(dependency.start)
        dependency.start()

    # -- what holds the exit -------------------------------------------------------------------

    def work(self, name: str) -> Hold:
        """`with lifecycle.work("report"):` awaited, up to the limit, before the application is shut
        down. Also `async with`. For background work, WebSockets, long streams."""
        return self.works.add(name)

    def block(self, name: str) -> Hold:
        """A named blocker: holds the exit itself, after the application was shut down, until it is
        released or the limit is reached."""
        return self.blockers.add(name)

    # -- callbacks -----------------------------------------------------------------------------

    def on_drain(self, callback: Callback) -> Callback:
        """Call when SIGTERM came. A coroutine function runs on the loop that registers it."""
        self._moments.on(Moment.DRAIN, callback)
        return callback

    def on_close(self, callback: Callback) -> Callback:
        """Call when the window is over: accept nobody new, close idle connections, finish."""
        self._moments.on(Moment.CLOSE, callback)
        return callback

    def on_leave(self, callback: Callback) -> Callback:
        """Call at a second signal or when the limit is reached: go at once."""
        self._moments.on(Moment.LEAVE, callback)
        return callback

    def forget(self, callback: Callback) -> None:
        """Take back an `on_drain`, `on_close` or `on_leave`: for what ends before the server."""
        self._moments.forget(callback)

    async def until_draining(self) -> None:
        """Return when SIGTERM came: for streams that want to end politely."""
        await called(self.on_drain, self.forget)

    def add_hook(self, hook: Hook) -> None:
        """`hook(event)` for every event that is also logged."""
        self.record.add_hook(hook)

    # -- the end -------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the clock (one daemon thread) and the probe port. Again is nothing."""
        if not self._moments.start():
            return
        for note in self.budget.notes:
            self.record.warning("budget", note=note)
        if self._probe_port is not None:
            self._open_probes(self._probe_port)

    def install(self, then: Callable[[], None] | None = None) -> None:
        """Take SIGTERM and SIGINT, in the main thread, from whoever has them now. Again is fine.

        `then` ends the server when the window is over. Without it the handler that was there does,
        after the requests, work and blockers that this lifecycle knows of.
        """
        self.start()
        self._ending.install(then)

    def interpose(
        self,
        then: Callable[[], None] | None = None,
        *,
        kept: Mapping[int, Handler] | None = None,
    ) -> None:
        """For middlewares, which know neither their server nor its parent: as `install`, but end
        the server only if it was here that its signal came. Where a parent holds the signal and
        told us otherwise, the parent ends it. `kept`: handlers that were found elsewhere.
        """
        self.start()
        self._ending.interpose(then, kept=kept)

    def begin(self, reason: str = "SIGTERM") -> None:
        """Start to drain. Any thread may call, a signal handler too; again is nothing.

        Whoever calls from a signal handler of his own has called `start` before.
        """
        self._moments.mark(Moment.DRAIN, reason)
        self.start()

    def leave(self, reason: str = "told to", *, exit_code: int = 0) -> None:
        """Go at once, whatever is in flight. Any thread may call, a signal handler too."""
        self._ending.force(exit_code)
        self._moments.mark(Moment.LEAVE, reason)

    def quit(self, reason: str) -> None:
        """End the process, now, from the clock's thread; as `begin`, from anywhere."""
        self._moments.mark(Moment.QUIT, reason)

    def finished(self) -> None:
        """For integrations: the server has ended, and everything that held the exit."""
        if self._moments.mark(Moment.STOP, "server ended"):
            self.record.info("stop", **self._describe(Moment.STOP))  # here: the process may end now
        if not self.in_kubernetes:
            self.signals.restore()

    def exit_if_forced(self) -> None:
        """For integrations, at their very end: SystemExit with the code of a second signal."""
        if self.is_forced:
            raise SystemExit(self.exit_code)

    def close_probes(self) -> None:
        """Stop serving the probe port before the process ends."""
        if self._probes is not None:
            self._probes.close()

    def _open_probes(self, port: int) -> None:
        from seatrial_app.probe import ProbePort

        self._probes = ProbePort(self, port)
        self._probes.start()
        self.record.info("probes", port=self._probes.port)

    def _describe(self, moment: Moment) -> dict[str, Any]:
        fields: dict[str, Any] = {"in_flight": self.requests.in_flight}
        if moment is Moment.DRAIN:
            fields["window_s"] = round(self.budget.window_s, 3)
            fields["limit_s"] = round(self.budget.limit_s, 3)
        for held in (self.works, self.blockers):
            if not held.is_over():
                fields.update(held.describe())
        return {**fields, "served": self.requests.served}

    def _after_fork(self) -> None:
        self.requests, self.works = Tally(), Holds("work")
        self.blockers = Holds("blockers")
        self._moments.after_fork()
        if self._probes is not None:
            self._probes.drop()
        for start in self._threads:
            start()


def _one_of(name: str, value: str, *words: str) -> str:
    if value not in words:
        raise ValueError(f"{name} {value!r} is none of {', '.join(words)}")
    return value


def _probe_port(environ: Mapping[str, str], given: int | None, record: Recorder) -> int | None:
    text = environ.get(PROBE_PORT_VARIABLE, "")
    if given is not None or not text:
        return given
    if text.isdigit():
        return int(text)
    record.warning("probes", note=f"{PROBE_PORT_VARIABLE}={text!r} is not a port: none is served")
    return None


_instances: weakref.WeakSet[Lifecycle] = weakref.WeakSet()
_default: list[Lifecycle] = []


def lifecycle(**settings: Any) -> Lifecycle:
    """The process-wide lifecycle, made at the first call; `settings` are those of `Lifecycle`.

    Raises RuntimeError for settings that come after it was made.
    """
    if not _default:
        _default.append(Lifecycle(**settings))
    elif settings:
        raise RuntimeError("the process-wide lifecycle exists: give its settings at the first call")
    return _default[0]


def lifecycle_to_run() -> Lifecycle:
    """For integrations that start a server: the process-wide lifecycle, or a new one in its place
    if the server that it was made for has ended."""
    if _default and _default[0].state is State.STOPPED:
        _default.clear()
    return lifecycle()


def _rearm_after_fork() -> None:
    for instance in list(_instances):
        instance._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_rearm_after_fork)
