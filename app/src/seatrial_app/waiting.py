"""Waiting for what holds the exit: until it is over, or until it is time to leave.

Does: the same wait for threads (`wait`) and for event loops (`until`), with one log line if it is
not over yet.
Does not: cut anything short.
Holds: returns no later than the moment of leaving.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Callable

from seatrial_app.holds import Awaited, Waiter

if TYPE_CHECKING:
    from seatrial_app.lifecycle import Lifecycle


def wait(life: Lifecycle, what: Awaited) -> bool:
    """Block this thread until `what` is over; False if it was time to leave first."""
    happened = threading.Event()
    _register(life, what, happened.set)
    happened.wait()
    return what.is_over()


async def until(life: Lifecycle, what: Awaited) -> bool:
    """The same on an event loop."""
    import asyncio  # an importer of this module need not have an event loop

    loop = asyncio.get_running_loop()
    happened = asyncio.Event()
    _register(life, what, lambda: soon(loop, happened.set))
    await happened.wait()
    return what.is_over()


async def called(register: Callable[[Waiter], object], forget: Callable[[Waiter], object]) -> None:
    """Wait until what `register` is handed has been called; `forget` it if we are cancelled."""
    import asyncio

    loop = asyncio.get_running_loop()
    happened = asyncio.Event()

    def tell() -> None:
        soon(loop, happened.set)

    register(tell)
    try:
        await happened.wait()
    finally:
        forget(tell)


async def guarded(life: Lifecycle, step: Awaitable[object]) -> None:
    """A step of the end that must not keep the next from happening: what it raises is logged."""
    try:
        await step
    except Exception as error:  # noqa: BLE001 - whatever it is, the server has to be stopped
        life.record.error("close.failed", error)


def soon(loop: Any, callback: Callable[[], object]) -> None:
    """From any thread: have `loop` call back, if it is still there."""
    try:
        loop.call_soon_threadsafe(callback)
    except RuntimeError:
        return  # closed: nobody is left who could want to know


def _register(life: Lifecycle, what: Awaited, waiter: Waiter) -> None:
    if not what.is_over():
        life.record.info("waiting", **what.describe(), left_s=round(life.left_s() or 0.0, 1))
    life.on_leave(waiter)
    what.when_over(waiter)
