"""The way to the child: connect, wait while it does not listen yet, keep idle connections (edge).

Does: hand out a connection to the child, one that was used before or a fresh one; hold those who
come before the child listens, up to a bound; keep idle connections for a moment.
Does not: speak HTTP.
Holds: a connection is handed to one at a time; one on which the child has said or ended anything
while it was idle is never handed out.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass

from seatrial_app.command import bounds
from seatrial_app.command.endpoint import Address, shown
from seatrial_app.command.wire import Wire


class NotUp(Exception):
    """The child did not listen within the bound."""


@dataclass(frozen=True)
class Lent:
    """A connection to the child; `used` says that it has served another request before."""

    wire: Wire
    used: bool


class Way:
    """Connections to one address."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._loop = asyncio.get_running_loop()
        self._idle: list[Wire] = []
        self._sweep: asyncio.TimerHandle | None = None
        self._is_over = False

    async def borrow(self, *, fresh: bool = False) -> Lent:
        """A connection to the child. Raises NotUp when it listens not within `START_S`."""
        while self._idle and not fresh:
            wire = self._idle.pop()
            wire.on_news = _nothing
            if not (wire.ended or wire.buffer or _has_ended(wire)):
                return Lent(wire, used=True)
            wire.close()
        return Lent(await self._connect(), used=False)

    def give_back(self, wire: Wire) -> None:
        """`wire` has nothing under way: keep it for the next one."""
        if (
            wire.ended
            or wire.has_said_end
            or wire.buffer
            or len(self._idle) >= bounds.CHILD_IDLE_MAX
        ):
            wire.close()
            return
        wire.last_news_s = self._loop.time()
        wire.on_lost = _nothing
        wire.on_news = lambda: self._forget(wire)
        self._idle.append(wire)
        if self._sweep is None:
            self._sweep = self._loop.call_later(bounds.CHILD_IDLE_S, self._close_old)

    def close(self) -> None:
        """Let go of all idle connections; from now on nobody waits for the child to listen."""
        self._is_over = True
        if self._sweep is not None:
            self._sweep.cancel()
        for wire in self._idle:
            wire.on_news = _nothing
            wire.close()
        self._idle.clear()

    async def _connect(self) -> Wire:
        deadline_s = self._loop.time() + bounds.START_S
        pause_s = bounds.CONNECT_RETRY_FIRST_S
        while True:
            try:
                return await asyncio.wait_for(self._try(), bounds.START_S)
            except (OSError, asyncio.TimeoutError) as refusal:
                if self._is_over or self._loop.time() + pause_s > deadline_s:
                    raise NotUp(
                        f"the server does not listen on {shown(self._address)}"
                    ) from refusal
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, bounds.CONNECT_RETRY_MOST_S)

    async def _try(self) -> Wire:
        with contextlib.ExitStack() as undo:
            if isinstance(self._address, str):
                made = undo.enter_context(socket.socket(socket.AF_UNIX))
                made.setblocking(False)
                made.connect(self._address)  # at once or not at all, also when its backlog is full
            else:
                family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
                made = undo.enter_context(socket.socket(family))
                made.setblocking(False)
                await self._loop.sock_connect(made, self._address)
            _, wire = await self._loop.create_connection(Wire, sock=made)
            undo.pop_all()
            wire.raw = made
            return wire

    def _forget(self, wire: Wire) -> None:
        with contextlib.suppress(ValueError):
            self._idle.remove(wire)
        wire.on_news = _nothing
        wire.close()

    def _close_old(self) -> None:
        now_s = self._loop.time()
        old = [wire for wire in self._idle if now_s - wire.last_news_s >= bounds.CHILD_IDLE_S]
        for wire in old:
            self._forget(wire)
        self._sweep = None
        if self._idle:
            oldest_s = min(wire.last_news_s for wire in self._idle)
            rest_s = oldest_s + bounds.CHILD_IDLE_S - now_s
            self._sweep = self._loop.call_later(rest_s, self._close_old)


def _has_ended(wire: Wire) -> bool:
    """Whether the child's end lies in the kernel and the loop has not told it yet."""
    assert wire.raw is not None
    try:
        wire.raw.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _nothing() -> None:
    return
