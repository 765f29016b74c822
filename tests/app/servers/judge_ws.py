"""The part of the list that WebSockets know: a hand over HTTP/1.1, and then messages.

Does: new ones; a message on one that exists; a message whose answer takes long; the word with which
the server ends.
Does not: mask by chance: the mask is a protection for proxies, and there is none here.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from judge_cells import ECHO, END, IN_FLIGHT_S, PROBES, Kind, Measured
from judge_http import HOST, Connection, named
from judge_process import Process, started
from judge_schedule import SETTLE_S, After, play

TEXT, CLOSE = 0x1, 0x8
HANDSHAKE: Final = (
    f"GET /ws HTTP/1.1\r\nHost: {HOST}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
).encode()


async def judge_ws(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    workers: int = 1,
    window_s: float | None = None,  # a crowd is the same as without WebSockets
) -> Measured:
    """Start the server, play the list, and return what every message got."""
    async with started(command, environment=environment) as process:
        await process.wait_ready(workers)
        async with prepared(process) as rest:
            await asyncio.sleep(SETTLE_S)
            return await play(process, rest)


class Client:
    """One WebSocket. Close it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._received = b""
        self._staying: asyncio.Future[None] | None = None

    async def open(self) -> str | None:
        """None once it is open, or what came instead."""
        await self._connection.connect()
        await self._connection.send(HANDSHAKE)
        while b"\r\n\r\n" not in self._received:
            if not await self._more():
                return END
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        status = head.split()[1].decode()
        return None if status == "101" else status

    async def say(self, text: str) -> None:
        data = text.encode()
        frame = bytes((0x80 | TEXT, 0x80 | len(data))) + bytes(4) + data
        await self._connection.send(frame)

    async def answer(self) -> str:
        """``echo``, or the close code that came instead, or the end of the connection."""
        while (frame := parse_frame(self._received)) is None:
            if not await self._more():
                return END
        opcode, data, self._received = frame
        if opcode == CLOSE:
            return f"close {struct.unpack('!H', data[:2])[0] if data else 'without code'}"
        return ECHO if opcode == TEXT else f"opcode {opcode}"

    async def ask(self) -> str:
        await self.say("ahoy")
        return await self.answer()

    async def ask_new(self) -> str:
        return await self.open() or await self.ask()

    def stay(self) -> None:
        """Stay connected, as clients do, and answer a close."""
        self._staying = asyncio.ensure_future(self._stay())

    async def _stay(self) -> None:
        with contextlib.suppress(OSError):
            while (value := await self.answer()) != END:
                if value.startswith("close"):
                    await self._connection.send(bytes((0x80 | CLOSE, 0x80)) + bytes(4))
                    self._connection.close()
                    return

    async def _more(self) -> bool:
        data = await self._connection.receive()
        self._received += data
        return bool(data)

    def close(self) -> None:
        if self._staying is not None:
            self._staying.cancel()
        self._connection.close()


def parse_frame(data: bytes) -> tuple[int, bytes, bytes] | None:
    """Opcode, payload and the rest; None while it is not whole. Servers' frames are short here."""
    if len(data) < 2 or len(data) < 2 + data[1]:
        return None
    end = 2 + data[1]
    return data[0] & 0x0F, data[2:end], data[end:]


@contextlib.asynccontextmanager
async def prepared(process: Process) -> AsyncIterator[dict[str, After]]:
    fresh = {probe.key: Client(process.connection()) for probe in PROBES if probe.kind is Kind.NEW}
    existing, busy = Client(process.connection()), Client(process.connection())
    try:
        await existing.ask_new()
        await busy.open()
        await busy.say(f"{IN_FLIGHT_S:g}")
        await process.notes.wait("slow")
        yield {
            **{key: _named(client, client.ask_new) for key, client in fresh.items()},
            "idle": _named(existing, existing.ask),
            "in_flight": _named(busy, busy.answer),
        }
    finally:
        for client in (*fresh.values(), existing, busy):
            client.close()


def _named(client: Client, ask: After) -> After:
    async def ask_and_stay() -> str:
        value = await named(ask())
        client.stay()
        return value

    return ask_and_stay
