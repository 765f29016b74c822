"""Listening sockets of a sandbox that were closed, as the kernel tells it.

Does: read the kernel's notice of each destroyed TCP socket in a network namespace (`sock_diag`,
group "destroy") and pick those that never had a peer.
Differs from Kubernetes: nothing tells this there. A socket that was bound to a port and never
listened looks the same.
"""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from seatrial.kit.record import get_record

record = get_record("runtime.listeners")

# struct nlmsghdr: length, type, flags, sequence, pid
_HEADER = struct.Struct("=IHHII")
# struct inet_diag_msg: family, state, timer, retransmissions, ports (network order), addresses
_SOCKET = struct.Struct("!BBBBHH16s16s")
MESSAGE_BYTES_MAX = 8 * 1024  # one notice is 380 bytes on Linux 6.18


class Listener(NamedTuple):
    """Where a socket listened."""

    ip: str
    port: int


def parse(data: bytes) -> Iterator[Listener]:
    """The listeners among the sockets of one datagram."""
    while len(data) >= _HEADER.size + _SOCKET.size:
        length = _HEADER.unpack_from(data)[0]
        family, _, _, _, port, peer_port, address, _ = _SOCKET.unpack_from(data, _HEADER.size)
        if port and not peer_port:
            size = 4 if family == socket.AF_INET else 16
            yield Listener(socket.inet_ntop(family, address[:size]), port)
        data = data[max(length, _HEADER.size) :]


class ListenerWatch:
    """Calls `on_closed` for each; owns the socket, which was opened inside the namespace."""

    def __init__(self, descriptor: int, on_closed: Callable[[Listener], None]) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._socket.setblocking(False)
        self._on_closed = on_closed
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._readable)

    def close(self) -> None:
        """Look no longer; what was told already is still handed on."""
        self._readable()
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()

    def _readable(self) -> None:
        while True:
            try:
                data = self._socket.recv(MESSAGE_BYTES_MAX)
            except BlockingIOError:
                return
            except OSError as error:  # ENOBUFS: more sockets were closed at once than fit
                record.warning("listeners.missed", why=str(error))
                return
            for listener in parse(data):
                self._on_closed(listener)
