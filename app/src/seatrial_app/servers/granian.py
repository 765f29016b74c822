"""granian: `seatrial_app.servers.granian.run("m:app", interface="asgi", port=8000)`.

Takes what `granian.Granian` takes.

Does: have the main process hold its SIGTERM for the window while the workers serve on and let
their connections go; then have each worker turn new connections away and empty its backlog; then
let granian stop as it always does, within what is left of the grace period.
Does not: change how a worker serves: the listeners, the connections and HTTP are in Rust; know
settings given in the application's code: window and grace period are the main process', from
`life` or the environment.
Holds: a second signal kills the workers at once; registered work and blockers of a worker are
awaited before its SIGTERM, while requests in flight go on; a worker that dies or hangs meanwhile
holds up nobody beyond the limit.
Touches of granian (read: 2.8.7; tried: 2.5.7): subclass of `granian.Granian` with
`signal_handler_interrupt` (its handler) and `serve(target_loader=, wrap_loader=)`; attributes
`wrks`, `workers_kill_timeout`, `working_dir`, `factory`; private: `granian._internal.load_target`.
Each worker opens listeners of its own, below Python: listening.py finds them among the process'
descriptors.
"""

from __future__ import annotations

import functools
import math
import os
from typing import Any

from seatrial_app.lifecycle import Lifecycle, lifecycle
from seatrial_app.listening import listening_fds
from seatrial_app.servers.backlog import empty_backlog
from seatrial_app.servers.crew import Crew
from seatrial_app.servers.in_worker import (
    ClosingRsgi,
    WorkerMiddleware,
    closing_wsgi,
    parent_lifecycle,
)
from seatrial_app.waiting import wait

STOP_RESERVE_S = 1.0
"""What is kept from waiting for the workers for granian's own stop."""


def run(target: str, *, life: Lifecycle | None = None, **settings: Any) -> None:
    """Serve until told to stop; call in the main thread, under `if __name__ == "__main__"`.

    `settings` are those of `granian.Granian`. `life` is the main process' lifecycle; the workers
    have their process-wide ones.
    """
    server(target, life=life, **settings).serve()


def server(target: str, *, life: Lifecycle | None = None, **settings: Any) -> Any:
    """A `granian.Granian` whose SIGTERM waits until the window is over."""
    from granian import Granian

    class HoldingGranian(Granian):  # type: ignore[misc,unused-ignore,valid-type]
        """granian's server; `holder` decides when its handler has its signal."""

        def signal_handler_interrupt(self, *_signal_and_frame: Any, **_named: Any) -> None:
            holder.signalled()

        def stop_now(self) -> None:
            super().signal_handler_interrupt()

        def serve(self, *words: Any, **named: Any) -> None:
            life_of_main.start()
            interface = str(getattr(self.interface, "value", self.interface))
            loader = functools.partial(
                load, self.target, self.working_dir, self.factory, interface, crew
            )
            super().serve(*words, target_loader=loader, wrap_loader=False, **named)

    life_of_main = life or parent_lifecycle()
    crew = Crew()
    made = HoldingGranian(target, **settings)
    holder = Holder(made, crew, life_of_main)
    return made


class Holder:
    """The main process' side: from SIGTERM to the moment when granian may have it."""

    def __init__(self, server: Any, crew: Crew, life: Lifecycle) -> None:
        self._server = server
        self._crew = crew
        self._life = life
        self._pid = os.getpid()
        life.on_close(self._close)
        life.on_leave(self._leave)

    def signalled(self) -> None:
        """In granian's signal handler."""
        if self._life.is_draining:
            self._life.leave("second signal")
            return
        self._crew.draining.light()
        self._life.begin()

    def _close(self) -> None:
        if os.getpid() != self._pid:
            return  # a worker forked while draining has inherited the callback
        self._crew.closing.light()
        workers = [worker.inner for worker in self._server.wrks]
        ends = {one.sentinel: one.pid for one in workers if hasattr(one, "sentinel")}
        processes = len(ends) or 1  # without the GIL workers are threads, and load once
        self._crew.wait_done(processes, self._left_s() - STOP_RESERVE_S, ends=ends)
        own_s = self._server.workers_kill_timeout
        left_s = max(1, math.floor(self._left_s()))
        self._server.workers_kill_timeout = left_s if own_s is None else min(own_s, left_s)
        self._server.stop_now()

    def _leave(self) -> None:
        if os.getpid() != self._pid:
            return
        for worker in tuple(self._server.wrks):
            worker.kill()
        self._server.stop_now()

    def _left_s(self) -> float:
        return self._life.left_s() or 0.0


def load(target: str, folder: Any, factory: bool, interface: str, crew: Crew) -> Any:
    """In a worker: the application, made to let its connections go, and its backlog watched."""
    from granian._internal import load_target

    app: Any = load_target(target, wd=folder, factory=factory)
    life = lifecycle()
    crew.draining.when_lit(lambda: life.begin("main process got SIGTERM"))
    life.start()
    if interface != "asgi":  # the others are not asked to start, and have by now
        life.server_started()
    polite = _polite(app, interface, life)
    crew.closing.when_lit(lambda: _finish(polite, crew, life))
    return polite


def _polite(app: Any, interface: str, life: Lifecycle) -> Any:
    if interface == "wsgi":
        return closing_wsgi(app, life)
    if interface == "rsgi":
        return ClosingRsgi(app, life)
    return WorkerMiddleware(app, life)


def _finish(app: Any, crew: Crew, life: Lifecycle) -> None:
    try:
        empty_backlog(listening_fds(), (life.left_s() or 0.0) - STOP_RESERVE_S)
        wait(life, life.works)
        if isinstance(app, WorkerMiddleware):
            app.close_websockets()
        wait(life, life.blockers)
    finally:
        crew.tell_done()
