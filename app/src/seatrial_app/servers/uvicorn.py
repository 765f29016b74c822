"""uvicorn: `run("m:app", port=8000)`, or `app = seatrial_app.asgi(app)` under plain `uvicorn`.

Does: keep uvicorn serving for the window; then empty the backlog, close what is idle, let what has
begun be answered, wait for registered work, and hand uvicorn the seconds that are left.
Does not: change how a request is served.
Holds: a request of which any byte had come before the close is answered, if it is complete within
the limit.

Touches of uvicorn (read: 0.54.0), public by name: `Server.should_exit`, `force_exit`, `servers`,
`server_state.connections`, `startup`, `shutdown`, `config.timeout_graceful_shutdown`,
`Config.load`, and of its HTTP protocols `scope`, `cycle`, `conn` (h11) and `shutdown`. The running
server is found as the owner of the SIGTERM handler that it installs.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from typing import Any

from seatrial_app.lifecycle import Lifecycle, lifecycle_to_run
from seatrial_app.listener import welcome_new
from seatrial_app.listening import FIRST_REQUEST_S
from seatrial_app.waiting import guarded, soon, until

STARTUP_FAILURE = 3  # uvicorn's exit code for a server that never started
BEGUN_TICK_S = 0.05  # uvicorn has no event for "a request is complete"; it ticks at 0.1 s itself


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
    config.life = life or lifecycle_to_run()
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
        getattr(config, "load_app", bool)()  # before the loop runs, as uvicorn does since 0.5x
        server.run()
        if not server.started:
            sys.exit(STARTUP_FAILURE)
        config.life.exit_if_forced()


def attach_running(life: Lifecycle) -> bool:
    """Take over the uvicorn server of this process; False if none holds SIGTERM."""
    owner = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    if not hasattr(owner, "should_exit") or not hasattr(owner, "server_state"):
        return False
    attach(owner, life)
    return True


def attach(server: Any, life: Lifecycle) -> None:
    """Take over `server`, a running `uvicorn.Server`, on its event loop. Again is nothing."""
    import asyncio

    if isinstance(server.shutdown, functools.partial):
        return
    loop = asyncio.get_running_loop()
    server.startup = functools.partial(_start_up, life, server.startup)
    server.shutdown = functools.partial(_shut_down, server, life, server.shutdown)
    life.on_leave(lambda: setattr(server, "force_exit", life.is_forced))
    life.install(then=lambda: soon(loop, lambda: setattr(server, "should_exit", True)))


async def _start_up(life: Lifecycle, startup: Any, sockets: Any = None) -> None:
    await startup(sockets=sockets)
    for each in sockets or ():
        welcome_new(each)  # a worker that was replaced may have turned newcomers away
    life.server_started()


async def _shut_down(server: Any, life: Lifecycle, shutdown: Any, sockets: Any = None) -> None:
    if life.is_draining:
        is_ours = _ends_with_us(server, sockets)
        await guarded(life, _close_politely(server, life, is_ours=is_ours))
        left_s, own_s = life.left_s() or 0.0, server.config.timeout_graceful_shutdown
        server.config.timeout_graceful_shutdown = left_s if own_s is None else min(own_s, left_s)
    await shutdown(sockets=sockets)
    await until(life, life.blockers)
    life.finished()


def _ends_with_us(server: Any, sockets: Any) -> bool:
    """Nobody serves on these listeners after us. A worker's parent stops when its pod does."""
    from multiprocessing import parent_process  # not on every system

    return server.config.fd is None and (sockets is None or parent_process() is not None)


async def _close_politely(server: Any, life: Lifecycle, *, is_ours: bool) -> None:
    await _empty_backlog(server, is_ours=is_ours)
    for listener in server.servers:
        listener.close()
    await _hear_newcomers(server, life)
    begun = _close_idle(server)
    await _let_begin(begun, life)
    await until(life, life.works)


async def _empty_backlog(server: Any, *, is_ours: bool) -> None:
    """Listeners that were handed to us (`--fd`, `sockets=`) go on without us: a filter would stay
    on them, and the next process would hear nobody."""
    import asyncio

    from seatrial_app.listener import stop_accepting_async

    sockets = [sock for listener in server.servers for sock in listener.sockets]
    await asyncio.gather(*(stop_accepting_async(sock, may_refuse=is_ours) for sock in sockets))
    await asyncio.sleep(0)  # what was accepted last becomes a connection of the server,
    await asyncio.sleep(0)  # and what has been received is read


async def _hear_newcomers(server: Any, life: Lifecycle) -> None:
    """Whoever was accepted last may be about to send its first request."""
    import asyncio

    connections = server.server_state.connections
    if any(getattr(one, "scope", one) is None for one in connections):
        await asyncio.sleep(min(FIRST_REQUEST_S, life.left_s() or 0.0))


def _close_idle(server: Any) -> list[Any]:
    """Close the HTTP connections that have nothing to answer; returns those with half a request."""
    begun = []
    for connection in list(server.server_state.connections):
        if has_begun(connection):
            begun.append(connection)
        elif hasattr(connection, "cycle"):
            connection.shutdown()
    return begun


async def _let_begin(begun: list[Any], life: Lifecycle) -> None:
    """Wait until each of these requests is far enough in to be in the application's hands."""
    import asyncio

    while any(has_begun(connection) for connection in begun) and life.left_s():
        await asyncio.sleep(BEGUN_TICK_S)
        begun = [one for one in begun if not one.transport.is_closing()]


def has_begun(connection: Any) -> bool:
    """Whether a request has begun to come in and the application has not seen it yet."""
    if not hasattr(connection, "cycle"):
        return False  # a WebSocket: its one request was heard when it was opened
    cycle = connection.cycle
    if cycle is not None and not cycle.response_complete:
        return False
    unread = getattr(getattr(connection, "conn", None), "trailing_data", None)
    if unread is not None:
        return bool(unread[0])
    scope = getattr(connection, "scope", None)
    return scope is not None and (cycle is None or cycle.scope is not scope)
