"""The way out for names that are not the cluster's (edge; runs in the machine's network).

Does: take questions on a unix socket and ask the machine's resolvers (`/etc/resolv.conf`), one
after the other, by UDP, and by TCP what is too long for that.
Does not: cache; the resolvers of most machines do.
Holds: a question is answered within MESSAGE_LIMIT_S whatever the resolvers do; with none that can
be reached the answer is SERVFAIL, at once.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from seatrial.kit.record import get_record
from seatrial.network.connections import Connections
from seatrial.network.dns.framing import MESSAGE_LIMIT_S, ask_stream, read_message, write_message
from seatrial.network.dns.message import BadMessage, parse_question, render_failure

record = get_record("network.upstream")

PORT = 53
TRY_LIMIT_S = 2.0
CONNECTIONS_MAX = 512
RESOLVERS_MAX = 3  # as the C library
RESOLV_CONF = Path("/etc/resolv.conf")


def parse_resolvers(resolv_conf: str) -> tuple[str, ...]:
    """The addresses of the `nameserver` lines."""
    lines = (line.split() for line in resolv_conf.splitlines())
    found = [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]
    return tuple(found[:RESOLVERS_MAX])


def machine_resolvers(path: Path = RESOLV_CONF) -> tuple[str, ...]:
    """The machine's resolvers; none where the file cannot be read."""
    try:
        return parse_resolvers(path.read_text())
    except OSError as error:
        record.warning("resolv_conf.unreadable", path=str(path), error=str(error))
        return ()


class UpstreamForwarder:
    """Listens on a unix socket from `start` until `aclose`."""

    def __init__(
        self, socket_path: Path, resolvers: Sequence[str] | None = None, *, port: int = PORT
    ) -> None:
        self._socket_path = socket_path
        self._resolvers = resolvers
        self._port = port
        self._server: asyncio.Server | None = None
        self._connections = Connections("upstream", self._serve, connections_max=CONNECTIONS_MAX)

    async def start(self) -> None:
        """Listen. Raises OSError when the socket cannot be made."""
        self._socket_path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._connections.serve, self._socket_path)

    async def aclose(self) -> None:
        """Listen no more and remove the socket."""
        if self._server is not None:
            self._server.close()
        await self._connections.aclose()
        self._socket_path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(MESSAGE_LIMIT_S):
            reply = await self._reply(await read_message(reader))
            if reply:
                await write_message(writer, reply)

    async def _reply(self, data: bytes) -> bytes:
        try:
            question = parse_question(data)
        except BadMessage as bad:
            return bad.reply
        resolvers = machine_resolvers() if self._resolvers is None else self._resolvers
        for resolver in resolvers:
            try:
                async with asyncio.timeout(TRY_LIMIT_S):
                    return await self._ask(resolver, data)
            except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
                record.debug("resolver.failed", resolver=resolver, error=repr(error))
        return render_failure(question)

    async def _ask(self, resolver: str, data: bytes) -> bytes:
        reply = await _ask_datagram(resolver, self._port, data)
        if not _is_cut(reply):
            return reply
        reader, writer = await asyncio.open_connection(resolver, self._port)
        return await ask_stream(reader, writer, data)


async def _ask_datagram(resolver: str, port: int, data: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[bytes] = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _OneAnswer(data[:2], answered), remote_addr=(resolver, port)
    )
    try:
        transport.sendto(data)
        return await answered
    finally:
        transport.close()


class _OneAnswer(asyncio.DatagramProtocol):
    def __init__(self, wanted_id: bytes, answered: asyncio.Future[bytes]) -> None:
        self._wanted_id = wanted_id
        self._answered = answered

    def datagram_received(self, data: bytes, _peer: object) -> None:
        if data[:2] == self._wanted_id and not self._answered.done():
            self._answered.set_result(data)

    def error_received(self, error: Exception) -> None:
        if not self._answered.done():
            self._answered.set_exception(error)


def _is_cut(reply: bytes) -> bool:
    return len(reply) > 2 and bool(reply[2] & 0x02)
