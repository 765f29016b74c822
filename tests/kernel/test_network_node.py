"""A node's network on a real kernel, seen by clients in pods and on the node."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import dnslib
import network_world
import pytest
from network_world import World, ask_from_node, meta, node_world

from seatrial.api.kinds import ENDPOINT_PROPAGATION_DELAY, SERVICE
from seatrial.client.client import ApiClient
from seatrial.client.transport.scripted import ScriptedTransport
from seatrial.kit.journal import Journal
from seatrial.network.dns.upstream import UpstreamForwarder
from seatrial.network.node import NodeNetwork

MISSING = network_world.missing()
pytestmark = [pytest.mark.kernel, pytest.mark.skipif(bool(MISSING), reason=MISSING)]

WEB = "10.96.1.1"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with node_world(tmp_path) as made:
        yield made


async def serve(world: World, *names: str, **spec: object) -> list[network_world.Pod]:
    pods = [await world.pod(name) for name in names]
    world.service("web", WEB, **spec)
    world.endpoints("web", *(pod.address for pod in pods))
    await world.rules_are("default/web", *(pod.endpoint for pod in pods))
    return pods


async def test_a_pod_and_the_node_reach_a_service(world: World) -> None:
    await serve(world, "one")
    client = await world.pod("client")
    assert await client.ask(WEB) == "one"
    assert await ask_from_node(WEB) == "one"


async def test_connections_are_spread_over_all_endpoints(world: World) -> None:
    await serve(world, "one", "two")
    client = await world.pod("client")
    # 2 * 2 ** -64: the chance that this fails by itself.
    assert {await client.ask(WEB) for _ in range(64)} == {"one", "two"}


async def test_a_pod_reaches_itself_through_its_service_as_another(world: World) -> None:
    (one,) = await serve(world, "one")
    assert await one.ask(WEB) == "one"
    assert one.greeted == ["10.244.0.1"]


async def test_a_pod_sees_the_address_of_the_other_pod(world: World) -> None:
    (one,) = await serve(world, "one")
    client = await world.pod("client")
    await client.ask(WEB)
    assert one.greeted == [client.address]


async def test_without_endpoints_connections_are_refused(world: World) -> None:
    await serve(world)
    client = await world.pod("client")
    with pytest.raises(ConnectionRefusedError):
        await client.ask(WEB)
    with pytest.raises(ConnectionRefusedError):
        await ask_from_node(WEB)


async def test_a_port_that_the_service_lacks_is_refused(world: World) -> None:
    (one,) = await serve(world, "one")
    with pytest.raises(ConnectionRefusedError):
        await one.ask(WEB, 81)


async def test_affinity_keeps_a_client_with_its_pod(world: World) -> None:
    await serve(world, "one", "two", sessionAffinity="ClientIP")
    client = await world.pod("client")
    assert len({await client.ask(WEB) for _ in range(32)}) == 1


async def test_node_ports_and_external_addresses(world: World) -> None:
    ports = [{"name": "http", "port": 80, "nodePort": 30080}]
    await serve(world, "one", ports=ports, externalIPs=["192.0.2.7"], type="NodePort")
    client = await world.pod("client")
    assert await client.ask("10.245.0.10", 30080) == "one"
    assert await client.ask("192.0.2.7") == "one"
    assert await ask_from_node("10.245.0.10", 30080) == "one"
    world.endpoints("web")
    await world.rules_are("default/web")
    for asking in (client.ask("10.245.0.10", 30080), ask_from_node("10.245.0.10", 30080)):
        with pytest.raises(ConnectionRefusedError):
            await asking


async def test_an_open_connection_stays_with_its_pod(world: World) -> None:
    one, two = await world.pod("one"), await world.pod("two")
    echo = one.netns.socket()
    echo.bind((one.address, 9090))
    echo.listen()
    ports = [{"name": "http", "port": 80}]
    world.service("web", WEB, ports=ports)
    world.endpoints("web", one.address)
    await world.rules_are("default/web", one.endpoint)
    loop = asyncio.get_running_loop()
    client = two.netns.socket()
    with client, echo:
        connecting = loop.sock_connect(client, (one.address, 9090))
        (served, _), _ = await asyncio.gather(loop.sock_accept(echo), connecting)
        world.endpoints("web", two.address)
        await world.rules_are("default/web", two.endpoint)
        with served:
            await loop.sock_sendall(client, b"still here")
            assert await loop.sock_recv(served, 99) == b"still here"
    assert await two.ask(WEB) == "two"


async def test_a_delay_holds_the_old_endpoints_until_it_is_healed(world: World) -> None:
    one, two = await serve(world, "one", "two")
    fault = {"spec": {"service": {"namespace": "default", "name": "web"}, "delay": "1h"}}
    world.api.put(ENDPOINT_PROPAGATION_DELAY, {"metadata": {"name": "late"}, **fault})
    await world.told("fault", lambda e: e["state"] == "injected")
    world.service("other", "10.96.1.2")
    world.endpoints("web", one.address)
    world.endpoints("other", two.address)
    # The other Service, changed later, is not late: so the first one is held back.
    await world.rules_are("default/other", two.endpoint)
    assert not [e async for e in world.journal.read(follow=False) if _is_now(e, one.endpoint)]
    world.api.remove(ENDPOINT_PROPAGATION_DELAY, "late")
    entry = await world.rules_are("default/web", one.endpoint)
    assert entry["removed"] == [two.endpoint]
    assert await two.ask(WEB) == "one"


def _is_now(entry: dict[str, object], *endpoints: str) -> bool:
    return entry.get("service") == "default/web" and entry.get("endpoints") == list(endpoints)


async def test_flows_tell_which_pod_was_chosen(world: World) -> None:
    (one,) = await serve(world, "one")
    client = await world.pod("client")
    made = client.netns.socket()
    made.bind((client.address, 40_001))
    await network_world.ask(made, WEB)
    flow = await world.told("flow", lambda e: e["src_port"] == 40_001)
    assert (flow["src_ip"], flow["dst_ip"], flow["dst_port"]) == (client.address, WEB, 80)
    assert (flow["pod_ip"], flow["pod_port"]) == (one.address, 8080)


async def test_flows_tell_of_connections_that_the_pod_refuses(world: World) -> None:
    (one,) = await serve(world, "one")
    world.service("shut", "10.96.1.3", ports=[{"name": "http", "port": 80}])
    nobody = await world.pod("nobody")
    world.endpoints("shut", "10.244.0.1")  # the node listens on no such port
    await world.rules_are("default/shut", "10.244.0.1:8080")
    for client in (one, nobody):
        with pytest.raises(ConnectionRefusedError):
            await client.ask("10.96.1.3")
        flow = await world.told("flow", lambda e, ip=client.address: e["src_ip"] == ip)  # type: ignore[misc]
        assert flow["pod_ip"] == "10.244.0.1"


async def test_flows_tell_of_a_pod_that_reaches_itself(world: World) -> None:
    (one,) = await serve(world, "one")
    await one.ask(WEB)
    flow = await world.told("flow", lambda e: e["dst_ip"] == WEB)
    assert flow["src_ip"] == flow["pod_ip"] == one.address


async def test_udp_flows_follow_the_endpoints(world: World) -> None:
    one, two, client = [await world.pod(name) for name in ("one", "two", "client")]
    ears = {pod.name: pod.netns.socket(socket.SOCK_DGRAM) for pod in (one, two)}
    ears["one"].bind((one.address, 8080))
    ears["two"].bind((two.address, 8080))
    ports = [{"name": "http", "port": 80, "protocol": "UDP"}]
    world.service("web", WEB, ports=ports)
    world.endpoints("web", one.address, protocol="UDP")
    await world.rules_are("default/web", one.endpoint)
    loop = asyncio.get_running_loop()
    mouth = client.netns.socket(socket.SOCK_DGRAM)
    with mouth, ears["one"], ears["two"]:
        mouth.sendto(b"1", (WEB, 80))
        assert await loop.sock_recv(ears["one"], 9) == b"1"
        world.endpoints("web", two.address, protocol="UDP")
        await world.rules_are("default/web", two.endpoint)
        mouth.sendto(b"2", (WEB, 80))
        async with asyncio.timeout(network_world.LIMIT_S):
            assert await loop.sock_recv(ears["two"], 9) == b"2"


async def test_a_detached_pod_is_cut_off_and_its_address_rests(world: World) -> None:
    (one,) = await serve(world, "one")
    await world.network.detach("default/one", one.netns.path)
    await world.network.detach("default/one", one.netns.path)
    assert (await world.pod("next")).address != one.address
    with pytest.raises(OSError, match="unreachable"):
        await one.ask(WEB)


async def test_a_namespace_that_is_wired_again_gets_another_address(world: World) -> None:
    one = await world.pod("one")
    address = await world.network.attach("default/one", one.netns.path)
    assert address != one.address
    world.service("web", WEB)
    two = await world.pod("two")
    world.endpoints("web", two.address)
    await world.rules_are("default/web", two.endpoint)
    assert await one.ask(WEB) == "two"
    assert two.greeted == [address]


async def test_what_never_started_is_closed_all_the_same(tmp_path: Path) -> None:
    with network_world.fresh_netns():
        client = ApiClient(ScriptedTransport())
        config = network_world.node_config(0, tmp_path)
        await NodeNetwork(config, client, Journal()).aclose()
        await client.aclose()


async def test_the_relay_carries_both_ways_and_half_closes(world: World) -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read()).upper())
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(shout, world.directory / "api.sock")
    client = await world.pod("client")
    made = client.netns.socket()
    await asyncio.get_running_loop().sock_connect(made, ("10.245.255.1", 6443))
    reader, writer = await asyncio.open_connection(sock=made)
    writer.write(b"hear me" * 100_000)
    writer.write_eof()
    assert await reader.read() == b"HEAR ME" * 100_000
    writer.close()
    await writer.wait_closed()
    server.close()


async def resolve(pod: network_world.Pod, name: str, kind: str = "A") -> dnslib.DNSRecord:
    made = pod.netns.socket(socket.SOCK_DGRAM)
    loop = asyncio.get_running_loop()
    with made:
        await loop.sock_connect(made, ("10.96.0.10", 53))
        await loop.sock_sendall(made, dnslib.DNSRecord.question(name, kind).pack())
        async with asyncio.timeout(network_world.LIMIT_S):
            return dnslib.DNSRecord.parse(await loop.sock_recv(made, 65_535))


async def test_a_pod_resolves_services_by_udp_and_tcp(world: World) -> None:
    (one,) = await serve(world, "one")
    reply = await resolve(one, "web.default.svc.cluster.local")
    assert [str(each.rdata) for each in reply.rr] == [WEB]
    made = one.netns.socket()
    await asyncio.get_running_loop().sock_connect(made, ("10.96.0.10", 53))
    reader, writer = await asyncio.open_connection(sock=made)
    asked = dnslib.DNSRecord.question("web.default.svc.cluster.local").pack()
    for _ in range(2):
        writer.write(len(asked).to_bytes(2, "big") + asked)
        size = int.from_bytes(await reader.readexactly(2), "big")
        reply = dnslib.DNSRecord.parse(await reader.readexactly(size))
        assert [str(each.rdata) for each in reply.rr] == [WEB]
    writer.close()
    await writer.wait_closed()


async def test_other_names_go_upstream_or_fail(world: World) -> None:
    one = await world.pod("one")
    reply = await resolve(one, "example.org")
    assert dnslib.RCODE.get(reply.header.rcode) == "SERVFAIL"
    forwarder = UpstreamForwarder(world.directory / "dns.sock", resolvers=())
    await forwarder.start()
    reply = await resolve(one, "example.org")
    assert dnslib.RCODE.get(reply.header.rcode) == "SERVFAIL"
    await forwarder.aclose()


async def test_a_service_that_goes_leaves_no_rule(world: World) -> None:
    (one,) = await serve(world, "one")
    world.api.remove(SERVICE, "default/web")
    await world.told("rules", lambda e: e["removed"] == [one.endpoint])
    reply = await resolve(one, "web.default.svc.cluster.local")
    assert dnslib.RCODE.get(reply.header.rcode) == "NXDOMAIN"
    world.api.put(SERVICE, {"metadata": meta("web"), "spec": {"clusterIP": "None"}})
