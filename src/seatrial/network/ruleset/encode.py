"""Rules as nfnetlink attributes; pure bytes.

Attribute numbers are those of the kernel's `linux/netfilter/nf_tables.h`: in each expression those
of the group named like it (NFTA_CMP_*, NFTA_NAT_*, ...).
"""

import socket
import struct
from functools import singledispatch
from ipaddress import IPv4Network

from seatrial.kit.errors import Bug
from seatrial.network.netlink import wire
from seatrial.network.netlink.wire import be32, be64, nested, text
from seatrial.network.ruleset.encode_sets import (
    ANONYMOUS_NAME,
    data_attribute,
    verdict_attribute,
)
from seatrial.network.ruleset.fields import (
    META_MARK,
    REG32_0,
    REG_1,
    REG_VERDICT,
    expression,
    field_bytes,
    load,
    load_all,
    width,
)
from seatrial.network.ruleset.values import (
    Dispatch,
    Field,
    InSet,
    MarkHas,
    Masquerade,
    Match,
    NewConnection,
    Reject,
    Remember,
    Rule,
    SendTo,
    Spread,
    ToggleMark,
    Verdict,
)

_CT_STATE, _CT_STATE_NEW = 0, 8
_CMP_EQUAL, _CMP_NOT_EQUAL = 0, 1
_DYNSET_UPDATE = 1
_NUMGEN_RANDOM = 1
_NAT_DESTINATION = 1
_FULLY_RANDOM = 1 << 4
_REJECT_ICMP, _PORT_UNREACHABLE = 0, 3


def rule_attributes(table: str, chain: str, rule: Rule, *, spread_set_id: int) -> bytes:
    """NFTA_RULE_*; a Spread in the rule looks up the anonymous set with this id."""
    expressions = b"".join(_expressions(each, spread_set_id) for each in rule)
    return text(1, table) + text(2, chain) + nested(4, expressions)


def _expressions(statement: object, spread_set_id: int) -> bytes:
    if isinstance(statement, Spread):
        number = expression(
            "numgen",
            be32(1, REG_1) + be32(2, len(statement.verdicts)) + be32(3, _NUMGEN_RANDOM),
        )
        return number + _lookup(ANONYMOUS_NAME, REG_1, spread_set_id, is_map=True)
    if isinstance(statement, NewConnection):
        return _new_connection()
    if isinstance(statement, Masquerade):
        return expression("masq", be32(1, _FULLY_RANDOM))
    if isinstance(statement, Reject):
        return expression("reject", be32(1, _REJECT_ICMP) + wire.u8(2, _PORT_UNREACHABLE))
    return _encode(statement)


@singledispatch
def _encode(statement: object) -> bytes:
    raise Bug(f"no encoding for {statement!r}")


@_encode.register
def _(statement: Match) -> bytes:
    operator = _CMP_NOT_EQUAL if statement.negated else _CMP_EQUAL
    loaded = load(statement.field, REG_1)
    if statement.field not in {Field.SOURCE, Field.DESTINATION}:
        data = field_bytes(statement.field, statement.value)[: width(statement.field)]
        return loaded + _compare(operator, data)
    network = IPv4Network(str(statement.value))
    if network.prefixlen == 32:
        return loaded + _compare(operator, network.network_address.packed)
    mask = _bitwise(network.netmask.packed, bytes(4))
    return loaded + mask + _compare(operator, network.network_address.packed)


@_encode.register
def _(statement: MarkHas) -> bytes:
    operator = _CMP_EQUAL if statement.negated else _CMP_NOT_EQUAL
    mask = _bitwise(struct.pack("=I", statement.bit), bytes(4))
    return load(Field.MARK, REG_1) + mask + _compare(operator, bytes(4))


def _new_connection() -> bytes:
    loaded = expression("ct", be32(1, REG_1) + be32(2, _CT_STATE))
    mask = _bitwise(struct.pack("=I", _CT_STATE_NEW), bytes(4))
    return loaded + mask + _compare(_CMP_NOT_EQUAL, bytes(4))


@_encode.register
def _(statement: InSet) -> bytes:
    return load_all(statement.fields) + _lookup(statement.set, REG32_0, 0, is_map=False)


@_encode.register
def _(statement: Dispatch) -> bytes:
    return load_all(statement.fields) + _lookup(statement.map, REG32_0, 0, is_map=True)


@_encode.register
def _(statement: Remember) -> bytes:
    update = (
        text(1, statement.set)
        + be32(3, _DYNSET_UPDATE)
        + be32(4, REG_1)
        + be64(6, statement.timeout_s * 1000)
    )
    return load(Field.SOURCE, REG_1) + expression("dynset", update)


@_encode.register
def _(statement: ToggleMark) -> bytes:
    others = struct.pack("=I", ~statement.bit & 0xFFFFFFFF)
    change = _bitwise(others, struct.pack("=I", statement.bit if statement.on else 0))
    write = expression("meta", be32(2, META_MARK) + be32(3, REG_1))
    return load(Field.MARK, REG_1) + change + write


@_encode.register
def _(statement: SendTo) -> bytes:
    registers = _immediate(REG_1, data_attribute(socket.inet_aton(statement.address)))
    registers += _immediate(REG_1 + 1, data_attribute(struct.pack(">H", statement.port)))
    nat = be32(1, _NAT_DESTINATION) + be32(2, socket.AF_INET) + be32(3, REG_1) + be32(5, 2)
    return registers + expression("nat", nat)


@_encode.register
def _(statement: Verdict) -> bytes:
    return _immediate(REG_VERDICT, verdict_attribute(statement))


def _compare(operator: int, data: bytes) -> bytes:
    return expression("cmp", be32(1, REG_1) + be32(2, operator) + nested(3, data_attribute(data)))


def _bitwise(mask: bytes, flip: bytes) -> bytes:
    registers = be32(1, REG_1) + be32(2, REG_1) + be32(3, len(mask))
    return expression(
        "bitwise", registers + nested(4, data_attribute(mask)) + nested(5, data_attribute(flip))
    )


def _lookup(name: str, register: int, set_id: int, *, is_map: bool) -> bytes:
    attributes = text(1, name) + be32(2, register)
    if is_map:
        attributes += be32(3, REG_VERDICT)
    if set_id:
        attributes += be32(4, set_id)
    return expression("lookup", attributes)


def _immediate(register: int, data: bytes) -> bytes:
    return expression("immediate", be32(1, register) + nested(2, data))
