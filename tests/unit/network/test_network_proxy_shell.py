"""When the proxy writes rules: exact virtual seconds, over an API server and a table in memory."""

import asyncio
import errno
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from seatrial.api.kinds import ENDPOINT_PROPAGATION_DELAY, ENDPOINT_SLICE, SERVICE
from seatrial.client.client import ApiClient
from seatrial.client.informers import InformerSet
from seatrial.client.transport.fake_api import FakeApi
from seatrial.client.transport.scripted import ScriptedTransport
from seatrial.kit.clock import wall_time_s
from seatrial.kit.journal import Entry, Journal
from seatrial.network.conntrack.fake import FakeConntrack
from seatrial.network.conntrack.wire import Flow, Tuple
from seatrial.network.proxy.proxy import Proxy, ProxySettings, Sources
from seatrial.network.proxy.render import NodeView
from seatrial.network.ruleset.fake import FakeRuleset
from seatrial.testing.virtual_time import run_virtual

NODE = NodeView("10.245.0.10", "10.244.0.0/16", "10.96.0.0/16", ("10.96.0.10",))
ONE, TWO, THREE = "10.244.0.2", "10.244.0.3", "10.244.0.4"


class World:
    def __init__(self) -> None:
        self.api = FakeApi()
        self.ruleset = FakeRuleset()
        self.conntrack = FakeConntrack()
        self.journal = Journal()
        self.began_s = 0.0

    def service(self, name: str, number: int, protocol: str = "TCP") -> None:
        ports = [{"name": "http", "port": 80, "protocol": protocol}]
        spec = {"clusterIP": f"10.96.1.{number}", "ports": ports}
        self.api.put(SERVICE, {"metadata": {"name": name, "namespace": "default"}, "spec": spec})

    def endpoints(self, name: str, *addresses: str, protocol: str = "TCP") -> None:
        labels = {"kubernetes.io/service-name": name}
        self.api.put(
            ENDPOINT_SLICE,
            {
                "metadata": {"name": f"{name}-1", "namespace": "default", "labels": labels},
                "addressType": "IPv4",
                "ports": [{"name": "http", "port": 8080, "protocol": protocol}],
                "endpoints": [{"addresses": [each]} for each in addresses],
            },
        )

    def late(self, delay: str, **spec: Any) -> None:
        fault = {"metadata": {"name": "late"}, "spec": {"delay": delay, **spec}}
        self.api.put(ENDPOINT_PROPAGATION_DELAY, fault)

    async def news(self, count: int) -> list[tuple[float, str, list[str]]]:
        """The first `count` entries about rules: seconds since the start, Service, addresses."""
        found: list[Entry] = []
        async for entry in self.journal.read():
            if entry["kind"] == "rules":
                found.append(entry)
                if len(found) == count:
                    break
        return [
            (round(each["at"] - self.began_s, 3), each["service"], _addresses(each))
            for each in found
        ]

    async def fault_is(self, state: str) -> None:
        async for entry in self.journal.read():
            if entry["kind"] == "fault" and entry["state"] == state:
                return

    def rules_of(self, name: str) -> set[str]:
        """The endpoint chains of a Service."""
        start = f"endpoint-default/{name}/"
        return {each for each in self.ruleset.table.chains if each.startswith(start)}


def _addresses(entry: Entry) -> list[str]:
    return [each.partition(":")[0] for each in entry["endpoints"]]


@asynccontextmanager
async def running(world: World, *, min_sync_s: float) -> AsyncIterator[None]:
    client = ApiClient(ScriptedTransport(world.api))
    informers = InformerSet(client)
    proxy = Proxy(
        ProxySettings("here", NODE, min_sync_s),
        Sources(
            services=informers.informer(SERVICE),
            slices=informers.informer(ENDPOINT_SLICE),
            faults=informers.informer(ENDPOINT_PROPAGATION_DELAY),
        ),
        ruleset=world.ruleset,
        conntrack=world.conntrack,
        journal=world.journal,
    )
    informers.start()
    try:
        await proxy.start()
        world.began_s = wall_time_s()
        yield
    finally:
        await proxy.aclose()
        await informers.aclose()
        await client.aclose()


def play(
    story: Callable[[World], Awaitable[None]],
    *,
    before: Callable[[World], None] = lambda _world: None,
    min_sync_s: float = 1.0,
) -> World:
    """Run a story against a proxy that has started in the world as `before` left it."""

    async def whole() -> World:
        world = World()
        before(world)
        async with running(world, min_sync_s=min_sync_s):
            await story(world)
        return world

    return run_virtual(whole())


def one_service(world: World) -> None:
    world.service("web", 1)
    world.endpoints("web", ONE)


def test_what_is_there_is_written_before_start_returns() -> None:
    async def story(world: World) -> None:
        assert len(world.rules_of("web")) == 1
        assert await world.news(1) == [(0.0, "default/web", [ONE])]

    play(story, before=one_service)


def test_what_is_there_is_no_change_and_never_late() -> None:
    def late_service(world: World) -> None:
        one_service(world)
        world.late("1h")

    async def story(world: World) -> None:
        assert await world.news(1) == [(0.0, "default/web", [ONE])]

    play(story, before=late_service)


def test_what_the_node_answers_itself_makes_no_rule_and_no_news() -> None:
    def dns_service(world: World) -> None:
        one_service(world)
        spec = {"clusterIP": "10.96.0.10", "ports": [{"name": "dns", "port": 53}]}
        metadata = {"name": "kube-dns", "namespace": "kube-system"}
        world.api.put(SERVICE, {"metadata": metadata, "spec": spec})

    async def story(world: World) -> None:
        assert [e["service"] async for e in world.journal.read(follow=False)] == ["default/web"]
        assert not [each for each in world.ruleset.table.chains if "kube-dns" in each]

    play(story, before=dns_service)


def test_changes_are_gathered_for_the_minimum_period() -> None:
    async def story(world: World) -> None:
        world.endpoints("web", ONE, TWO)
        assert (await world.news(2))[1] == (0.0, "default/web", [ONE, TWO])
        await asyncio.sleep(0.25)
        world.endpoints("web", TWO)
        await asyncio.sleep(0.25)
        world.endpoints("web", TWO, THREE)
        assert (await world.news(3))[2] == (1.0, "default/web", [TWO, THREE])

    play(story, before=one_service)


def test_only_what_changed_is_written() -> None:
    def two_services(world: World) -> None:
        one_service(world)
        world.service("other", 2)
        world.endpoints("other", TWO)

    async def story(world: World) -> None:
        written = len(world.ruleset.applied)
        world.endpoints("web", ONE, THREE)
        await world.news(3)
        (changes,) = world.ruleset.applied[written:]
        assert not [each for each in changes if "other" in str(each)]

    play(story, before=two_services)


def test_an_endpoint_change_is_late_by_its_delay() -> None:
    async def story(world: World) -> None:
        world.late("5s")
        await world.fault_is("injected")
        world.endpoints("web", TWO)
        assert (await world.news(2))[1] == (5.0, "default/web", [TWO])

    play(story, before=one_service)


def test_late_changes_keep_their_order_and_their_distance() -> None:
    async def story(world: World) -> None:
        world.late("5s", service={"namespace": "default", "name": "web"})
        await world.fault_is("injected")
        world.endpoints("web", TWO)
        await asyncio.sleep(2)
        world.endpoints("web", THREE)
        assert await world.news(3) == [
            (0.0, "default/web", [ONE]),
            (5.0, "default/web", [TWO]),
            (7.0, "default/web", [THREE]),
        ]

    play(story, before=one_service)


def test_other_nodes_and_services_are_not_late() -> None:
    async def story(world: World) -> None:
        world.late("5s", nodeName="there")
        await world.fault_is("injected")
        world.endpoints("web", TWO)
        assert (await world.news(2))[1] == (0.0, "default/web", [TWO])

    play(story, before=one_service)


def test_healing_applies_the_present_at_once() -> None:
    async def story(world: World) -> None:
        world.late("1h")
        await world.fault_is("injected")
        world.endpoints("web", TWO)
        world.endpoints("web", THREE)
        await asyncio.sleep(3)
        world.api.remove(ENDPOINT_PROPAGATION_DELAY, "late")
        assert await world.news(2) == [
            (0.0, "default/web", [ONE]),
            (3.0, "default/web", [THREE]),
        ]

    play(story, before=one_service)


def test_a_new_service_is_known_at_once_but_its_endpoints_are_late() -> None:
    async def story(world: World) -> None:
        world.late("5s")
        await world.fault_is("injected")
        world.service("new", 3)
        world.endpoints("new", TWO)
        assert (await world.news(3))[1:] == [
            (0.0, "default/new", []),
            (5.0, "default/new", [TWO]),
        ]

    play(story, before=one_service)


def test_a_service_that_goes_leaves_nothing() -> None:
    async def story(world: World) -> None:
        before = set(world.ruleset.table.chains)
        world.service("new", 3)
        world.endpoints("new", TWO)
        await asyncio.sleep(5)
        world.api.remove(SERVICE, "default/new")
        world.api.remove(ENDPOINT_SLICE, "default/new-1")
        await asyncio.sleep(5)
        assert set(world.ruleset.table.chains) == before

    play(story, before=one_service)


@pytest.mark.parametrize("refusals", [1, 3])
def test_after_a_refusal_everything_is_written_anew(
    refusals: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(world: World) -> None:
        world.ruleset.fail_next = errno.EBUSY
        world.endpoints("web", TWO)
        for _ in range(refusals - 1):
            await asyncio.sleep(0.5)
            world.ruleset.fail_next = errno.EBUSY
            await asyncio.sleep(20)
        await asyncio.sleep(60)
        (chain,) = world.rules_of("web")
        assert TWO in chain

    play(story, before=one_service)
    assert {record.getMessage() for record in caplog.records} == {"rules.refused"}


def test_stale_udp_flows_are_forgotten() -> None:
    def udp_service(world: World) -> None:
        world.service("web", 1, "UDP")
        world.endpoints("web", ONE, protocol="UDP")
        client = ("10.244.0.9", 4000)
        asked = Tuple(*client, "10.96.1.1", 80)
        world.conntrack.tracked.append(Flow("udp", asked, Tuple(ONE, 8080, *client)))

    async def story(world: World) -> None:
        assert world.conntrack.tracked
        world.endpoints("web", TWO, protocol="UDP")
        await world.news(2)
        assert not world.conntrack.tracked

    play(story, before=udp_service)
