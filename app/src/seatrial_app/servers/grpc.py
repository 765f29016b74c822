"""gRPC: `await serve(server)` for `grpc.aio`, `serve_threads(server)` for `grpc.server`.

Does: serve for the window; then empty the backlog and stop the server with the seconds that are
left: clients hear GOAWAY, calls in flight end.
Does not: tell clients before that. gRPC has no softer word than GOAWAY, and after it no new call is
taken: so the window is what keeps clients that were not told of this pod's end.
Holds: calls that still run when the limit is reached are cancelled.
"""

from __future__ import annotations

import threading
from typing import Any

from seatrial_app.hearing import LoopEar, listen
from seatrial_app.lifecycle import Lifecycle, lifecycle_to_run
from seatrial_app.listening import empty_backlogs
from seatrial_app.waiting import guarded, soon, until, wait


async def serve(server: Any, *, life: Lifecycle | None = None) -> None:
    """Instead of `server.start()` and `server.wait_for_termination()`: returns when all is over."""
    import asyncio

    life = life or lifecycle_to_run()
    loop = asyncio.get_running_loop()
    closing = asyncio.Event()
    await server.start()
    life.install(then=lambda: soon(loop, closing.set))
    life.server_started()
    ear = LoopEar(loop)
    await closing.wait()
    ear.stop()
    await guarded(life, empty_backlogs())
    await until(life, life.works)
    await server.stop(life.left_s())
    await until(life, life.blockers)
    life.finished()


def serve_threads(server: Any, *, life: Lifecycle | None = None) -> None:
    """The same for a server of `grpc.server`, in the main thread."""
    import asyncio

    life = life or lifecycle_to_run()
    closing = threading.Event()
    server.start()
    life.install(then=closing.set)
    life.server_started()
    listen(closing)
    asyncio.run(guarded(life, empty_backlogs()))
    wait(life, life.works)
    server.stop(life.left_s()).wait()
    wait(life, life.blockers)
    life.finished()
    life.exit_if_forced()
