"""A listener that stops: nobody who got a handshake is reset, latecomers are turned away."""

import asyncio
import fcntl
import os
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import network_world
import pytest

from seatrial_app import handshakes
from seatrial_app.listener import (
    Stopped,
    refuse_new,
    stop_accepting,
    stop_accepting_async,
    welcome_new,
)

MISSING = network_world.missing()
pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(sys.platform != "linux", reason="SO_ATTACH_FILTER is Linux's"),
]
WAITING = 40
LIMIT_S = 10.0


def test_all_that_wait_are_answered_and_none_is_reset() -> None:
    listening = socket.create_server(("127.0.0.1", 0), backlog=WAITING)
    clients = [_ask(listening.getsockname()) for _ in range(WAITING)]
    stopped = stop_accepting(listening, _answer)
    address = listening.getsockname()
    listening.close()
    assert stopped == Stopped(filtered=True, accepted=WAITING, under_way=0)
    assert [_read_all(client) for client in clients] == [b"answer"] * WAITING
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, LIMIT_S)


def test_a_closed_listener_resets_those_who_wait_when_nothing_is_done() -> None:
    """The judge is sharp: the same clients without the library are reset."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=WAITING)
    client = socket.create_connection(listening.getsockname(), LIMIT_S)
    listening.close()
    with closing(client), pytest.raises(ConnectionResetError):
        client.recv(1)


def test_a_newcomer_does_not_get_in_between_the_filter_and_the_close() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as late:
        assert refuse_new(listening)
        late.setblocking(False)
        with pytest.raises(BlockingIOError):
            late.connect(listening.getsockname())
        assert stop_accepting(listening, _answer).accepted == 0
        assert handshakes.KERNEL.under_way(listening) == 0


def test_the_next_process_on_a_listener_lets_newcomers_in_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert refuse_new(listening)
        welcome_new(listening)
        with socket.create_connection(listening.getsockname(), LIMIT_S):
            listening.accept()[0].close()
        welcome_new(listening)  # again is nothing


def test_a_server_on_ipv6_and_ipv4_at_once() -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("no dual-stack sockets here")
    listening = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    port = listening.getsockname()[1]
    with listening:
        clients = [_ask((host, port)) for host in ("127.0.0.1", "::1")]
        assert stop_accepting(listening, _answer).accepted == 2
    assert [_read_all(client) for client in clients] == [b"answer"] * 2


def test_a_unix_listener_refuses_newcomers_and_answers_those_who_wait(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as waiting:
        listening.bind(path)
        listening.listen(8)
        waiting.connect(path)
        waiting.sendall(b"ask")
        assert refuse_new(listening)
        with socket.socket(socket.AF_UNIX) as late, pytest.raises(ConnectionRefusedError):
            late.connect(path)
        assert stop_accepting(listening, _answer).accepted == 1
        assert _read_all(waiting) == b"answer"


async def test_a_loop_that_accepts_by_itself_is_waited_for() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(3) and b"answer")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=WAITING)
    listening = server.sockets[0]
    address = listening.getsockname()
    clients = [_ask(address) for _ in range(WAITING)]
    stopped = await stop_accepting_async(listening)
    server.close()
    assert stopped == Stopped(filtered=True, accepted=0, under_way=0)
    read = [asyncio.to_thread(_read_all, client) for client in clients]
    assert await asyncio.gather(*read) == [b"answer"] * WAITING
    await server.wait_closed()


@pytest.mark.skipif(bool(MISSING), reason=MISSING)
def test_a_handshake_under_way_is_waited_for_and_answered() -> None:
    with _far_client() as (listening, client):
        client.syn()
        assert handshakes.KERNEL.under_way(listening) == 1
        assert refuse_new(listening)
        accepted: list[tuple[socket.socket, Any]] = []

        def stop() -> None:
            stop_accepting(listening, lambda conn, address: accepted.append((conn, address)))

        stopping = threading.Thread(target=stop)
        stopping.start()
        client.ack()
        stopping.join(LIMIT_S)
        assert not stopping.is_alive()
        ((connection, address),) = accepted
        assert address[0] == FAR
        connection.close()


@pytest.mark.skipif(bool(MISSING), reason=MISSING)
def test_a_handshake_that_never_ends_is_not_waited_for_longer_than_agreed() -> None:
    with _far_client() as (listening, client):
        client.syn()
        stopped = stop_accepting(listening, _answer, settle_s=0.01)
        assert stopped == Stopped(filtered=True, accepted=0, under_way=1)


def _ask(address: tuple[str, int]) -> socket.socket:
    client = socket.create_connection(address, LIMIT_S)
    client.sendall(b"ask")
    return client


def _answer(connection: socket.socket, address: object) -> None:
    with connection:
        connection.settimeout(LIMIT_S)
        assert connection.recv(64) == b"ask"
        connection.sendall(b"answer")


def _read_all(client: socket.socket) -> bytes:
    with client:
        client.settimeout(LIMIT_S)
        return b"".join(iter(lambda: client.recv(64), b""))


# A client at the other end of a tun device: its packets are written here, byte by byte.

NEAR, FAR, PORT = "10.9.0.1", "10.9.0.2", 8080
_TUNSETIFF, _SIOCSIFADDR, _SIOCSIFNETMASK, _SIOCSIFFLAGS = 0x400454CA, 0x8916, 0x891C, 0x8914


class _FarClient:
    def __init__(self, tun: int) -> None:
        self._tun = tun
        self._server_sequence = 0

    def syn(self) -> None:
        os.write(self._tun, _segment(handshakes.SYN, 1000, 0))
        while True:
            packet = os.read(self._tun, 2048)
            if packet[0] >> 4 == 4 and packet[9] == socket.IPPROTO_TCP:
                self._server_sequence = struct.unpack_from("!I", packet, 24)[0]
                return

    def ack(self) -> None:
        os.write(self._tun, _segment(handshakes.ACK, 1001, self._server_sequence + 1))


@contextmanager
def _far_client() -> Iterator[tuple[socket.socket, _FarClient]]:
    with network_world.fresh_netns():
        tun = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH22x", b"far", 0x1001))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            for ask, address in ((_SIOCSIFADDR, NEAR), (_SIOCSIFNETMASK, "255.255.255.0")):
                packed = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(address))
                fcntl.ioctl(control, ask, struct.pack("16s16s8x", b"far", packed))
            fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH22x", b"far", 0x41))
        try:
            with socket.create_server((NEAR, PORT)) as listening:
                yield listening, _FarClient(tun)
        finally:
            os.close(tun)


def _segment(flags: int, sequence: int, acknowledged: int) -> bytes:
    near, far = socket.inet_aton(NEAR), socket.inet_aton(FAR)
    tcp = struct.pack("!HHIIBBHHH", 5555, PORT, sequence, acknowledged, 0x50, flags, 64240, 0, 0)
    pseudo = far + near + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(tcp))
    tcp = tcp[:16] + struct.pack("!H", _checksum(pseudo + tcp)) + tcp[18:]
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 1, 0, 64, socket.IPPROTO_TCP, 0, far, near)
    return ip[:10] + struct.pack("!H", _checksum(ip)) + ip[12:] + tcp


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
