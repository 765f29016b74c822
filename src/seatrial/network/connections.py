"""The connections of a small stream server: owned, counted, cut when the server stops."""

import asyncio
from collections.abc import Awaitable, Callable

from seatrial.kit.record import get_record

record = get_record("network.connections")

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Connections:
    """Runs `handle` for each connection; beyond `connections_max` it is cut at once.

    What ends a connection from outside (its peer, a time limit, `aclose`) is no error of ours.
    """

    def __init__(self, server: str, handle: Handler, *, connections_max: int) -> None:
        self._name = server
        self._handle = handle
        self._connections_max = connections_max
        self._running: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection; give this to `asyncio.start_server`."""
        task = asyncio.current_task()
        if self._is_closed:
            # It was accepted just before the server stopped.
            writer.transport.abort()
            return
        if task is None or len(self._running) >= self._connections_max:
            record.warning("connection.refused", server=self._name, open=len(self._running))
            writer.transport.abort()
            return
        self._running.add(task)
        try:
            await self._handle(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            record.debug("connection.ended", server=self._name, error=repr(error))
        except asyncio.CancelledError:
            # Nobody but `aclose` cancels; the stream server would take it for a failure.
            record.debug("connection.cut", server=self._name)
        finally:
            self._running.discard(task)
            writer.close()

    async def aclose(self) -> None:
        """Cut every connection, those too that are being accepted."""
        self._is_closed = True
        for each in self._running:
            each.cancel()
        if self._running:
            await asyncio.wait(self._running)
