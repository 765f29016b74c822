"""Any ASGI server that takes SIGTERM in its own process: for `app = seatrial_app.asgi(app)`.

Does: come before the handler of the server, whether that listens by `signal.signal` or through
asyncio's event loop; when the window is over empty the backlogs, wait for registered work, and let
the server have its signal.
Does not: know the server: how it closes idle connections, and how long it lets a request take,
stays its own affair.
Holds: where a parent process tells its workers to stop, the parent is not forestalled.
Touches of asyncio (read: 3.9 to 3.13): `_signal_handlers` of its Unix loop, and `_callback` and
`_args` of the handles there. uvloop hides its handlers: what holds them is left as it is, and a
warning says so.
"""

from __future__ import annotations

import signal
from typing import Any, Callable

from seatrial_app.lifecycle import Lifecycle
from seatrial_app.listening import empty_backlogs
from seatrial_app.signals import STOP_SIGNALS, Handler
from seatrial_app.waiting import guarded, soon, until

HIDDEN = "uvloop keeps the server's handler from us: use its module in seatrial_app.servers"


def attach_running(life: Lifecycle) -> None:
    """Come before the server that runs on this event loop."""
    import asyncio

    loop = asyncio.get_running_loop()
    if getattr(signal.getsignal(signal.SIGTERM), "__self__", None) is loop:
        life.record.warning("signals", note=HIDDEN)
        return
    tasks: list[Any] = []

    def end() -> None:
        tasks.append(loop.create_task(_end(life)))

    life.interpose(lambda: soon(loop, end), kept=_take_from(loop))


async def _end(life: Lifecycle) -> None:
    await guarded(life, empty_backlogs())
    await until(life, life.works)
    life.signals.hand_over()


def _take_from(loop: Any) -> dict[int, Handler]:
    """The signal handlers of asyncio's own loop, taken away from it."""
    handles = dict(getattr(loop, "_signal_handlers", None) or {})
    taken = {signum: handles[signum] for signum in STOP_SIGNALS if signum in handles}
    for signum in taken:
        loop.remove_signal_handler(signum)
    return {signum: _call_on(loop, handle) for signum, handle in taken.items()}


def _call_on(loop: Any, handle: Any) -> Callable[[int, Any], None]:
    callback, arguments = handle._callback, handle._args

    def call(_signum: int, _frame: Any) -> None:
        soon(loop, lambda: callback(*arguments))

    return call
