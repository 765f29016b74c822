"""The part of the list that HTTP/2 knows, over cleartext with prior knowledge.

Does: new connections; the next stream on a connection that was used before; a stream in flight.
Does not: repeat a stream that GOAWAY says was not begun, as a good client would: here that is a
loss too, but one with a name.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

import h2.config
import h2.connection
import h2.errors
import h2.events
from judge_cells import END, PROBES, Kind, Measured
from judge_http import HOST, Connection, named
from judge_process import Process, started
from judge_schedule import SETTLE_S, SLOW_PATH, After, play

GOAWAY: Final = "GOAWAY"
"""The server says that it has not begun this stream and takes no more."""
GOAWAY_TYPE, FRAME_HEAD_BYTES = 7, 9


async def judge_h2(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    workers: int = 1,
    window_s: float | None = None,  # a crowd is the same as without HTTP/2: it ends before it
) -> Measured:
    """Start the server, play the list, and return what every stream got."""
    async with started(command, environment=environment) as process:
        await process.wait_ready(workers)
        async with prepared(process) as rest:
            await asyncio.sleep(SETTLE_S)
            return await play(process, rest)


class Client:
    """One HTTP/2 connection, one stream at a time. Close it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration())
        self._partial = b""
        self._staying: asyncio.Future[None] | None = None
        self._last_begun = 0
        self._last_heard = 2**31 - 1  # of our streams, as a GOAWAY says

    async def connect(self) -> None:
        await self._connection.connect()
        self._h2.initiate_connection()
        await self._flush()

    async def begin(self, path: str = "/") -> None:
        """Send a whole request."""
        stream = self._last_begun = self._h2.get_next_available_stream_id()
        names = {":method": "GET", ":path": path, ":scheme": "http", ":authority": HOST}
        self._h2.send_headers(stream, list(names.items()), end_stream=True)
        await self._flush()

    async def answer(self) -> str:
        """The status of the stream begun last, once it has ended; or how it was denied."""
        status = b""
        while data := await self._connection.receive():
            for event in self._h2.receive_data(self._without_goaway(data)):
                if isinstance(event, h2.events.ResponseReceived):
                    status = dict(event.headers)[b":status"]
                elif isinstance(event, h2.events.StreamEnded):
                    return status.decode()
                elif isinstance(event, h2.events.StreamReset):
                    return f"RST_STREAM {event.error_code}"
            await self._flush()
            if self._last_heard < self._last_begun:
                return GOAWAY
        return END

    def _without_goaway(self, data: bytes) -> bytes:
        """Whole frames of what has come. The library takes GOAWAY for the end; streams go on."""
        self._partial += data
        whole = []
        while (frame := parse_frame(self._partial)) is not None:
            kind, payload, bytes_of_it = frame
            self._partial = self._partial[len(bytes_of_it) :]
            if kind == GOAWAY_TYPE:
                self._last_heard = int.from_bytes(payload[:4], "big")
            else:
                whole.append(bytes_of_it)
        return b"".join(whole)

    async def ask(self) -> str:
        await self.begin()
        return await self.answer()

    async def ask_new(self) -> str:
        await self.connect()
        return await self.ask()

    def stay(self) -> None:
        """Stay connected, as clients do, and answer pings."""
        self._staying = asyncio.ensure_future(self._stay())

    async def _stay(self) -> None:
        with contextlib.suppress(OSError):
            while data := await self._connection.receive():
                self._h2.receive_data(self._without_goaway(data))
                await self._flush()

    async def _flush(self) -> None:
        if data := self._h2.data_to_send():
            await self._connection.send(data)

    def close(self) -> None:
        if self._staying is not None:
            self._staying.cancel()
        self._connection.close()


def parse_frame(data: bytes) -> tuple[int, bytes, bytes] | None:
    """Type, payload and all bytes of the first frame; None while it is not whole."""
    end = FRAME_HEAD_BYTES + int.from_bytes(data[:3], "big")
    if len(data) < FRAME_HEAD_BYTES or len(data) < end:
        return None
    return data[3], data[FRAME_HEAD_BYTES:end], data[:end]


@contextlib.asynccontextmanager
async def prepared(process: Process) -> AsyncIterator[dict[str, After]]:
    fresh = {probe.key: Client(process.connection()) for probe in PROBES if probe.kind is Kind.NEW}
    existing, busy = Client(process.connection()), Client(process.connection())
    try:
        await existing.ask_new()
        await busy.connect()
        await busy.begin(SLOW_PATH)
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
