"""One side of a proxied connection: bytes in, bytes out, pressure both ways (edge).

Does: buffer what arrives, up to a bound, and wake the one who waits for it; hold back the one who
writes faster than the other side reads; keep the writing half open when the reading half has ended.
Does not: know HTTP.
Holds: one waiter for bytes and one for room at a time; a lost connection wakes both; after
`goodbye` nothing that was written is overtaken by a reset as long as the client reads it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Callable, cast

from seatrial_app.command.bounds import BUFFER_BYTES

QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)


class Wire(asyncio.Protocol):
    """A connection with a buffer."""

    def __init__(self, on_made: Callable[[Wire], None] | None = None) -> None:
        self.buffer = bytearray()
        self.ended = False  # the other side will send no more
        self.lost = False  # the connection is gone
        self.on_news: Callable[[], None] = _nothing  # something came while nobody waited
        self.on_lost: Callable[[], None] = _nothing
        self.last_news_s = 0.0
        self.has_said_end = False
        self.raw: socket.socket | None = None  # where we made the connection ourselves
        self._on_made = on_made
        self._loop = asyncio.get_running_loop()
        self._bytes: asyncio.Future[bool] | None = None
        self._room: asyncio.Future[bool] | None = None
        self._is_reading_paused = False
        self._is_writing_paused = False
        self._is_thrown_away = False

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.last_news_s = self._loop.time()
        if self._on_made is not None:
            self._on_made(self)

    def data_received(self, data: bytes) -> None:
        self.last_news_s = self._loop.time()
        if self._is_thrown_away:
            return
        self.buffer += data
        if len(self.buffer) > BUFFER_BYTES and not self._is_reading_paused:
            self._is_reading_paused = True
            self.transport.pause_reading()
        self.wake()

    def eof_received(self) -> bool:
        self.ended = True
        self.wake()
        return True  # we may still have something to say

    def connection_lost(self, _error: Exception | None) -> None:
        self.ended = self.lost = True
        self.wake()
        _settle(self._room)
        self.on_lost()

    def pause_writing(self) -> None:
        self._is_writing_paused = True

    def resume_writing(self) -> None:
        self._is_writing_paused = False
        _settle(self._room)

    # What we call.

    def wake(self) -> None:
        """Let the one who waits for bytes look again."""
        if self._bytes is not None:
            _settle(self._bytes)
        else:
            self.on_news()

    async def wait_news(self, limit_s: float | None = None) -> bool:
        """Until bytes came, the other side ended, or someone called `wake`; False: time is up."""
        waiting: asyncio.Future[bool] = self._loop.create_future()
        self._bytes = waiting
        timer = None
        if limit_s is not None:
            timer = self._loop.call_later(limit_s, _settle, waiting, False)
        try:
            return await waiting
        finally:
            self._bytes = None
            if timer is not None:
                timer.cancel()

    def take(self, count: int) -> bytes:
        """The first `count` bytes of the buffer."""
        if count == len(self.buffer):
            taken = bytes(self.buffer)
            self.buffer.clear()
        else:
            taken = bytes(self.buffer[:count])
            del self.buffer[:count]
        if self._is_reading_paused and len(self.buffer) <= BUFFER_BYTES // 2 and not self.lost:
            self._is_reading_paused = False
            self.transport.resume_reading()
        return taken

    def write(self, data: bytes) -> None:
        """Send soon; to a connection that is gone, nothing happens."""
        if not self.lost:
            self.transport.write(data)

    def expect_parts(self) -> None:
        """Acknowledge the next segments at once (Linux; where we made the connection).

        A server that writes headers and body apart, without TCP_NODELAY, as http.server does, else
        holds the body back until our acknowledgement, which the kernel delays by 40 ms.
        """
        if QUICKACK is not None and self.raw is not None and not self.lost:
            with contextlib.suppress(OSError):  # a Unix socket has nothing to acknowledge
                self.raw.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)

    async def wait_room(self) -> None:
        """Until the other side has read enough of what was written; at once where it has."""
        while self._is_writing_paused and not self.lost:
            self._room = self._loop.create_future()
            try:
                await self._room
            finally:
                self._room = None

    def end(self) -> None:
        """Say that we send no more; what was written goes first."""
        if not self.has_said_end and not self.transport.is_closing():
            self.has_said_end = True
            with contextlib.suppress(OSError):  # reset by the other side; the loop tells us next
                self.transport.write_eof()

    def close(self) -> None:
        """Send what was written, then close."""
        if not self.lost:
            self.transport.close()

    async def goodbye(self, linger_s: float) -> None:
        """Close without a reset: end our half, read on until theirs ends or `linger_s` is over."""
        self.end()
        self._is_thrown_away = True
        self.take(len(self.buffer))
        until_s = self._loop.time() + linger_s
        while not self.ended and await self.wait_news(max(0.0, until_s - self._loop.time())):
            continue
        self.close()


def _settle(waiting: asyncio.Future[bool] | None, result: bool = True) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(result)


def _nothing() -> None:
    return
