"""Sets, maps and their elements as nfnetlink attributes; pure bytes.

Attribute numbers are those of the kernel's `linux/netfilter/nf_tables.h`; each function names the
group that its numbers belong to.
"""

import struct
from collections.abc import Sequence

from seatrial.network.netlink import wire
from seatrial.network.netlink.wire import be32, nested, text
from seatrial.network.ruleset.fields import key_bytes, key_type
from seatrial.network.ruleset.values import Key, Set, Verdict

_VERDICT_CODES = {"drop": 0, "accept": 1, "jump": -3, "goto": -4, "return": -5}
_ANONYMOUS, _CONSTANT, _MAP, _TIMEOUT, _EVAL = 0x1, 0x2, 0x8, 0x10, 0x20
_DATA_TYPE_VERDICT = 0xFFFFFF00
_VERDICT_BYTES = 16
_INTEGER = (4, 4)  # type and length
# The kernel fills in a number.
ANONYMOUS_NAME = "__map%d"


def set_attributes(table: str, name: str, definition: Set, *, set_id: int) -> bytes:
    """NFTA_SET_* of a named set."""
    flags = _MAP if definition.is_map else 0
    if definition.is_timed:
        flags |= _TIMEOUT | _EVAL
    key = key_type(definition.fields)
    return _set(table, name, flags, key, set_id, is_map=definition.is_map)


def spread_attributes(table: str, *, set_id: int) -> bytes:
    """NFTA_SET_* of the anonymous map behind a Spread."""
    flags = _ANONYMOUS | _CONSTANT | _MAP
    return _set(table, ANONYMOUS_NAME, flags, _INTEGER, set_id, is_map=True)


def choice_attributes(table: str, choices: Sequence[tuple[int, Verdict]], *, set_id: int) -> bytes:
    """NFTA_SET_ELEM_LIST_* of some choices of a Spread: random number and verdict."""
    encoded = b"".join(
        nested(
            1,
            nested(1, data_attribute(struct.pack("=I", number))),
            nested(2, verdict_attribute(verdict)),
        )
        for number, verdict in choices
    )
    head = text(1, table) + text(2, ANONYMOUS_NAME)
    return head + nested(3, encoded) + be32(4, set_id)


def element_attributes(
    table: str, name: str, definition: Set, elements: Sequence[tuple[Key, Verdict | None]]
) -> bytes:
    """NFTA_SET_ELEM_LIST_* of some elements of a named set."""
    encoded = b"".join(
        nested(
            1,
            nested(1, data_attribute(key_bytes(definition.fields, key))),
            nested(2, verdict_attribute(verdict)) if verdict is not None else b"",
        )
        for key, verdict in elements
    )
    return text(1, table) + text(2, name) + nested(3, encoded)


def _set(
    table: str, name: str, flags: int, key: tuple[int, int], set_id: int, *, is_map: bool
) -> bytes:
    kind, size = key
    data = be32(6, _DATA_TYPE_VERDICT) + be32(7, _VERDICT_BYTES) if is_map else b""
    head = text(1, table) + text(2, name) + be32(3, flags) + be32(4, kind) + be32(5, size)
    return head + data + be32(10, set_id)


def data_attribute(value: bytes) -> bytes:
    """NFTA_DATA_VALUE."""
    return wire.attribute(1, value)


def verdict_attribute(verdict: Verdict) -> bytes:
    """NFTA_DATA_VERDICT."""
    chain = text(2, verdict.chain) if verdict.chain else b""
    return nested(2, be32(1, _VERDICT_CODES[verdict.action]) + chain)
