"""What we send, read by a stranger: pyroute2's own reading of nftables and route messages."""

from typing import Any

import pytest

from seatrial.network.links import rtnetlink
from seatrial.network.netlink import wire
from seatrial.network.netlink.wire import Message
from seatrial.network.ruleset.encode import rule_attributes
from seatrial.network.ruleset.encode_sets import set_attributes
from seatrial.network.ruleset.fields import key_bytes, parse_key
from seatrial.network.ruleset.values import (
    DROP,
    Dispatch,
    Field,
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
    Statement,
    ToggleMark,
    goto,
)

nftsocket = pytest.importorskip("pyroute2.netlink.nfnetlink.nftsocket")
ifinfmsg = pytest.importorskip("pyroute2.netlink.rtnl.ifinfmsg")

FAMILY = b"\x02\0\0\0"
THREE = (Field.DESTINATION, Field.PROTOCOL, Field.PORT)


def read(kind: Any, body: bytes) -> Any:
    message = kind(Message(0, 0, body).encode(1))
    message.decode()
    return message


def expressions(*rule: Statement) -> list[tuple[str, dict[str, Any]]]:
    """The stranger's reading: each expression's name and attributes."""
    made: Rule = tuple(rule)
    body = FAMILY + rule_attributes("t", "c", made, spread_set_id=7)
    message = read(nftsocket.nft_rule_msg, body)
    assert message.get_attr("NFTA_RULE_TABLE") == "t"
    assert message.get_attr("NFTA_RULE_CHAIN") == "c"
    found = message.get_attr("NFTA_RULE_EXPRESSIONS") or []
    return [
        (each.get_attr("NFTA_EXPR_NAME"), dict(each.get_attr("NFTA_EXPR_DATA")["attrs"]))
        for each in found
    ]


def names(*rule: Statement) -> list[str]:
    return [name for name, _ in expressions(*rule)]


def test_a_source_address() -> None:
    (_, load), (_, compare) = expressions(Match(Field.SOURCE, "10.0.0.1"))
    assert (load["NFTA_PAYLOAD_OFFSET"], load["NFTA_PAYLOAD_LEN"]) == (12, 4)
    assert compare["NFTA_CMP_OP"] == "NFT_CMP_EQ"
    assert names(Match(Field.SOURCE, "10.0.0.0/8")) == ["payload", "bitwise", "cmp"]


def test_everything_but() -> None:
    _, (_, compare) = expressions(Match(Field.PROTOCOL, "udp", negated=True))
    assert compare["NFTA_CMP_OP"] == "NFT_CMP_NEQ"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (MarkHas(1), ["meta", "bitwise", "cmp"]),
        (ToggleMark(1), ["meta", "bitwise", "meta"]),
        (NewConnection(), ["ct", "bitwise", "cmp"]),
        (Dispatch(THREE, "m"), ["payload", "meta", "payload", "lookup"]),
        (Remember("s", 5), ["payload", "dynset"]),
        (SendTo("10.0.0.1", 80), ["immediate", "immediate", "nat"]),
        (Masquerade(), ["masq"]),
        (Reject(), ["reject"]),
        (Spread((goto("a"), DROP)), ["numgen", "lookup"]),
        (goto("a"), ["immediate"]),
    ],
)
def test_each_statement_is_these_expressions(statement: Statement, expected: list[str]) -> None:
    assert names(statement) == expected


def test_a_destination_is_changed() -> None:
    *_, (_, nat) = expressions(SendTo("10.0.0.1", 80))
    assert nat["NFTA_NAT_TYPE"] == "NFT_NAT_DNAT"
    assert nat["NFTA_NAT_REG_ADDR_MIN"] == "NFT_REG_1"
    assert nat["NFTA_NAT_REG_PROTO_MIN"] == "NFT_REG_2"


def test_a_random_choice() -> None:
    (_, number), (_, lookup) = expressions(Spread((goto("a"), goto("b"), DROP)))
    assert (number["NFTA_NG_MODULUS"], number["NFTA_NG_TYPE"]) == (3, "NFT_NG_RANDOM")
    assert (lookup["NFTA_LOOKUP_SET_ID"], lookup["NFTA_LOOKUP_DREG"]) == (7, "NFT_REG_VERDICT")


def test_a_source_is_remembered() -> None:
    _, (_, update) = expressions(Remember("s", 5))
    assert (update["NFTA_DYNSET_SET_NAME"], update["NFTA_DYNSET_TIMEOUT"]) == ("s", 5000)


def test_a_set() -> None:
    body = FAMILY + set_attributes("t", "s", Set(THREE, is_map=True), set_id=3)
    message = read(nftsocket.nft_set_msg, body)
    assert message.get_attr("NFTA_SET_FLAGS") == {"NFT_SET_MAP"}
    assert message.get_attr("NFTA_SET_KEY_LEN") == 12
    timed = FAMILY + set_attributes("t", "s", Set((Field.PORT,), is_timed=True), set_id=3)
    message = read(nftsocket.nft_set_msg, timed)
    assert message.get_attr("NFTA_SET_FLAGS") == {"NFT_SET_TIMEOUT", "NFT_SET_EVAL"}
    assert message.get_attr("NFTA_SET_KEY_LEN") == 2


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        (THREE, ("10.96.0.1", "tcp", 443)),
        ((Field.PROTOCOL, Field.PORT), ("udp", 53)),
        ((Field.SOURCE,), ("10.0.0.1",)),
        ((Field.PROTOCOL,), ("sctp",)),
        ((Field.PORT,), (80,)),
        ((Field.MARK,), (0x4000,)),
    ],
)
def test_keys_survive_the_wire(fields: tuple[Field, ...], key: tuple[str | int, ...]) -> None:
    assert parse_key(fields, key_bytes(fields, key)) == key


def test_a_pair_of_cables() -> None:
    asked = rtnetlink.veth_pair(
        "veth1", master=4, peer="eth0", peer_mac=rtnetlink.mac_of("10.244.0.2"), peer_netns_fd=9
    )
    message = read(ifinfmsg.ifinfmsg, asked.body)
    assert message.get_attr("IFLA_IFNAME") == "veth1"
    assert message.get_attr("IFLA_MASTER") == 4
    info = message.get_attr("IFLA_LINKINFO")
    assert info.get_attr("IFLA_INFO_KIND") == "veth"
    peer = info.get_attr("IFLA_INFO_DATA").get_attr("VETH_INFO_PEER")
    assert peer.get_attr("IFLA_ADDRESS") == "0a:58:0a:f4:00:02"
    assert peer.get_attr("IFLA_NET_NS_FD") == 9


def test_attributes_and_messages_survive_the_wire() -> None:
    body = wire.text(1, "name") + wire.nested(2, wire.be32(3, 7), wire.u8(4, 255))
    found = wire.parse_attributes(body)
    assert found[1] == b"name\0"
    assert wire.parse_attributes(found[2]) == {3: b"\0\0\0\7", 4: b"\xff"}
    datagram = Message(16, wire.ACK, body).encode(1) + Message(17, 0, b"abc").encode(2)
    first, second = wire.parse_messages(datagram)
    assert (first.kind, first.flags, first.sequence, first.body) == (16, 5, 1, body)
    assert (second.kind, second.body) == (17, b"abc")


@pytest.mark.parametrize("cut", [b"", b"\1", b"\0\0\1\0", b"\2\0\1\0abcd"])
def test_a_broken_tail_ends_the_reading(cut: bytes) -> None:
    assert wire.parse_attributes(wire.u8(1, 1) + cut) == {1: b"\1"}
    assert list(wire.parse_messages(Message(16, 0, b"").encode(1) + cut * 4))[1:] == []
