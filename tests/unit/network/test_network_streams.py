"""The small stream servers over loopback and unix sockets: relay, upstream, DNS by TCP and UDP."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import dnslib
import pytest

from seatrial.network.connections import Connections
from seatrial.network.dns.framing import ask_stream, write_message
from seatrial.network.dns.message import asking
from seatrial.network.dns.records import NamedService
from seatrial.network.dns.server import DnsServer
from seatrial.network.dns.upstream import UpstreamForwarder, machine_resolvers
from seatrial.network.relay import Relay

HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as made:
        made.bind((HOST, 0))
        return int(made.getsockname()[1])


async def ask_unix(path: Path, question: bytes) -> dnslib.DNSRecord:
    reader, writer = await asyncio.open_unix_connection(path)
    return dnslib.DNSRecord.parse(await ask_stream(reader, writer, question))


async def rest(reader: asyncio.StreamReader) -> bytes:
    """What still comes; a reset is an end like any other."""
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


class Resolver(asyncio.DatagramProtocol):
    """A machine's resolver: knows one name; says "too long" by UDP when told to."""

    def __init__(self, *, cuts: bool = False) -> None:
        self.cuts = cuts

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        reply = self.reply(data, cuts=self.cuts)
        self.transport.sendto(reply, peer)  # type: ignore[attr-defined]

    @staticmethod
    def reply(data: bytes, *, cuts: bool = False) -> bytes:
        reply = dnslib.DNSRecord.parse(data).reply()
        reply.header.tc = int(cuts)
        if not cuts:
            reply.add_answer(*dnslib.RR.fromZone(f"{reply.q.qname} 60 A 192.0.2.1"))
        return bytes(reply.pack())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        size = int.from_bytes(await reader.readexactly(2), "big")
        reply = self.reply(await reader.readexactly(size))
        writer.write(len(reply).to_bytes(2, "big") + reply)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def resolver(*, cuts: bool = False) -> AsyncIterator[int]:
    port = free_port()
    known = Resolver(cuts=cuts)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: known, local_addr=(HOST, port))
    server = await asyncio.start_server(known.serve, HOST, port)
    try:
        yield port
    finally:
        server.close()
        transport.close()


@asynccontextmanager
async def forwarder(path: Path, resolvers: Sequence[str], port: int) -> AsyncIterator[Path]:
    made = UpstreamForwarder(path, resolvers, port=port)
    await made.start()
    try:
        yield path
    finally:
        await made.aclose()


@pytest.mark.parametrize("cuts", [False, True])
async def test_upstream_asks_the_machines_resolver(tmp_path: Path, cuts: bool) -> None:
    socket_path = tmp_path / "dns.sock"
    async with resolver(cuts=cuts) as port, forwarder(socket_path, [HOST], port) as path:
        reply = await ask_unix(path, asking("example.org", "A"))
    assert [str(each.rdata) for each in reply.rr] == ["192.0.2.1"]


@pytest.mark.parametrize("resolvers", [[], [HOST]])
async def test_upstream_fails_at_once_without_a_resolver(
    tmp_path: Path, resolvers: list[str]
) -> None:
    """None named, and one named where nobody listens."""
    async with forwarder(tmp_path / "dns.sock", resolvers, free_port()) as path:
        reply = await ask_unix(path, asking("example.org", "A"))
    assert dnslib.RCODE.get(reply.header.rcode) == "SERVFAIL"


async def test_upstream_ends_with_questions_open(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.setblocking(False)
        silent.bind((HOST, 0))
        async with forwarder(tmp_path / "dns.sock", [HOST], silent.getsockname()[1]) as path:
            reader, writer = await asyncio.open_unix_connection(path)
            await write_message(writer, asking("example.org", "A"))
            assert await asyncio.get_running_loop().sock_recv(silent, 512)
    assert await rest(reader) == b""
    writer.close()


def test_a_machine_without_resolv_conf_has_no_resolver(tmp_path: Path) -> None:
    assert machine_resolvers(tmp_path / "missing") == ()
    (tmp_path / "resolv.conf").write_text("nameserver 192.0.2.53\n")
    assert machine_resolvers(tmp_path / "resolv.conf") == ("192.0.2.53",)


async def test_the_relay_cuts_what_it_cannot_carry(tmp_path: Path) -> None:
    port = free_port()
    relay = Relay(HOST, port, socket_path=tmp_path / "nobody.sock")
    await relay.start()
    reader, writer = await asyncio.open_connection(HOST, port)
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    await relay.aclose()


async def test_the_relay_ends_with_connections_open(tmp_path: Path) -> None:
    port = free_port()
    held: list[asyncio.StreamWriter] = []
    arrived = asyncio.Event()

    async def hold(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        arrived.set()

    server = await asyncio.start_unix_server(hold, tmp_path / "api.sock")
    relay = Relay(HOST, port, socket_path=tmp_path / "api.sock")
    await relay.start()
    reader, writer = await asyncio.open_connection(HOST, port)
    await arrived.wait()
    await relay.aclose()
    assert await reader.read() == b""
    for each in (writer, *held):
        each.close()
    server.close()


async def test_connections_beyond_the_limit_are_cut() -> None:
    release = asyncio.Event()

    async def wait(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"in")
        await release.wait()

    connections = Connections("test", wait, connections_max=1)
    server = await asyncio.start_server(connections.serve, HOST, 0)
    port = server.sockets[0].getsockname()[1]
    first, first_writer = await asyncio.open_connection(HOST, port)
    assert await first.readexactly(2) == b"in"
    second, second_writer = await asyncio.open_connection(HOST, port)
    assert await rest(second) == b""
    release.set()
    assert await first.read() == b""
    for writer in (first_writer, second_writer):
        writer.close()
    server.close()
    await connections.aclose()


class Directory:
    """A cluster with two names for the outside."""

    def has_namespace(self, namespace: str) -> bool:
        return namespace == "default"

    def service(self, namespace: str, name: str) -> NamedService | None:
        targets = {
            "away": "example.org",
            "round": "here.default.svc.cluster.local",
        }
        if name == "here":
            return NamedService(namespace, name, ("10.96.0.7",), (), ())
        if name == "wide":
            many = tuple(f"10.96.1.{last}" for last in range(99))
            return NamedService(namespace, name, many, (), ())
        return NamedService(namespace, name, (), (), (), targets.get(name, ""))

    def services_at(self, address: str) -> Sequence[NamedService]:
        return ()


@asynccontextmanager
async def dns(tmp_path: Path) -> AsyncIterator[int]:
    port = free_port()
    upstream = tmp_path / "dns.sock"
    made = DnsServer(HOST, Directory(), domain="cluster.local", upstream=upstream, port=port)
    await made.start()
    try:
        yield port
    finally:
        await made.aclose()


async def by_udp(port: int, question: bytes) -> dnslib.DNSRecord:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.setblocking(False)
        await loop.sock_connect(made, (HOST, port))
        await loop.sock_sendall(made, question)
        return dnslib.DNSRecord.parse(await loop.sock_recv(made, 65_535))


async def by_tcp(port: int, question: bytes) -> dnslib.DNSRecord:
    reader, writer = await asyncio.open_connection(HOST, port)
    return dnslib.DNSRecord.parse(await ask_stream(reader, writer, question))


@pytest.mark.parametrize("way", [by_udp, by_tcp])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("example.org", ["192.0.2.1"]),
        ("away.default.svc.cluster.local", ["example.org.", "192.0.2.1"]),
        (
            "round.default.svc.cluster.local",
            ["here.default.svc.cluster.local.", "10.96.0.7"],
        ),
    ],
)
async def test_names_outside_are_asked_for_and_followed(
    tmp_path: Path,
    way: object,
    name: str,
    expected: list[str],
) -> None:
    async with (
        resolver() as resolver_port,
        forwarder(tmp_path / "dns.sock", [HOST], resolver_port),
        dns(tmp_path) as port,
    ):
        reply = await way(port, asking(name, "A"))  # type: ignore[operator]
    assert [str(each.rdata) for each in reply.rr] == expected


async def test_without_upstream_the_answer_is_a_failure(tmp_path: Path) -> None:
    async with dns(tmp_path) as port:
        for name in ("example.org", "away.default.svc.cluster.local"):
            reply = await by_udp(port, asking(name, "A"))
            assert dnslib.RCODE.get(reply.header.rcode) == "SERVFAIL"


async def test_a_long_answer_is_cut_by_udp_and_whole_by_tcp(tmp_path: Path) -> None:
    question = asking("wide.default.svc.cluster.local", "A")
    async with dns(tmp_path) as port:
        cut, whole = await by_udp(port, question), await by_tcp(port, question)
    assert (cut.header.tc, len(cut.rr)) == (1, 0)
    assert (whole.header.tc, len(whole.rr)) == (0, 99)


async def test_bad_packets_are_refused_or_ignored(tmp_path: Path) -> None:
    async with dns(tmp_path) as port:
        reply = await by_udp(port, b"\x12\x34" + bytes(10))
        assert dnslib.RCODE.get(reply.header.rcode) == "FORMERR"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
            made.sendto(b"noise", (HOST, port))
        good = await by_udp(port, asking("here.default.svc.cluster.local", "A"))
    assert [str(each.rdata) for each in good.rr] == ["10.96.0.7"]
