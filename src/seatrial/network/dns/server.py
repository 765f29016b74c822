"""The node's DNS server: UDP and TCP on the cluster's DNS address (edge).

Does: answer for the cluster from the directory; hand every other question, and targets outside
the cluster, to the upstream socket as they are.
Holds: at most `QUESTIONS_MAX` questions wait for upstream at a time, further ones fail at once;
a bad packet harms nobody but its sender.
"""

import asyncio
from pathlib import Path

from seatrial.kit.record import get_record
from seatrial.kit.tasks import Tasks
from seatrial.network.connections import Connections
from seatrial.network.dns.answer import Answer, answer
from seatrial.network.dns.framing import MESSAGE_LIMIT_S, ask_stream, read_message, write_message
from seatrial.network.dns.message import (
    BadMessage,
    Question,
    asking,
    cut,
    parse_question,
    records_in,
    render_answer,
    render_failure,
)
from seatrial.network.dns.records import Directory

record = get_record("network.dns")

PORT = 53
QUESTIONS_MAX = 256
TCP_CONNECTIONS_MAX = 256
CONNECTION_LIMIT_S = 30.0


class DnsServer:
    """Listens on one address from `start` until `aclose`."""

    def __init__(
        self,
        address: str,
        directory: Directory,
        *,
        domain: str,
        upstream: Path,
        port: int = PORT,
    ) -> None:
        self._address = (address, port)
        self._directory = directory
        self._domain = domain
        self._upstream = upstream
        self._tasks = Tasks("dns")
        self._waiting = 0
        self._connections = Connections("dns", self._serve, connections_max=TCP_CONNECTIONS_MAX)
        self._transport: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen. Raises OSError when the address is not there or taken."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self), local_addr=self._address
        )
        self._server = await asyncio.start_server(self._connections.serve, *self._address)

    async def aclose(self) -> None:
        """Listen no more."""
        if self._transport is not None:
            self._transport.close()
        if self._server is not None:
            self._server.close()
        await self._connections.aclose()
        await self._tasks.stop()

    def datagram(self, transport: asyncio.DatagramTransport, data: bytes, peer: object) -> None:
        """Answer one question by UDP, at once where we know the answer."""
        try:
            question = parse_question(data)
        except BadMessage as bad:
            if bad.reply:
                transport.sendto(bad.reply, peer)  # type: ignore[arg-type]
            return
        found = answer(question.name, question.type, self._directory, domain=self._domain)
        if found is not None and not _target(found):
            reply = render_answer(question, found, domain=self._domain)
            transport.sendto(cut(question, reply), peer)  # type: ignore[arg-type]
            return
        if self._waiting >= QUESTIONS_MAX:
            transport.sendto(render_failure(question), peer)  # type: ignore[arg-type]
            return
        self._tasks.start(self._send_later(transport, question, data, peer), name="question")

    async def _send_later(
        self, transport: asyncio.DatagramTransport, question: Question, data: bytes, peer: object
    ) -> None:
        reply = await self._reply(question, data)
        if not transport.is_closing():
            transport.sendto(cut(question, reply), peer)  # type: ignore[arg-type]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(CONNECTION_LIMIT_S):
            while data := await read_message(reader):
                await write_message(writer, await self._reply_to(data))

    async def _reply_to(self, data: bytes) -> bytes:
        try:
            question = parse_question(data)
        except BadMessage as bad:
            return bad.reply
        return await self._reply(question, data)

    async def _reply(self, question: Question, data: bytes) -> bytes:
        found = answer(question.name, question.type, self._directory, domain=self._domain)
        if found is None:
            return await self._ask_upstream(data) or render_failure(question)
        target = _target(found)
        if not target or question.type == "CNAME":
            return render_answer(question, found, domain=self._domain)
        return await self._chase(question, found, target)

    async def _chase(self, question: Question, found: Answer, target: str) -> bytes:
        """The pod's resolver does not follow another name by itself: bring its records along."""
        inner = answer(target, question.type, self._directory, domain=self._domain)
        if inner is not None:
            whole = Answer(True, (*found.records, *inner.records))
            return render_answer(question, whole, domain=self._domain)
        reply = await self._ask_upstream(asking(target, question.type))
        if not reply:
            return render_failure(question)
        try:
            return render_answer(question, found, domain=self._domain, chased=records_in(reply))
        except BadMessage:
            return render_failure(question)

    async def _ask_upstream(self, data: bytes) -> bytes:
        """The reply, or nothing when nobody answers."""
        self._waiting += 1
        try:
            async with asyncio.timeout(MESSAGE_LIMIT_S):
                reader, writer = await asyncio.open_unix_connection(self._upstream)
                return await ask_stream(reader, writer, data)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            record.debug("dns.upstream_failed", error=repr(error))
            return b""
        finally:
            self._waiting -= 1


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, peer: object) -> None:
        if self._transport is not None:
            self._server.datagram(self._transport, data, peer)


def _target(found: Answer) -> str:
    """The name outside that the answer points to, or ""."""
    return next((each.data for each in found.records if each.type == "CNAME"), "")
