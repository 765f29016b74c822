"""gunicorn: `gunicorn m:app -c python:seatrial_app.servers.gunicorn`, any worker class.

A configuration file of your own stays what it is, with one line more: `from
seatrial_app.servers.gunicorn import *`. If it has one of the hooks `on_starting`, `when_ready`,
`post_worker_init` or `worker_exit` itself, call ours in yours.

Does: have the arbiter hold its SIGTERM for the window while the workers serve on and let their
connections go; then turn new connections away, have the workers empty the backlog, and only then
let gunicorn stop as it always does, within what is left of the grace period.
Does not: replace the arbiter or a worker class; touch SIGINT and SIGQUIT, which stop at once as
always; know settings given in the application's code: window and grace period are the arbiter's,
and come from its environment.
Holds: a second SIGTERM stops at once; without Kubernetes nothing is delayed; a worker that dies
while draining is replaced, and its successor drains too.
Touches of gunicorn (read: 27.0.1; tried: 23.0.0): hooks and settings by their names;
`Arbiter.handle_term` is replaced on the instance (the arbiter looks its handlers up by name);
`Arbiter.signal`, `LISTENERS`, `num_workers`, `systemd`, `reexec_pid`, `master_pid`, `cfg.set`,
`stop`; `Worker.sockets`; `Response.force_close` (the owner of `start_response`); `Worker.wsgi`,
`Worker.asgi`, `asgi_lifespan`. With `reuse_port` each worker has listeners of its own that the
arbiter does not see, and empties them itself.
"""

from __future__ import annotations

import math
import os
import signal
from typing import Any

from seatrial_app.lifecycle import Lifecycle, lifecycle
from seatrial_app.servers.backlog import empty_backlog
from seatrial_app.servers.crew import Crew
from seatrial_app.servers.in_worker import (
    WorkerMiddleware,
    closing_wsgi,
    is_asgi,
    parent_lifecycle,
)
from seatrial_app.waiting import wait

__all__ = ["on_starting", "post_worker_init", "when_ready", "worker_exit"]

STOP_RESERVE_S = 1.0
"""What is kept from emptying the backlog for gunicorn's own stop."""

FORCED_STOP_S = 1
"""What workers get between SIGQUIT and SIGKILL when a second SIGTERM came."""

_crews: list[Crew] = []


def on_starting(server: Any) -> None:
    """gunicorn's hook, in the arbiter, before it listens."""
    _crews[:] = [Crew()]
    setting = server.cfg.settings["graceful_timeout"]
    if setting.value == setting.default:
        server.cfg.set("graceful_timeout", math.ceil(parent_lifecycle().budget.limit_s))


def when_ready(server: Any) -> None:
    """gunicorn's hook, in the arbiter, once it listens."""
    Arbiter(server, _crews[0]).hold_term()


def post_worker_init(worker: Any) -> None:
    """gunicorn's hook, in each worker, once its application is loaded."""
    life, crew = lifecycle(), _crews[0]
    life.start()
    crew.draining.when_lit(lambda: life.begin("arbiter got SIGTERM"))
    app: Any
    if hasattr(worker, "asgi"):
        app = worker.asgi = WorkerMiddleware(worker.asgi, life)
    elif is_asgi(worker.wsgi):
        app = worker.wsgi = WorkerMiddleware(worker.wsgi, life)
    else:
        app = worker.wsgi = closing_wsgi(worker.wsgi, life)
    if not _has_lifespan(worker):
        life.server_started()
    crew.closing.when_lit(lambda: _finish(worker, app, crew, life))


def _finish(worker: Any, app: Any, crew: Crew, life: Lifecycle) -> None:
    """On a thread of the worker, when the window is over."""
    try:
        if worker.cfg.reuse_port:
            empty_backlog(worker.sockets, (life.left_s() or 0.0) - STOP_RESERVE_S)
        wait(life, life.works)
        if isinstance(app, WorkerMiddleware):
            app.close_websockets()
    finally:
        crew.tell_done()


def _has_lifespan(worker: Any) -> bool:
    """Whether the application is going to be asked to start, and will declare itself then."""
    if hasattr(worker, "asgi"):
        return bool(worker.cfg.asgi_lifespan != "off")
    config = getattr(worker, "config", None)  # the uvicorn worker's
    return isinstance(worker.wsgi, WorkerMiddleware) and getattr(config, "lifespan", "") != "off"


def worker_exit(_server: Any, worker: Any) -> None:
    """gunicorn's hook, in each worker at its end: blockers hold it.

    The arbiter calls it too, for a worker that it finds gone.
    """
    life = lifecycle()
    if worker.pid == os.getpid() and life.is_draining:
        wait(life, life.blockers)
        life.finished()


class Arbiter:
    """A gunicorn arbiter whose SIGTERM waits until the window is over."""

    def __init__(self, server: Any, crew: Crew, life: Lifecycle | None = None) -> None:
        self._server = server
        self._crew = crew
        self._stop = server.handle_term
        self._life = life or parent_lifecycle()
        self._pid = os.getpid()
        self._may_stop = False

    def hold_term(self) -> None:
        self._life.on_close(self._close)
        self._life.start()
        self._server.handle_term = self._handle_term

    def _handle_term(self) -> None:
        """In the arbiter's main loop, for each SIGTERM and for the one that we send at the end."""
        if self._may_stop:
            self._limit_stop()
            self._stop()
        elif self._life.is_draining:
            self._server.cfg.set("graceful_timeout", FORCED_STOP_S)
            self._server.stop(False)
            self._stop()
        else:
            self._crew.draining.light()
            self._life.begin()

    def _close(self) -> None:
        """On the lifecycle's thread, when the window is over."""
        if os.getpid() != self._pid:
            return  # a worker forked while draining has inherited the callback
        self._crew.closing.light()
        empty_backlog(self._own_listeners(), self._left_s() - STOP_RESERVE_S)
        self._crew.wait_done(self._server.num_workers, self._left_s() - STOP_RESERVE_S)
        self._may_stop = True
        self._server.signal(signal.SIGTERM, None)

    def _own_listeners(self) -> list[Any]:
        """Those that nobody else will go on with.

        systemd, whoever handed descriptors over, and the other arbiter of a USR2 upgrade hold the
        same sockets: what waits there is not reset by our end, and a filter would outlive us.
        """
        server = self._server
        is_shared = server.systemd or server.reexec_pid or server.master_pid
        is_given = any(isinstance(address, int) for address in server.cfg.address)
        return [] if is_shared or is_given else server.LISTENERS

    def _limit_stop(self) -> None:
        asked_s = self._server.cfg.graceful_timeout
        self._server.cfg.set("graceful_timeout", min(asked_s, math.floor(self._left_s())))

    def _left_s(self) -> float:
        return self._life.left_s() or 0.0
