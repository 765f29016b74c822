"""`seatrial-app run -- COMMAND`: the story of a supervised server, from start to exit code.

Does: own the public address, start the server on a private one, serve; on SIGTERM serve on for the
window, stop accepting with the backlog emptied, let the idle go, wait for what is in flight, stop
the server, and leave. The drain window and the limits come from `budget.py`.
Does not: restart a server that ended: its exit code is ours, and Kubernetes decides.
Holds: nobody is refused before the window is over; nothing is reset; no process of ours is left;
everything ends inside the grace period; a second signal leaves at once.

Windows has no process groups and no SIGTERM to catch: there `run` refuses.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seatrial_app.budget import GRACE_VARIABLE, WINDOW_VARIABLE, Budget, plan_budget
from seatrial_app.command import bounds
from seatrial_app.command.arguments import Arguments, parse_arguments
from seatrial_app.command.child import Child
from seatrial_app.command.endpoint import Endpoint
from seatrial_app.command.front import Front
from seatrial_app.command.moving import Asked, NotFound, Plan, plan_move
from seatrial_app.command.way import Way
from seatrial_app.record import FORMAT_VARIABLE, Recorder

EXIT_USAGE = 2
EXIT_NOT_STARTED = 127
"""As a shell says it: the command could not be started."""

STOPPING = (signal.SIGTERM, signal.SIGINT)
PASSED_ON = ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGQUIT", "SIGTTIN", "SIGTTOU", "SIGWINCH")
"""What servers understand (reload, more workers, new log files) and we do not."""


@dataclass(frozen=True)
class Timetable:
    """Seconds of each stretch after SIGTERM."""

    window_s: float
    finish_s: float
    child_s: float

    def total_s(self, window_s: float) -> float:
        """From the signal to SIGKILL, where the window is this one."""
        return window_s + self.finish_s + self.child_s


def plan_timetable(budget: Budget) -> Timetable:
    """Of the time to finish, the last part is the child's own."""
    child_s = min(budget.limit_s * bounds.CHILD_STOP_SHARE, bounds.CHILD_STOP_MAX_S)
    return Timetable(budget.window_s, budget.limit_s - child_s, child_s)


def exit_code(code: int, *, told: signal.Signals | None, asked: signal.Signals | None) -> int:
    """Our exit code for the child's (negative: a signal ended it).

    `told` is what we stopped it with: dying of that is clean. `asked` is what stopped us: after
    Ctrl-C the shell expects 130.
    """
    shown = 128 - code if code < 0 else code
    if told is None or shown not in (0, 128 + told):
        return shown
    return 128 + signal.SIGINT if asked is signal.SIGINT else 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run to the end; returns the exit code."""
    arguments = parse_arguments(sys.argv[2:] if argv is None else argv)
    if sys.platform == "win32":
        return _refuse("run needs process groups and SIGTERM, which Windows has not")
    _log_to_stderr()
    try:
        plan = plan_move(_asked(arguments, os.environ))
    except (NotFound, ValueError) as error:
        return _refuse(str(error))
    budget = plan_budget(
        os.environ,
        drain_window_s=arguments.drain_window_s,
        grace_period_s=arguments.grace_period_s,
    )
    return asyncio.run(Voyage(arguments, plan, budget).run())


class Voyage:
    """One run: the front, the child, and the order in which they end."""

    def __init__(self, arguments: Arguments, plan: Plan, budget: Budget) -> None:
        self._arguments = arguments
        self._plan = plan
        self._timetable = plan_timetable(budget)
        self._ends_s = 0.0  # when the child is killed, once a signal came
        self._record = Recorder(json_lines=_wants_json())
        for note in budget.notes:
            self._record.warning("run.note", note=note)

    async def run(self) -> int:
        signals = Signals()
        front = Front(Way(self._plan.target), opaque_only=self._arguments.tcp)
        public = self._plan.public
        try:
            bound = await front.listen(public.host, public.port)
        except OSError as error:
            return _refuse(f"cannot listen on {public}: {error}")
        _say(self._plan.note if public.port else f"port {bound[0][1]}; {self._plan.note}")
        try:
            child = Child(self._plan.command, self._environ_of_child())
        except OSError as error:
            await front.leave(0)
            _refuse(f"cannot start {self._plan.command[0]!r}: {error}")
            return EXIT_NOT_STARTED
        signals.pass_on_to(child)
        _allow_many_connections()
        try:
            return await self._serve(front, child, signals)
        finally:
            child.clear_away()

    def _environ_of_child(self) -> dict[str, str]:
        """Ours, and: a server that has this library too must not spend the window once more."""
        spent = {WINDOW_VARIABLE: "0", GRACE_VARIABLE: f"{self._timetable.child_s:g}"}
        return {**os.environ, **spent, **self._plan.environ}

    async def _serve(self, front: Front, child: Child, signals: Signals) -> int:
        await _first(None, child.ended, signals.stop)
        if child.ended.done():
            return await self._child_ended_by_itself(front, child)
        stop = signals.stop.result()
        window_s = 0.0 if stop is signal.SIGINT else self._timetable.window_s
        self._ends_s = asyncio.get_running_loop().time() + self._timetable.total_s(window_s)
        front.is_draining = True
        front.is_in_haste = window_s == 0
        self._record.info("run.draining", reason=stop.name, window_s=window_s)
        await _first(window_s, child.ended, signals.leave)
        await self._finish(front, child, signals)
        if child.ended.done():
            return await self._child_ended_by_itself(front, child)
        return await self._stop_child(front, child, signals)

    async def _finish(self, front: Front, child: Child, signals: Signals) -> None:
        """Turn newcomers away, then wait for the requests under way."""
        if child.ended.done() or signals.leave.done():
            return
        finishing = asyncio.ensure_future(self._refuse_last(front))
        await _first(self._timetable.finish_s, finishing, child.ended, signals.leave)
        if not finishing.done():
            self._record.warning("run.unfinished", in_flight=front.in_flight())
        finishing.cancel()
        await asyncio.gather(finishing, return_exceptions=True)

    async def _refuse_last(self, front: Front) -> None:
        open_count = await front.stop_accepting()
        self._record.info("run.closing", connections=open_count, in_flight=front.in_flight())
        front.close_idle()
        await front.wait_requests()

    async def _stop_child(self, front: Front, child: Child, signals: Signals) -> int:
        told = self._arguments.stop_signal
        front.way.close()  # nobody waits for a server that is about to end
        if not signals.leave.done():
            self._record.info("run.stopping", signal=told.name, tunnels=front.open_count())
            child.tell(told)
            left_s = self._ends_s - asyncio.get_running_loop().time()
            await _first(max(left_s, self._timetable.child_s), child.ended, signals.leave)
        if not child.ended.done():
            self._record.warning("run.killed", reason="second signal or limit")
            child.tell(signal.SIGKILL)
            await child.ended
        await front.leave(bounds.QUIET_S)
        code = child.ended.result()
        if signals.leave.done():
            left = 128 + signals.leave.result()
        else:
            left = exit_code(code, told=told, asked=signals.stop.result())
        self._record.info("run.left", child=code, exit_code=left, requests=front.requests)
        return left

    async def _child_ended_by_itself(self, front: Front, child: Child) -> int:
        code = child.ended.result()
        left = exit_code(code, told=None, asked=None)
        self._record.warning("run.child_ended", child=code, exit_code=left)
        front.way.close()
        with contextlib.suppress(asyncio.CancelledError):
            await front.stop_accepting()
        front.close_idle()
        await front.leave(bounds.QUIET_S)
        return left


class Signals:
    """What the outside tells us: `stop` with the first stopping signal, `leave` with the second."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.stop: asyncio.Future[signal.Signals] = self._loop.create_future()
        self.leave: asyncio.Future[signal.Signals] = self._loop.create_future()
        for number in STOPPING:
            self._loop.add_signal_handler(number, self._take, number)

    def pass_on_to(self, child: Child) -> None:
        for name in PASSED_ON:
            number = getattr(signal, name, None)
            if number is not None:
                self._loop.add_signal_handler(number, child.tell, number)

    def _take(self, number: signal.Signals) -> None:
        if not self.stop.done():
            self.stop.set_result(number)
        elif not self.leave.done():
            self.leave.set_result(number)


async def _first(limit_s: float | None, *futures: asyncio.Future[Any]) -> None:
    """Until one of them is done, or the time is over."""
    await asyncio.wait(futures, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)


def _asked(arguments: Arguments, environ: Mapping[str, str]) -> Asked:
    return Asked(
        command=arguments.command,
        environ=environ,
        private=_free_endpoint(),
        listen=arguments.listen,
        to=arguments.to,
        has_file=lambda name: Path(name).exists(),
    )


def _free_endpoint() -> Endpoint:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return Endpoint("127.0.0.1", free.getsockname()[1])


def _allow_many_connections() -> None:
    """Each connection takes two descriptors; the child keeps the limit it was given."""
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _log_to_stderr() -> None:
    words = "%(message)s" if _wants_json() else "seatrial-app: %(message)s"
    logging.basicConfig(level=logging.INFO, format=words, stream=sys.stderr)


def _wants_json() -> bool:
    return os.environ.get(FORMAT_VARIABLE) == "json"


def _refuse(why: str) -> int:
    _say(why)
    return EXIT_USAGE


def _say(words: str) -> None:
    sys.stderr.write(f"seatrial-app run: {words}\n")
    sys.stderr.flush()
