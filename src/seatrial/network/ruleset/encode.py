"""Rules, sets and elements as nfnetlink attributes; pure bytes.

Holds: the fields of a set's key are loaded one after the other into the 32-bit registers, each
padded to four bytes, which is how the kernel compares concatenations.
"""

import socket
import struct
from collections.abc import Sequence
from functools import singledispatch
from ipaddress import IPv4Network

from seatrial.kit.errors import Bug
from seatrial.network.netlink import wire
from seatrial.network.netlink.wire import be32, be64, nested, text
from seatrial.network.ruleset.values import (
    Dispatch,
    Field,
    InSet,
    Key,
    MarkHas,
    Masquerade,
    Match,
    NewConnection,
    Reject,
    Remember,
    Rule,
    SendTo,
    Set,
    Spread,
    ToggleMark,
    Value,
    Verdict,
)

PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132}
_PROTOCOL_NAMES = {number: name for name, number in PROTOCOLS.items()}

# Registers: the verdict, the first 16-byte one, and the first of sixteen 4-byte ones.
_REG_VERDICT, _REG_1, _REG32_0 = 0, 1, 8
_VERDICT_CODES = {"drop": 0, "accept": 1, "jump": -3, "goto": -4, "return": -5}

_NETWORK_HEADER, _TRANSPORT_HEADER = 1, 2
_META_MARK, _META_PROTOCOL = 3, 16
_CT_STATE, _CT_STATE_NEW = 0, 8
_CMP_EQUAL, _CMP_NOT_EQUAL = 0, 1
_DYNSET_UPDATE = 1
_NUMGEN_RANDOM = 1
_NAT_DESTINATION = 1
_FULLY_RANDOM = 1 << 4
_REJECT_ICMP, _PORT_UNREACHABLE = 0, 3

_SET_ANONYMOUS, _SET_CONSTANT, _SET_MAP, _SET_TIMEOUT, _SET_EVAL = 0x1, 0x2, 0x8, 0x10, 0x20
_DATA_TYPE_VERDICT = 0xFFFFFF00
# Types as `nft list ruleset` names them; each field of a concatenation takes six bits.
_FIELD_TYPES = {
    Field.SOURCE: 7,
    Field.DESTINATION: 7,
    Field.PROTOCOL: 12,
    Field.PORT: 13,
    Field.MARK: 19,
}
_TYPE_INTEGER = 4
# The kernel fills in a number.
_ANONYMOUS_NAME = "__map%d"


def rule_attributes(table: str, chain: str, rule: Rule, *, spread_set_id: int) -> bytes:
    """NFTA_RULE_*; a Spread in the rule looks up the anonymous set with this id."""
    expressions = b"".join(_expressions(each, spread_set_id) for each in rule)
    return text(1, table) + text(2, chain) + nested(4, expressions)


def _expressions(statement: object, spread_set_id: int) -> bytes:
    if isinstance(statement, Spread):
        number = nested_expression(
            "numgen",
            be32(1, _REG_1) + be32(2, len(statement.verdicts)) + be32(3, _NUMGEN_RANDOM),
        )
        return number + _lookup(_ANONYMOUS_NAME, _REG_1, spread_set_id, is_map=True)
    if isinstance(statement, NewConnection):
        return _new_connection()
    if isinstance(statement, Masquerade):
        return nested_expression("masq", be32(1, _FULLY_RANDOM))
    if isinstance(statement, Reject):
        return nested_expression("reject", be32(1, _REJECT_ICMP) + wire.u8(2, _PORT_UNREACHABLE))
    return _encode(statement)


@singledispatch
def _encode(statement: object) -> bytes:
    raise Bug(f"no encoding for {statement!r}")


@_encode.register
def _(statement: Match) -> bytes:
    operator = _CMP_NOT_EQUAL if statement.negated else _CMP_EQUAL
    load = _load(statement.field, _REG_1)
    if statement.field not in {Field.SOURCE, Field.DESTINATION}:
        data = field_bytes(statement.field, statement.value)[: _width(statement.field)]
        return load + _compare(operator, data)
    network = IPv4Network(str(statement.value))
    if network.prefixlen == 32:
        return load + _compare(operator, network.network_address.packed)
    mask = _bitwise(network.netmask.packed, bytes(4))
    return load + mask + _compare(operator, network.network_address.packed)


@_encode.register
def _(statement: MarkHas) -> bytes:
    operator = _CMP_EQUAL if statement.negated else _CMP_NOT_EQUAL
    mask = _bitwise(struct.pack("=I", statement.bit), bytes(4))
    return _load(Field.MARK, _REG_1) + mask + _compare(operator, bytes(4))


def _new_connection() -> bytes:
    load = nested_expression("ct", be32(1, _REG_1) + be32(2, _CT_STATE))
    mask = _bitwise(struct.pack("=I", _CT_STATE_NEW), bytes(4))
    return load + mask + _compare(_CMP_NOT_EQUAL, bytes(4))


@_encode.register
def _(statement: InSet) -> bytes:
    return _load_all(statement.fields) + _lookup(statement.set, _REG32_0, 0, is_map=False)


@_encode.register
def _(statement: Dispatch) -> bytes:
    return _load_all(statement.fields) + _lookup(statement.map, _REG32_0, 0, is_map=True)


@_encode.register
def _(statement: Remember) -> bytes:
    update = (
        text(1, statement.set)
        + be32(3, _DYNSET_UPDATE)
        + be32(4, _REG_1)
        + be64(6, statement.timeout_s * 1000)
    )
    return _load(Field.SOURCE, _REG_1) + nested_expression("dynset", update)


@_encode.register
def _(statement: ToggleMark) -> bytes:
    others = struct.pack("=I", ~statement.bit & 0xFFFFFFFF)
    change = _bitwise(others, struct.pack("=I", statement.bit if statement.on else 0))
    write = nested_expression("meta", be32(2, _META_MARK) + be32(3, _REG_1))
    return _load(Field.MARK, _REG_1) + change + write


@_encode.register
def _(statement: SendTo) -> bytes:
    registers = _immediate(_REG_1, _data(socket.inet_aton(statement.address)))
    registers += _immediate(_REG_1 + 1, _data(struct.pack(">H", statement.port)))
    nat = be32(1, _NAT_DESTINATION) + be32(2, socket.AF_INET) + be32(3, _REG_1) + be32(5, 2)
    return registers + nested_expression("nat", nat)


@_encode.register
def _(statement: Verdict) -> bytes:
    return _immediate(_REG_VERDICT, _verdict(statement))


def nested_expression(name: str, attributes: bytes) -> bytes:
    """One list element of NFTA_RULE_EXPRESSIONS."""
    return nested(1, text(1, name), nested(2, attributes))


def set_attributes(table: str, name: str, definition: Set, *, set_id: int) -> bytes:
    """NFTA_SET_* of a named set."""
    flags = _SET_MAP if definition.is_map else 0
    if definition.is_timed:
        flags |= _SET_TIMEOUT | _SET_EVAL
    kind = 0
    for each in definition.fields:
        kind = kind << 6 | _FIELD_TYPES[each]
    size = 4 * len(definition.fields)
    if len(definition.fields) == 1:
        size = _width(definition.fields[0])
    return _set(table, name, flags, (kind, size), set_id, is_map=definition.is_map)


def spread_attributes(table: str, spread: Spread, *, set_id: int) -> tuple[bytes, bytes]:
    """The anonymous map behind a Spread: its definition and its elements."""
    flags = _SET_ANONYMOUS | _SET_CONSTANT | _SET_MAP
    name = _ANONYMOUS_NAME
    definition = _set(table, name, flags, (_TYPE_INTEGER, 4), set_id, is_map=True)
    elements = b"".join(
        nested(1, nested(1, _data(struct.pack("=I", place))), nested(2, _verdict(verdict)))
        for place, verdict in enumerate(spread.verdicts)
    )
    return definition, text(1, table) + text(2, name) + nested(3, elements) + be32(4, set_id)


def element_attributes(
    table: str, name: str, definition: Set, elements: Sequence[tuple[Key, Verdict | None]]
) -> bytes:
    """NFTA_SET_ELEM_LIST_* of some elements of a named set."""
    encoded = b"".join(
        nested(
            1,
            nested(1, _data(key_bytes(definition, key))),
            nested(2, _verdict(verdict)) if verdict is not None else b"",
        )
        for key, verdict in elements
    )
    return text(1, table) + text(2, name) + nested(3, encoded)


def key_bytes(definition: Set, key: Key) -> bytes:
    """An element's key as the kernel compares it."""
    data = b"".join(
        field_bytes(each, value) for each, value in zip(definition.fields, key, strict=True)
    )
    if len(definition.fields) == 1:
        return data[: _width(definition.fields[0])]
    return data


def parse_key(definition: Set, data: bytes) -> Key:
    """The reverse of `key_bytes`."""
    return tuple(
        _parse_field(each, data[4 * place : 4 * place + 4])
        for place, each in enumerate(definition.fields)
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
    return int.from_bytes(data, "little" if struct.pack("=H", 1)[0] else "big")


def _width(kind: Field) -> int:
    return {Field.PROTOCOL: 1, Field.PORT: 2}.get(kind, 4)


def _set(
    table: str, name: str, flags: int, key: tuple[int, int], set_id: int, *, is_map: bool
) -> bytes:
    kind, size = key
    data = be32(6, _DATA_TYPE_VERDICT) + be32(7, 16) if is_map else b""
    head = text(1, table) + text(2, name) + be32(3, flags) + be32(4, kind) + be32(5, size)
    return head + data + be32(10, set_id)


def _load_all(fields: Sequence[Field]) -> bytes:
    return b"".join(_load(each, _REG32_0 + place) for place, each in enumerate(fields))


def _load(kind: Field, register: int) -> bytes:
    if kind is Field.PROTOCOL:
        return nested_expression("meta", be32(1, register) + be32(2, _META_PROTOCOL))
    if kind is Field.MARK:
        return nested_expression("meta", be32(1, register) + be32(2, _META_MARK))
    base, offset = {
        Field.SOURCE: (_NETWORK_HEADER, 12),
        Field.DESTINATION: (_NETWORK_HEADER, 16),
        Field.PORT: (_TRANSPORT_HEADER, 2),
    }[kind]
    place = be32(1, register) + be32(2, base) + be32(3, offset) + be32(4, _width(kind))
    return nested_expression("payload", place)


def _compare(operator: int, data: bytes) -> bytes:
    return nested_expression("cmp", be32(1, _REG_1) + be32(2, operator) + nested(3, _data(data)))


def _bitwise(mask: bytes, flip: bytes) -> bytes:
    registers = be32(1, _REG_1) + be32(2, _REG_1) + be32(3, len(mask))
    return nested_expression("bitwise", registers + nested(4, _data(mask)) + nested(5, _data(flip)))


def _lookup(name: str, register: int, set_id: int, *, is_map: bool) -> bytes:
    attributes = text(1, name) + be32(2, register)
    if is_map:
        attributes += be32(3, _REG_VERDICT)
    if set_id:
        attributes += be32(4, set_id)
    return nested_expression("lookup", attributes)


def _immediate(register: int, data: bytes) -> bytes:
    return nested_expression("immediate", be32(1, register) + nested(2, data))


def _data(value: bytes) -> bytes:
    return wire.attribute(1, value)


def _verdict(verdict: Verdict) -> bytes:
    chain = text(2, verdict.chain) if verdict.chain else b""
    return nested(2, be32(1, _VERDICT_CODES[verdict.action]) + chain)
