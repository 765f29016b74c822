"""Who a StatefulSet member is, from what its pod sees."""

import socket
from pathlib import Path

import pytest

from seatrial_app.identity import (
    Member,
    NotAMember,
    Surroundings,
    domain_of,
    look_around,
    member,
    parse_member,
    resolve,
    resolve_async,
)

FULL = "db-2.db-peers.shop.svc.cluster.local"


def test_the_full_name_of_a_pod_tells_all() -> None:
    who = parse_member(Surroundings({}, "db-2", FULL))
    assert who == Member("db-2", 2, "db-peers", "shop", "cluster.local")
    assert (who.set_name, who.host) == ("db", FULL)
    assert who.peers(4) == tuple(f"db-{n}.db-peers.shop.svc.cluster.local" for n in (0, 1, 3))
    assert who.peers(2, start=2) == ("db-3.db-peers.shop.svc.cluster.local",)


def test_what_the_name_does_not_tell_is_taken_from_elsewhere() -> None:
    search = ("shop.svc.corp.example", "svc.corp.example", "corp.example")
    seen = Surroundings({"POD_NAME": "my-db-10"}, "node7", "node7.lan", "shop", search)
    who = parse_member(seen, service="peers")
    assert who.peer(0) == "my-db-0.peers.shop.svc.corp.example"
    assert who.ordinal == 10
    assert parse_member(
        Surroundings({"POD_NAMESPACE": "other"}, "db-0", "db-0", "shop"), service="s"
    ) == Member("db-0", 0, "s", "other", "cluster.local")


def test_the_label_of_the_ordinal_must_belong_to_the_name() -> None:
    assert parse_member(Surroundings({"POD_INDEX": "2"}, "db-2", FULL)).ordinal == 2
    with pytest.raises(NotAMember, match="POD_INDEX=3 does not belong to pod 'db-2'"):
        parse_member(Surroundings({"POD_INDEX": "3"}, "db-2", FULL))


@pytest.mark.parametrize(
    ("seen", "service", "why"),
    [
        (Surroundings({}, "db-2", "db-2"), None, "pass service="),
        (Surroundings({}, "db-2", "db-2"), "s", "set POD_NAMESPACE"),
        (Surroundings({}, "web-6d4f-x2x", "", "ns"), "s", "does not end in an ordinal"),
        (Surroundings({}, "7", "", "ns"), "s", "does not end in an ordinal"),
        (Surroundings({}, "laptop", "laptop.lan", "ns"), "s", "does not end in an ordinal"),
        (Surroundings({}, "db-２", "", "ns"), "s", "does not end in an ordinal"),
        (Surroundings({}, "db-2", "other.s.ns.svc.d", "ns"), None, "pass service="),
    ],
)
def test_what_is_not_known_is_not_guessed(
    seen: Surroundings, service: str | None, why: str
) -> None:
    with pytest.raises(NotAMember, match=why):
        parse_member(seen, service=service)


def test_the_domain_is_the_one_of_our_namespace() -> None:
    assert domain_of(["other.svc.a", "ns.svc.b.", "ns.svc.c"], "ns") == "b"
    assert domain_of([], "ns") == ""


def test_the_pods_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "namespace").write_text("shop\n")
    (tmp_path / "resolv.conf").write_text(
        "search x\n\nnameserver 1.1.1.1\nsearch shop.svc.a svc.a\n"
    )
    seen = look_around(
        {"A": "b"}, namespace_file=tmp_path / "namespace", resolver_file=tmp_path / "resolv.conf"
    )
    assert (seen.environ, seen.namespace, seen.search) == (
        {"A": "b"},
        "shop",
        ("shop.svc.a", "svc.a"),
    )
    assert seen.host_name == socket.gethostname()
    nothing = look_around({}, namespace_file=tmp_path / "no", resolver_file=tmp_path / "no")
    assert (nothing.namespace, nothing.search) == ("", ())


def test_outside_a_statefulset_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POD_NAME", "laptop")
    with pytest.raises(NotAMember):
        member(service="s")


async def test_a_name_is_asked_for_each_time_and_unknown_is_none() -> None:
    assert "127.0.0.1" in resolve("localhost", 80)
    assert set(await resolve_async("localhost", 80)) == set(resolve("localhost", 80))
    assert resolve("no-such-peer.invalid") == ()
    assert await resolve_async("no-such-peer.invalid") == ()


async def test_an_address_that_changed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([["10.0.0.1"], ["10.0.0.9", "10.0.0.9"]])

    def getaddrinfo(host: str, port: int, **_: object) -> list[object]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, (address, port)) for address in next(answers)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert [resolve("db-0.db", 1), resolve("db-0.db", 1)] == [("10.0.0.1",), ("10.0.0.9",)]
