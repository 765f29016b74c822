"""Connection tracking messages; pure bytes."""

import socket
import struct
from dataclasses import dataclass

from seatrial.network.netlink import wire
from seatrial.network.netlink.wire import Message, attribute, nested, u8
from seatrial.network.ruleset.fields import PROTOCOLS

_SUBSYSTEM = 1
NEW, GET, DELETE = (_SUBSYSTEM << 8 | kind for kind in (0, 1, 2))
NEW_GROUP = 1  # a bit in the groups of a netlink socket

_NAMES = {number: name for name, number in PROTOCOLS.items()}
_ORIGINAL, _REPLY = 1, 2
_IP, _PROTOCOL = 1, 2
_IP_SOURCE, _IP_DESTINATION = 1, 2
_NUMBER, _SOURCE_PORT, _DESTINATION_PORT = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Tuple:
    """One direction of a connection."""

    source: str
    source_port: int
    destination: str
    destination_port: int


@dataclass(frozen=True, slots=True)
class Flow:
    """One connection: as it was asked for, and how the answers travel."""

    protocol: str  # tcp, udp, sctp
    original: Tuple
    reply: Tuple

    @property
    def is_redirected(self) -> bool:
        """The destination was changed: a Service's address, and a pod that answers."""
        asked = (self.original.destination, self.original.destination_port)
        return asked != (self.reply.source, self.reply.source_port)


def all_flows() -> Message:
    """Ask for every connection."""
    return Message(GET, 0, _head())


def forget(flow: Flow) -> Message:
    """Delete one connection."""
    return Message(DELETE, 0, _head() + _tuple(flow.protocol, flow.original))


def parse_flow(body: bytes) -> Flow | None:
    """The flow of a message; None when it is none of ours (IPv6, ICMP)."""
    if not body or body[0] != socket.AF_INET:
        return None
    attributes = wire.parse_attributes(body[4:])
    protocol, original = _parse_tuple(attributes.get(_ORIGINAL, b""))
    _, reply = _parse_tuple(attributes.get(_REPLY, b""))
    if original is None or reply is None or protocol not in _NAMES:
        return None
    return Flow(_NAMES[protocol], original, reply)


def _head() -> bytes:
    return struct.pack(">BBH", socket.AF_INET, 0, 0)


def _tuple(protocol: str, direction: Tuple) -> bytes:
    addresses = nested(
        _IP,
        attribute(_IP_SOURCE, socket.inet_aton(direction.source)),
        attribute(_IP_DESTINATION, socket.inet_aton(direction.destination)),
    )
    ports = nested(
        _PROTOCOL,
        u8(_NUMBER, PROTOCOLS[protocol]),
        attribute(_SOURCE_PORT, struct.pack(">H", direction.source_port)),
        attribute(_DESTINATION_PORT, struct.pack(">H", direction.destination_port)),
    )
    return nested(_ORIGINAL, addresses, ports)


def _parse_tuple(data: bytes) -> tuple[int, Tuple | None]:
    parts = wire.parse_attributes(data)
    addresses = wire.parse_attributes(parts.get(_IP, b""))
    ports = wire.parse_attributes(parts.get(_PROTOCOL, b""))
    number = ports.get(_NUMBER, b"\0")[0]
    if _SOURCE_PORT not in ports or _IP_SOURCE not in addresses:
        return number, None
    return number, Tuple(
        socket.inet_ntoa(addresses[_IP_SOURCE]),
        int.from_bytes(ports[_SOURCE_PORT], "big"),
        socket.inet_ntoa(addresses[_IP_DESTINATION]),
        int.from_bytes(ports[_DESTINATION_PORT], "big"),
    )
