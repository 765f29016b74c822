"""Netlink on the wire: attributes and messages as bytes.

Does: encode and parse the type-length-value form that rtnetlink and nfnetlink share.
Does not: know any attribute's meaning, or touch a socket.
Holds: everything that is encoded is padded to four bytes, as the kernel wants it.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

REQUEST, MULTI, ACK, DUMP = 0x1, 0x2, 0x4, 0x300
CREATE, EXCLUSIVE, APPEND, REPLACE = 0x400, 0x200, 0x800, 0x100

MESSAGE_ERROR, MESSAGE_DONE = 2, 3

_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_NESTED = 0x8000
_KIND_MASK = 0x3FFF


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its type, its flags (REQUEST is implied) and its body."""

    kind: int
    flags: int
    body: bytes

    def encode(self, sequence: int) -> bytes:
        """The message with its header, padded."""
        size = _HEADER.size + len(self.body)
        header = _HEADER.pack(size, self.kind, self.flags | REQUEST, sequence, 0)
        return _padded(header + self.body)


@dataclass(frozen=True, slots=True)
class Received:
    """One message from the kernel."""

    kind: int
    flags: int
    sequence: int
    body: bytes


def attribute(kind: int, payload: bytes) -> bytes:
    """One attribute, padded."""
    return _padded(_ATTRIBUTE.pack(4 + len(payload), kind) + payload)


def nested(kind: int, *attributes: bytes) -> bytes:
    """An attribute made of attributes."""
    return attribute(kind | _NESTED, b"".join(attributes))


def text(kind: int, value: str) -> bytes:
    """A string, with the zero byte that the kernel expects."""
    return attribute(kind, value.encode() + b"\0")


def u8(kind: int, value: int) -> bytes:
    """One byte."""
    return attribute(kind, bytes((value,)))


def u32(kind: int, value: int) -> bytes:
    """32 bits in the machine's order (rtnetlink)."""
    return attribute(kind, struct.pack("=I", value))


def be32(kind: int, value: int) -> bytes:
    """32 bits in network order (nfnetlink)."""
    return attribute(kind, struct.pack(">I", value & 0xFFFFFFFF))


def be64(kind: int, value: int) -> bytes:
    """64 bits in network order (nfnetlink)."""
    return attribute(kind, struct.pack(">Q", value))


def parse_attributes(data: bytes) -> dict[int, bytes]:
    """Attributes by kind; of several of one kind the last."""
    return dict(each_attribute(data))


def each_attribute(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Attributes in their order; a broken tail ends the walk."""
    offset = 0
    while offset + _ATTRIBUTE.size <= len(data):
        size, kind = _ATTRIBUTE.unpack_from(data, offset)
        if not _ATTRIBUTE.size <= size <= len(data) - offset:
            return
        yield kind & _KIND_MASK, data[offset + 4 : offset + size]
        offset += _aligned(size)


def parse_messages(data: bytes) -> Iterator[Received]:
    """The messages of one datagram; a broken tail ends the walk."""
    offset = 0
    while offset + _HEADER.size <= len(data):
        size, kind, flags, sequence, _ = _HEADER.unpack_from(data, offset)
        if not _HEADER.size <= size <= len(data) - offset:
            return
        body = data[offset + _HEADER.size : offset + size]
        yield Received(kind, flags, sequence, body)
        offset += _aligned(size)


def error_number(received: Received) -> int:
    """The errno of an error message; 0 for an acknowledgement."""
    (code,) = struct.unpack_from("=i", received.body)
    return -int(code)


def _aligned(size: int) -> int:
    return (size + 3) & ~3


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
