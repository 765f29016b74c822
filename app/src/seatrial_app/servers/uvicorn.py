"""uvicorn: `run("m:app", port=8000)`, or `app = seatrial_app.asgi(app)` under uvicorn's own command line.

Does: keep uvicorn serving for the window, then let it stop accepting without resetting what waits,
and hand it the seconds that are left as its own time limit.
Does not: change how a request is served.
Touches of uvicorn (read: 0.54.0): `Server.should_exit`, `force_exit`, `servers`, `shutdown`,
`config.timeout_graceful_shutdown`, `Config.load`; all without underscore. The running server is
found as the owner of the SIGTERM handler that it installs.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from typing import Any

from seatrial_app.lifecycle import Lifecycle

STARTUP_FAILURE = 3  # uvicorn's exit code for a server that never started


def run(
    app: Any, *, life: Lifecycle | None = None, app_dir: str | None = None, **settings: Any
) -> None:
    """`uvicorn.run` with the shutdown that Kubernetes asks for; takes its keyword arguments.

    With `workers` or `reload` each child gets its own process-wide lifecycle, from the environment.
    """
    from seatrial_app.servers._uvicorn_config import PoliteConfig  # needs uvicorn

    if app_dir is not None:
        sys.path.insert(0, app_dir)
    config = PoliteConfig(app, **settings)
    config.life = life
    try:
        _run(config)
    except KeyboardInterrupt:
        pass
    finally:
        if config.uds and os.path.exists(config.uds):
            os.remove(config.uds)


def _run(config: Any) -> None:
    import uvicorn
    from uvicorn.supervisors import ChangeReload, Multiprocess

    server = uvicorn.Server(config)
    if config.should_reload:
        ChangeReload(config, target=server.run, sockets=[config.bind_socket()]).run()
    elif config.workers > 1:
        Multiprocess(config, sockets=[config.bind_socket()]).run()
    else:
        config.load_app()
        server.run()
        if not server.started:
            sys.exit(STARTUP_FAILURE)


def attach_running(life: Lifecycle) -> bool:
    """Take over the uvicorn server that runs in this process; False if none holds SIGTERM."""
    owner = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    if not hasattr(owner, "should_exit") or not hasattr(owner, "force_exit"):
        return False
    attach(owner, life)
    return True


def attach(server: Any, life: Lifecycle) -> None:
    """Take over `server`, a running `uvicorn.Server`, on its event loop."""
    import asyncio

    loop = asyncio.get_running_loop()
    server.shutdown = functools.partial(_shut_down, server, life, server.shutdown)
    life.on_leave(lambda: setattr(server, "force_exit", True))
    life.install(then=lambda: _soon(loop, lambda: setattr(server, "should_exit", True)))


async def _shut_down(server: Any, life: Lifecycle, shutdown: Any, sockets: Any = None) -> None:
    left_s = life.left_s()
    if left_s is not None:
        own_s = server.config.timeout_graceful_shutdown
        server.config.timeout_graceful_shutdown = left_s if own_s is None else min(own_s, left_s)
    await shutdown(sockets=sockets)
    life.finished()


def _soon(loop: Any, callback: Any) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(callback)
