"""A TCP port of the node that leads to a unix socket (edge).

Does: carry bytes both ways between a pod's connection and the control plane's socket; TLS passes
through untouched. A side that has said its last word may still listen.
Holds: at most `CONNECTIONS_MAX` connections; at most `CHUNK_BYTES` and a transport's own buffer a
direction in memory: whoever sends faster than the other side reads is slowed down.
"""

import asyncio
from pathlib import Path

from seatrial.network.connections import Connections

CONNECTIONS_MAX = 1024
CHUNK_BYTES = 64 << 10


class Relay:
    """Listens on one address from `start` until `aclose`."""

    def __init__(self, address: str, port: int, *, socket_path: Path) -> None:
        self._address = address
        self._port = port
        self._socket_path = socket_path
        self._server: asyncio.Server | None = None
        self._connections = Connections("relay", self._join, connections_max=CONNECTIONS_MAX)

    async def start(self) -> None:
        """Listen. Raises OSError when the address is not there or taken."""
        self._server = await asyncio.start_server(
            self._connections.serve, self._address, self._port
        )

    async def aclose(self) -> None:
        """Listen no more and cut every connection."""
        if self._server is not None:
            self._server.close()
        await self._connections.aclose()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(self._socket_path)
        try:
            await asyncio.gather(_carry(reader, inner_writer), _carry(inner_reader, writer))
            writer.close()
            inner_writer.close()
            await writer.wait_closed()
        finally:
            inner_writer.transport.abort()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK_BYTES):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
