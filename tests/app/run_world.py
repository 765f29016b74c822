"""A front before a scripted child, and raw clients, for the tests of `seatrial-app run`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from seatrial_app.command.front import Front
from seatrial_app.command.way import Way

LIMIT_S = 10.0

Script = Callable[["Talk"], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Talk:
    """One side of a connection: say and hear bytes, with a limit on every wait."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def say(self, data: bytes) -> None:
        self._writer.write(data)
        await asyncio.wait_for(self._writer.drain(), LIMIT_S)

    async def hear(self, count: int) -> bytes:
        return await asyncio.wait_for(self._reader.readexactly(count), LIMIT_S)

    async def hear_head(self) -> bytes:
        return await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), LIMIT_S)

    async def hear_line(self) -> bytes:
        return await asyncio.wait_for(self._reader.readuntil(b"\r\n"), LIMIT_S)

    async def hear_all(self) -> bytes:
        """Up to the end; a reset is an error."""
        return await asyncio.wait_for(self._reader.read(), LIMIT_S)

    async def ask(self, path: str = "/") -> bytes:
        """A GET and its whole response of `OK`'s shape."""
        await self.say(f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        return await self.hear_ok()

    async def hear_ok(self) -> bytes:
        return await self.hear_head() + await self.hear(2)

    def end(self) -> None:
        self._writer.write_eof()

    def close(self) -> None:
        self._writer.close()

    def cut(self) -> None:
        """Reset the connection."""
        self._writer.transport.abort()


@dataclass
class World:
    """What a test of the front looks at."""

    front: Front
    port: int
    child_port: int
    connections: list[Talk] = field(default_factory=list)

    async def client(self, limit: int = 65536) -> Talk:
        """A raw client that reads ahead no more than twice `limit` bytes."""
        return Talk(*await asyncio.open_connection("127.0.0.1", self.port, limit=limit))


@asynccontextmanager
async def world(script: Script, *, opaque_only: bool = False) -> AsyncIterator[World]:
    """A front whose child follows `script` on every connection; nothing may fail unheard."""
    taken: list[Talk] = []
    unheard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = Talk(reader, writer)
        taken.append(talk)
        try:
            await script(talk)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the front has closed: the script is over
        finally:
            writer.close()

    child = await asyncio.start_server(serve, "127.0.0.1", 0)
    child_port = child.sockets[0].getsockname()[1]
    front = Front(Way(("127.0.0.1", child_port)), opaque_only=opaque_only)
    ((_, port),) = await front.listen("127.0.0.1", 0)
    try:
        yield World(front, port, child_port, taken)
    finally:
        await front.stop_accepting()
        front.close_idle()
        await front.leave(0)
        child.close()
        for talk in taken:
            talk.cut()
        await asyncio.sleep(0)
    assert unheard == []


async def always_ok(talk: Talk) -> None:
    """A child that answers every request without a body."""
    while True:
        await talk.hear_head()
        await talk.say(OK)
