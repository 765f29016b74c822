"""aiohttp: `run_app(app)` instead of `web.run_app(app)`, or `setup(app)` and `web.run_app(app)`.

Does: keep aiohttp serving for the window with `Connection: close` on each answer; then empty the
backlog, wait for registered work, and stop it as its own signal handler would.
Does not: stop an `AppRunner` that you run by yourself, unless told how (`stop`).
Holds: handlers that still run when the limit is reached are cancelled; aiohttp's own limit (60 s,
more than most grace periods) never counts.

Touches of aiohttp (read: 3.14.5): `web.GracefulExit` raised on the loop, the signals of
`Application`, `middlewares`. `web.run_app` sets its signal handlers before it starts the
application, so the one who comes at start-up comes last.
"""

from __future__ import annotations

from typing import Any, Callable

from seatrial_app.hearing import LoopEar
from seatrial_app.lifecycle import Lifecycle, lifecycle_to_run
from seatrial_app.listening import empty_backlogs
from seatrial_app.signals import STOP_SIGNALS
from seatrial_app.waiting import guarded, soon, until


def run_app(app: Any, *, life: Lifecycle | None = None, **settings: Any) -> None:
    """`web.run_app` with the shutdown that Kubernetes asks for; takes its keyword arguments."""
    from aiohttp import web

    life = life or lifecycle_to_run()
    web.run_app(setup(app, life=life), **settings)
    life.exit_if_forced()


def setup(
    app: Any, *, life: Lifecycle | None = None, stop: Callable[[], None] | None = None
) -> Any:
    """Prepare `app`, a `web.Application`, before it is run; returns it.

    `stop` ends the server, on its loop, when the window is over; by default as `web.run_app` is
    ended.
    """
    polite = _Polite(life or lifecycle_to_run(), stop or _exit_gracefully)
    app.middlewares.insert(0, polite.middleware())
    app.on_response_prepare.append(polite.let_go)
    app.on_startup.append(polite.start)
    return app


class _Polite:
    """One application's part in the shutdown."""

    def __init__(self, life: Lifecycle, stop: Callable[[], None]) -> None:
        self._life = life
        self._stop = stop
        self._handlers: set[Any] = set()
        self._closing: Any = None
        self._ear: LoopEar | None = None

    async def start(self, app: Any) -> None:
        """At start-up: come before whoever has the signals."""
        import asyncio

        app.on_shutdown.append(self.finish)
        app.on_cleanup.append(self.end)
        loop = asyncio.get_running_loop()
        _free_signals(loop)
        self._life.install(then=lambda: soon(loop, lambda: self._close(loop)))
        self._ear = LoopEar(loop)
        self._life.server_started()

    def middleware(self) -> Any:
        """Counts requests and knows their tasks."""
        import asyncio

        from aiohttp import web

        @web.middleware
        async def count(request: Any, handler: Any) -> Any:
            task = asyncio.current_task()
            self._handlers.add(task)
            try:
                with self._life.requests:
                    return await handler(request)
            finally:
                self._handlers.discard(task)

        return count

    async def let_go(self, _request: Any, response: Any) -> None:
        """Each answer while draining is its connection's last."""
        if self._life.is_draining and response.status != SWITCHING_PROTOCOLS:
            response.force_close()
            response.headers["Connection"] = "close"

    async def finish(self, _app: Any) -> None:
        """aiohttp has closed what is idle; handlers have until the limit."""
        if self._ear is not None:
            self._ear.stop()
        if not self._life.is_draining:
            return
        if not await until(self._life, self._life.requests):
            for task in tuple(self._handlers):
                task.cancel()

    async def end(self, _app: Any) -> None:
        """The application is cleaned up: what holds the exit comes next, then the end."""
        if self._life.is_draining:
            await until(self._life, self._life.blockers)
        self._life.finished()

    def _close(self, loop: Any) -> None:
        self._closing = loop.create_task(self._close_politely(loop))

    async def _close_politely(self, loop: Any) -> None:
        await guarded(self._life, empty_backlogs())
        await until(self._life, self._life.works)
        loop.call_soon(self._stop)


SWITCHING_PROTOCOLS = 101


def _free_signals(loop: Any) -> None:
    """Take the loop's own signal handlers away; what they would have done, `stop` does later."""
    try:
        for signum in STOP_SIGNALS:
            loop.remove_signal_handler(signum)
    except (NotImplementedError, RuntimeError, ValueError):
        return  # Windows has none; threads other than the main one may not


def _exit_gracefully() -> None:
    from aiohttp import web

    raise web.GracefulExit
