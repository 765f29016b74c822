"""Stop accepting without resetting what waits in the backlog.

Does: makes the kernel turn new connections away from a listening socket while those that already
shook hands are still accepted, and says when none is left. Closing a listener resets every
connection that waits in its backlog and every handshake under way: the client has been told
"connected" and then gets RST. So: first a filter that drops new SYNs (TCP) or a shut-down for
reading (Unix sockets); then everything that waits is accepted; then the socket may be closed.

Does not: close the socket, nor serve what it accepts (it is handed over).

Holds: nobody who got a handshake before the filter is reset by the close after it; no wait is
longer than `settle_s`; nothing raises, whatever the kernel, the socket or the caller's
`hand_over` does. A client that comes after the filter sees its SYN dropped; its next try, a second
later, is refused by the closed port or answered by whoever listens there now.

Where the kernel refuses the filter (macOS, Windows, gVisor, a hardened sandbox) what waits is
accepted until there is none, and the small gap between that and the close remains.
"""

from __future__ import annotations

import logging
import os
import selectors
import socket
import sys
import time
from typing import Any, Callable, NamedTuple, Protocol, Union

from seatrial_app import handshakes

SETTLE_S = 1.0
"""Longest wait for handshakes under way: a round trip, or one repeated SYN-ACK."""

BLIND_SETTLE_S = 0.1
"""The same where the kernel does not say how many handshakes are under way."""

log = logging.getLogger("seatrial_app")

HandOver = Callable[[socket.socket, Any], None]


class HasFileno(Protocol):
    """A socket, or what stands for one (asyncio's and uvloop's `server.sockets`)."""

    def fileno(self) -> int: ...


Listening = Union[int, HasFileno]


class Kernel(Protocol):
    """What is asked of the kernel; a test may answer instead."""

    def refuse_new(self, listening: socket.socket) -> None:
        """Let no further connection in; OSError where that cannot be."""

    def under_way(self, listening: socket.socket) -> int | None:
        """Handshakes that have begun and not ended; None where nobody can tell."""


class Stopped(NamedTuple):
    """How the stop went: `filtered` says whether the kernel turned new connections away, `accepted`
    how many were handed over by us (0 where the server's own loop accepts), `under_way` how many
    handshakes had not ended when the time was over (None: unknown)."""

    filtered: bool
    accepted: int
    under_way: int | None


def refuse_new(listening: Listening, *, kernel: Kernel = handshakes.KERNEL) -> bool:
    """Turn new connections away from now on; False (and a log line) where that cannot be."""
    try:
        with _own(listening) as own:
            kernel.refuse_new(own)
    except (OSError, ValueError) as refusal:
        log.info("listener cannot turn new connections away: %s", refusal)
        return False
    return True


def welcome_new(listening: Listening) -> None:
    """Let new connections in again, on a listener that a process before us has closed to them."""
    if sys.platform != "linux":
        return
    try:
        with _own(listening) as own:
            own.setsockopt(socket.SOL_SOCKET, handshakes.SO_DETACH_FILTER, 0)
    except OSError:
        return  # there was none


def stop_accepting(
    listening: Listening,
    hand_over: HandOver,
    *,
    settle_s: float = SETTLE_S,
    kernel: Kernel = handshakes.KERNEL,
    clock: Callable[[], float] = time.monotonic,
) -> Stopped:
    """For servers that accept in a thread of their own: accept all that wait and hand them over.

    `hand_over(connection, address)` is called for each, in the thread of the caller. The listening
    socket becomes non-blocking; the caller closes it afterwards.
    """
    filtered = refuse_new(listening, kernel=kernel)
    try:
        own = _own(listening)
    except OSError:
        return Stopped(filtered, 0, None)  # closed already: nobody waits there
    with own, selectors.DefaultSelector() as selector:
        own.setblocking(False)
        selector.register(own, selectors.EVENT_READ)
        accepted = _accept_waiting(own, hand_over)
        under_way = _under_way(own, kernel) if filtered else 0
        deadline = clock() + _settle_s(under_way, settle_s)
        while under_way != 0 and clock() < deadline:
            if selector.select(max(0.0, deadline - clock())):
                accepted += _accept_waiting(own, hand_over)
            under_way = _under_way(own, kernel)
        accepted += _accept_waiting(own, hand_over)
        return Stopped(filtered, accepted, under_way)


async def stop_accepting_async(
    listening: Listening,
    *,
    settle_s: float = SETTLE_S,
    kernel: Kernel = handshakes.KERNEL,
    may_refuse: bool = True,
) -> Stopped:
    """For servers whose event loop accepts: return once that loop has accepted all that wait.

    `may_refuse`: False for a listener that others go on with, on which a filter would stay.
    The server keeps its own accepting reader meanwhile; the caller closes it afterwards.
    """
    import asyncio  # only for those who have a loop, and so have it already

    loop = asyncio.get_running_loop()
    filtered = may_refuse and refuse_new(listening, kernel=kernel)
    try:
        own = _own(listening)
    except OSError:
        return Stopped(filtered, 0, None)
    with own:
        under_way = _under_way(own, kernel) if filtered else 0
        deadline = loop.time() + _settle_s(under_way, settle_s)
        while (under_way != 0 or _is_waiting(own)) and loop.time() < deadline:
            await _wait_readable(own, deadline - loop.time())
            await asyncio.sleep(0)  # the server's reader was woken by the same event: let it accept
            under_way = _under_way(own, kernel) if filtered else 0
        return Stopped(filtered, 0, under_way)


def _own(listening: Listening) -> socket.socket:
    """A socket of ours on the same listener: closing it leaves theirs open."""
    if sys.platform == "win32" and isinstance(listening, socket.socket):
        return listening.dup()
    fd = listening if isinstance(listening, int) else listening.fileno()
    return socket.socket(fileno=os.dup(fd))


def _accept_waiting(listening: socket.socket, hand_over: HandOver) -> int:
    accepted = 0
    while True:
        try:
            connection, address = listening.accept()
        except ConnectionAbortedError:
            continue  # that client has left; the next may wait behind it
        except OSError as end:  # none left (EAGAIN), shut down (EINVAL), out of descriptors
            if not isinstance(end, BlockingIOError):
                log.info("accepting ended: %s", end)
            return accepted
        accepted += 1
        _give(hand_over, connection, address)


def _give(hand_over: HandOver, connection: socket.socket, address: object) -> None:
    try:
        hand_over(connection, address)
    except Exception:
        log.exception("a connection from the backlog could not be handed over")
        connection.close()


def _under_way(listening: socket.socket, kernel: Kernel) -> int | None:
    try:
        return kernel.under_way(listening)
    except OSError:
        return None


def _settle_s(under_way: int | None, settle_s: float) -> float:
    return min(settle_s, BLIND_SETTLE_S) if under_way is None else settle_s


def _is_waiting(listening: socket.socket) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(listening, selectors.EVENT_READ)
        return bool(selector.select(0))


async def _wait_readable(listening: socket.socket, limit_s: float) -> None:
    import asyncio

    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    try:
        loop.add_reader(listening.fileno(), readable.set)
    except NotImplementedError:  # the proactor loop of Windows has no readers
        await asyncio.sleep(min(limit_s, BLIND_SETTLE_S))
        return
    try:
        await asyncio.wait_for(readable.wait(), limit_s)
    except asyncio.TimeoutError:
        log.debug("no handshake ended within %.2f s", limit_s)
    finally:
        loop.remove_reader(listening.fileno())
