"""hypercorn: `seatrial_app.servers.hypercorn.run("m:app", config)`, a `hypercorn.Config` or none.

Does: give hypercorn a `shutdown_trigger` that fires when the window is over and the backlog is
empty, and what is left of the grace period as its `graceful_timeout` (its own is 3 s, and cuts what
takes longer). With `config.workers` > 1 the workers are forked by fleet.py: hypercorn's own parent
passes SIGTERM on by itself and cannot be asked to wait.
Does not: reload on changes (hypercorn's own command does), or speak for the trio worker.
Holds: connections are let go by the middleware of `seatrial_app.asgi`; a WSGI application is served
through hypercorn's own WSGI middleware.
Touches of hypercorn (read: 0.18.0; tried: 0.17.3), all public: `asyncio.serve(shutdown_trigger=)`,
`Config.create_sockets` (replaced on the instance, so that the listeners are known here),
`graceful_timeout`, `shutdown_timeout`, `workers`, `utils.load_application`,
`middleware.AsyncioWSGIMiddleware`.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from seatrial_app import listener
from seatrial_app.lifecycle import Lifecycle, lifecycle
from seatrial_app.listening import FIRST_REQUEST_S
from seatrial_app.servers.fleet import run_fleet
from seatrial_app.servers.in_worker import WorkerMiddleware, is_asgi
from seatrial_app.waiting import soon, until


def run(app: Any, config: Any = None, *, life: Lifecycle | None = None) -> None:
    """Serve `app` (an application, or `"module:name"`) until told to stop; call in the main thread.

    Without `life` each worker has its process-wide lifecycle. Ends the process with a code that is
    not 0 if a worker failed.
    """
    from hypercorn import Config

    config = config or Config()
    sockets = config.create_sockets()
    config.create_sockets = lambda: sockets
    code = run_fleet(
        config.workers,
        lambda: _serve_in_process(_loaded(app, config), config, life or lifecycle()),
        parent_died=lambda: (life or lifecycle()).begin("parent died"),
    )
    if code:
        sys.exit(code)


def _serve_in_process(app: Any, config: Any, life: Lifecycle) -> int:
    config.workers = 1
    loop = _new_loop(config)
    try:
        asyncio.set_event_loop(loop)
        stop = asyncio.Event()
        life.install(then=lambda: soon(loop, stop.set))
        loop.run_until_complete(_serve(app, config, life, stop))
    finally:
        asyncio.set_event_loop(None)
        loop.close()
        life.finished()
    return life.exit_code if life.is_forced else 0


def _new_loop(config: Any) -> asyncio.AbstractEventLoop:
    if config.worker_class == "uvloop":
        import uvloop

        return uvloop.new_event_loop()  # type: ignore[no-any-return,unused-ignore]
    return asyncio.new_event_loop()


async def _serve(app: Any, config: Any, life: Lifecycle, stop: asyncio.Event) -> None:
    from hypercorn.asyncio import serve

    async def window_over() -> None:
        life.server_started()  # asked for once it listens
        await stop.wait()
        await _stop_accepting(config, life)
        await until(life, life.works)
        polite.close_websockets()
        _share_out(config, life)

    polite: Any = WorkerMiddleware(app, life)
    serving = asyncio.ensure_future(
        serve(polite, config, shutdown_trigger=window_over, mode="asgi")
    )
    loop = asyncio.get_running_loop()
    life.on_leave(lambda: soon(loop, serving.cancel))
    try:
        await serving
        await until(life, life.blockers)
    except asyncio.CancelledError:
        if life.left_s() != 0.0:  # someone else has cancelled us
            raise


def _loaded(app: Any, config: Any) -> Any:
    """The ASGI application; imported before the lifecycle, to which it may give settings."""
    from hypercorn.middleware import AsyncioWSGIMiddleware
    from hypercorn.utils import load_application

    if isinstance(app, str):
        wrapper: Any = load_application(app, config.wsgi_max_body_size)
        app = wrapper.app
    return app if is_asgi(app) else AsyncioWSGIMiddleware(app, config.wsgi_max_body_size)


async def _stop_accepting(config: Any, life: Lifecycle) -> None:
    sockets = config.create_sockets()
    for listening in () if _is_given(config) else sockets.secure_sockets + sockets.insecure_sockets:
        await listener.stop_accepting_async(listening)
    if life.in_kubernetes:
        await asyncio.sleep(min(FIRST_REQUEST_S, life.left_s() or 0.0))


def _is_given(config: Any) -> bool:
    """Descriptors were handed over: who did so may go on with them, and a filter would stay."""
    return any(bind.startswith("fd://") for bind in (*config.bind, *config.insecure_bind))


def _share_out(config: Any, life: Lifecycle) -> None:
    """What is left is for what is in flight, and then for the application's own shutdown."""
    left_s = life.left_s() or 0.0
    config.graceful_timeout = left_s
    config.shutdown_timeout = min(config.shutdown_timeout, max(left_s, 0.1))
