"""Capabilities, messages, notices of the kernel, abilities: small pure things."""

import os
import socket
import struct

import pytest

from seatrial.runtime.capability import WANTS, judge, judge_cgroups, judge_user
from seatrial.runtime.interface import CannotStart
from seatrial.runtime.process import wire
from seatrial.runtime.process.capabilities import ALL, granted, mask_of
from seatrial.runtime.process.emulation import pretence
from seatrial.runtime.process.listeners import Listener, parse
from seatrial.runtime.process.runtime import signal_name

CONTAINERD_DEFAULT = 0xA80425FB


def test_capabilities_of_a_container() -> None:
    assert granted((), (), privileged=False) == CONTAINERD_DEFAULT
    assert granted((), ("ALL",), privileged=False) == 0
    assert granted(("NET_BIND_SERVICE",), ("ALL",), privileged=False) == 1 << 10
    assert granted((), ("net_raw", "CAP_CHOWN"), privileged=False) == CONTAINERD_DEFAULT & ~0x2001
    assert granted(("ALL",), (), privileged=False) == ALL
    assert granted((), ("ALL",), privileged=True) == ALL


def test_the_pretence_covers_what_the_capabilities_allow() -> None:
    assert pretence("x86_64", frozenset({"KILL"})) == b""
    assert pretence("s390x", frozenset({"CHOWN"})) == b""
    assert answers(pretence("x86_64", frozenset({"CHOWN"}))) == {92, 93, 94, 260}
    everything = frozenset({"CHOWN", "SETUID", "SETGID", "KILL"})
    assert len(answers(pretence("x86_64", everything))) == 13
    assert answers(pretence("x86_64", everything), architecture=0x4000_0003) == set()
    assert len(answers(pretence("aarch64", everything), architecture=0xC000_00B7)) == 11


def answers(program: bytes, architecture: int = 0xC000_003E) -> set[int]:
    """The calls that the filter answers itself: the program is run, as the kernel would."""
    return {number for number in range(500) if run_filter(program, number, architecture) == 5 << 16}


def run_filter(program: bytes, number: int, architecture: int) -> int:
    code, at, loaded = list(struct.iter_unpack("=HBBI", program)), 0, -1
    while True:
        operation, if_true, if_false, value = code[at]
        at += 1
        if operation == 0x20:
            loaded = {0: number, 4: architecture}[value]
        elif operation == 0x15:
            at += if_true if loaded == value else if_false
        else:
            return int(value)


def test_an_unknown_capability_is_named() -> None:
    with pytest.raises(CannotStart, match="unknown capability 'FLY'"):
        mask_of(["FLY"])


@pytest.mark.parametrize("size", [0, wire.INLINE_BYTES_MAX, 500_000])
def test_messages_of_any_size_and_descriptors_arrive(size: int) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        read, write = os.pipe()
        wire.send(ours, {"n": 1, "text": "x" * size}, [write])
        received = wire.receive(theirs)
        assert received is not None
        message, (carried,) = received
        assert message == {"n": 1, "text": "x" * size}
        os.write(carried, b"through")
        assert os.read(read, 100) == b"through"
        for descriptor in (read, write, carried):
            os.close(descriptor)


def test_the_end_of_a_connection() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        ours.close()
        assert wire.receive(theirs) is None


def notice(family: int, address: str, port: int, peer_port: int) -> bytes:
    packed = socket.inet_pton(family, address).ljust(16, b"\0")
    body = struct.pack("!BBBBHH", family, 7, 0, 0, port, peer_port) + packed + bytes(16 + 24)
    return struct.pack("=IHHII", 16 + len(body), 20, 0, 0, 0) + body


def test_listeners_are_told_from_connections() -> None:
    data = (
        notice(socket.AF_INET, "127.0.0.1", 8080, 0)
        + notice(socket.AF_INET, "10.0.0.1", 8080, 39894)
        + notice(socket.AF_INET, "10.0.0.1", 0, 0)
        + notice(socket.AF_INET6, "::", 443, 0)
    )
    assert list(parse(data)) == [Listener("127.0.0.1", 8080), Listener("::", 443)]
    assert list(parse(data[:20])) == []


def test_signals_have_their_names() -> None:
    assert [signal_name(number) for number in (15, 9, 37)] == ["SIGTERM", "SIGKILL", "SIGRTMIN+3"]


def test_abilities_say_what_is_refused_and_what_to_do() -> None:
    reasons = dict.fromkeys(WANTS, "") | {"nftables": "protocol not supported"}
    abilities = {ability.name: ability for ability in judge(reasons)}
    assert abilities.pop("nftables").remedy == "load the module nf_tables, as root"
    assert all(ability.is_there and not ability.remedy for ability in abilities.values())


def test_what_was_not_tried_is_not_there() -> None:
    abilities = judge({"namespaces": "cannot make a user namespace: operation not permitted"})
    assert [ability.is_there for ability in abilities] == [False] * len(WANTS)
    assert "max_user_namespaces" in abilities[0].remedy
    # Nobody is sent to mend what may well work.
    assert {ability.remedy for ability in abilities[1:]} == {""}


def test_who_and_cgroups() -> None:
    assert judge_user(0).is_there
    assert not judge_user(1000).is_there
    both = judge_cgroups("4:memory:/\n0::/\n", has_unified_root=False, is_writable=False)
    assert both.detail.startswith("cgroup v1, not ours")
    two = judge_cgroups("0::/user.slice\n", has_unified_root=True, is_writable=True)
    assert two.detail.startswith("cgroup v2, delegated")
