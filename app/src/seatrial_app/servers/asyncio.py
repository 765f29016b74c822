"""Plain asyncio: `run(handler, host, port)` for a stream server, `hold(server)` for any other.

Does: serve for the window; then empty the backlog, close the listener, tell conversations that are
at rest that no more will come (their reader is at its end), and await the others up to the limit.
Does not: know the protocol spoken. A conversation is at rest if nothing has been read from its
client since the last thing written to it; a handler that wants to say good-bye asks
`lifecycle.is_draining`.
Holds: handlers that still run when the limit is reached are cancelled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any, Callable

from seatrial_app.hearing import LoopEar
from seatrial_app.holds import Tally
from seatrial_app.lifecycle import Lifecycle, lifecycle_to_run
from seatrial_app.listener import stop_accepting_async
from seatrial_app.listening import FIRST_REQUEST_S
from seatrial_app.waiting import guarded, soon, until

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def run(
    handler: Handler,
    host: Any = None,
    port: Any = None,
    *,
    life: Lifecycle | None = None,
    **settings: Any,
) -> None:
    """Serve until told to stop, on a loop of its own; arguments as `asyncio.start_server`."""
    life = life or lifecycle_to_run()
    asyncio.run(serve(handler, host, port, life=life, **settings))
    life.exit_if_forced()


async def serve(
    handler: Handler,
    host: Any = None,
    port: Any = None,
    *,
    life: Lifecycle | None = None,
    **settings: Any,
) -> None:
    """The same on the running loop: returns when all is over."""
    talks = Talks(handler)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(talks.make_protocol, host, port, **settings)
    await hold(server, life=life, talks=talks)


async def hold(
    server: asyncio.AbstractServer, *, life: Lifecycle | None = None, talks: Talks | None = None
) -> None:
    """Let `server` serve until SIGTERM and the window are over, and end it.

    Awaits what is registered as work with the lifecycle, its blockers, and `talks`.
    """
    life = life or lifecycle_to_run()
    loop = asyncio.get_running_loop()
    closing = asyncio.Event()
    life.install(then=lambda: soon(loop, closing.set))
    life.server_started()
    ear = LoopEar(loop)
    await closing.wait()
    ear.stop()
    await guarded(life, _stop_accepting(server))
    server.close()
    if talks is not None:
        await asyncio.sleep(min(FIRST_REQUEST_S, life.left_s() or 0.0))
        await talks.end(life)
    for what in (life.requests, life.works, life.blockers):
        await until(life, what)
    life.finished()


async def _stop_accepting(server: Any) -> None:
    sockets: Iterable[Any] = tuple(server.sockets)
    await asyncio.gather(*(stop_accepting_async(sock) for sock in sockets))
    await asyncio.sleep(0)  # what was accepted last becomes a connection


class Talks:
    """The conversations of one stream server."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._open: dict[_Reader, Any] = {}
        self._tally = Tally()
        self._is_cut = False

    def make_protocol(self) -> asyncio.StreamReaderProtocol:
        """A protocol for a new connection, as `asyncio.start_server` makes one."""
        reader = _Reader()

        async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._talk(reader, _Writer(writer.transport, protocol, reader, reader.loop))

        protocol = asyncio.StreamReaderProtocol(reader, talk)
        return protocol

    async def end(self, life: Lifecycle) -> None:
        """Tell those at rest that no more will come; await all, up to the limit, then cancel."""
        for reader in tuple(self._open):
            if not reader.was_heard:
                reader.feed_eof()
        if not await until(life, self._tally):
            self._is_cut = True
            for task in tuple(self._open.values()):
                task.cancel()

    async def _talk(self, reader: _Reader, writer: asyncio.StreamWriter) -> None:
        self._open[reader] = asyncio.current_task()
        with self._tally:
            try:
                await self._handler(reader, writer)
            except asyncio.CancelledError:
                if not self._is_cut:
                    raise  # somebody else's; ours has done its work when the handler has ended
            finally:
                self._open.pop(reader)
                writer.close()


class _Reader(asyncio.StreamReader):
    """Knows whether anything was read from the client since the last thing written to it."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        super().__init__(loop=self.loop)
        self.was_heard = False

    def feed_data(self, data: Any) -> None:
        self.was_heard = True
        super().feed_data(data)


class _Writer(asyncio.StreamWriter):
    """Tells its reader that the client has been answered."""

    def __init__(self, transport: Any, protocol: Any, reader: _Reader, loop: Any) -> None:
        super().__init__(transport, protocol, reader, loop)
        self._heard_by = reader

    def write(self, data: Any) -> None:
        self._heard_by.was_heard = False
        super().write(data)

    def writelines(self, data: Any) -> None:
        self._heard_by.was_heard = False
        super().writelines(data)
