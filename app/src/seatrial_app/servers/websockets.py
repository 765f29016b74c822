"""The WebSockets of one ASGI worker: closed with a word before the server is stopped.

Does: know which are open, and close them with 1012 (service restart), on their own loop.
Does not: decide when: whatever the application registered as work is over by then.
Holds: an application that sends afterwards is told as ASGI says (OSError); one that is accepted
afterwards is closed at once. Servers left alone wait for idle WebSockets until their limit, or cut
them without a word.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, Callable

from seatrial_app.waiting import soon

log = logging.getLogger("seatrial_app")

Send = Callable[[Any], Awaitable[None]]

CLOSE = {"type": "websocket.close", "code": 1012, "reason": "service restart"}


class WebSockets:
    """Those that the application talks on now. All but `close` is called on their loop."""

    def __init__(self) -> None:
        self._talking: set[WebSocket] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_over = False

    def add(self, send: Send) -> WebSocket:
        """A new one, by the server's `send`; `discard` it when the application is done with it."""
        self._loop = asyncio.get_running_loop()
        added = WebSocket(self, send)
        self._talking.add(added)
        return added

    def discard(self, websocket: WebSocket) -> None:
        self._talking.discard(websocket)

    def close(self) -> None:
        """Close all, and those to come. Any thread may call."""
        self.is_over = True
        if self._loop is not None:
            soon(self._loop, self._close_all)

    def _close_all(self) -> None:
        for websocket in self._talking:
            task = asyncio.ensure_future(websocket.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)


class WebSocket:
    """One of them. Hand its `send` to the application."""

    def __init__(self, group: WebSockets, send: Send) -> None:
        self._group = group
        self._send = send
        self._is_open = False
        self._was_closed = False

    async def send(self, message: Any) -> None:
        if self._was_closed:
            raise OSError("websocket was closed: the server is about to stop")
        await self._send(message)
        if message["type"] in ("websocket.accept", "websocket.close"):
            self._is_open = message["type"] == "websocket.accept"
        if self._group.is_over:
            await self.close()

    async def close(self) -> None:
        """Say good-bye, if there is anybody; the application hears of it as of any disconnect."""
        if not self._is_open:
            return
        self._is_open, self._was_closed = False, True
        try:
            await self._send(CLOSE)
        except Exception as gone:  # noqa: BLE001 - whatever a server raises when nobody is there
            log.debug("a websocket was gone before its close: %r", gone)
