"""Fields of a packet as nftables spells them: their bytes, their types, where they are loaded from.

Holds: the fields of a set's key are loaded one after the other into the 32-bit registers, each
padded to four bytes, which is how the kernel compares concatenations.
"""

import socket
import struct
import sys
from collections.abc import Sequence

from seatrial.network.netlink.wire import be32, nested, text
from seatrial.network.ruleset.values import Field, Key, Value

PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132}
_PROTOCOL_NAMES = {number: name for name, number in PROTOCOLS.items()}

# Registers: the verdict, the first 16-byte one, and the first of sixteen 4-byte ones.
REG_VERDICT, REG_1, REG32_0 = 0, 1, 8

META_MARK, _META_PROTOCOL = 3, 16
_NETWORK_HEADER, _TRANSPORT_HEADER = 1, 2

# Types as `nft list ruleset` names them; each field of a concatenation takes six bits.
_TYPES = {
    Field.SOURCE: 7,
    Field.DESTINATION: 7,
    Field.PROTOCOL: 12,
    Field.PORT: 13,
    Field.MARK: 19,
}


def expression(kind: str, attributes: bytes) -> bytes:
    """One list element of NFTA_RULE_EXPRESSIONS."""
    return nested(1, text(1, kind), nested(2, attributes))


def load_all(kinds: Sequence[Field]) -> bytes:
    """Load the fields into consecutive 4-byte registers."""
    return b"".join(load(each, REG32_0 + place) for place, each in enumerate(kinds))


def load(kind: Field, register: int) -> bytes:
    """Load one field into a register."""
    if kind is Field.PROTOCOL:
        return expression("meta", be32(1, register) + be32(2, _META_PROTOCOL))
    if kind is Field.MARK:
        return expression("meta", be32(1, register) + be32(2, META_MARK))
    base, offset = {
        Field.SOURCE: (_NETWORK_HEADER, 12),
        Field.DESTINATION: (_NETWORK_HEADER, 16),
        Field.PORT: (_TRANSPORT_HEADER, 2),
    }[kind]
    place = be32(1, register) + be32(2, base) + be32(3, offset) + be32(4, width(kind))
    return expression("payload", place)


def key_type(kinds: Sequence[Field]) -> tuple[int, int]:
    """Type and length in bytes of a set's key."""
    kind = 0
    for each in kinds:
        kind = kind << 6 | _TYPES[each]
    return kind, width(kinds[0]) if len(kinds) == 1 else 4 * len(kinds)


def key_bytes(kinds: Sequence[Field], key: Key) -> bytes:
    """An element's key as the kernel compares it."""
    data = b"".join(field_bytes(each, value) for each, value in zip(kinds, key, strict=True))
    if len(kinds) == 1:
        return data[: width(kinds[0])]
    return data


def parse_key(kinds: Sequence[Field], data: bytes) -> Key:
    """The reverse of `key_bytes`."""
    return tuple(
        _parse_field(each, data[4 * place : 4 * place + 4]) for place, each in enumerate(kinds)
    )


def field_bytes(kind: Field, value: Value) -> bytes:
    """One field's value, padded to four bytes."""
    if kind in {Field.SOURCE, Field.DESTINATION}:
        return socket.inet_aton(str(value))
    if kind is Field.PROTOCOL:
        return bytes((PROTOCOLS[str(value)], 0, 0, 0))
    if kind is Field.PORT:
        return struct.pack(">Hxx", int(value))
    return struct.pack("=I", int(value))


def _parse_field(kind: Field, data: bytes) -> Value:
    if kind in {Field.SOURCE, Field.DESTINATION}:
        return socket.inet_ntoa(data)
    if kind is Field.PROTOCOL:
        return _PROTOCOL_NAMES[data[0]]
    if kind is Field.PORT:
        return int.from_bytes(data[:2], "big")
    return int.from_bytes(data, sys.byteorder)


def width(kind: Field) -> int:
    """Bytes of a field without padding."""
    return {Field.PROTOCOL: 1, Field.PORT: 2}.get(kind, 4)
