"""Two nodes on one wire: pods reach each other, and Services reach both."""

from collections.abc import AsyncIterator
from pathlib import Path

import network_world
import pytest
from network_world import Netns, World, wired_worlds

from seatrial.network.errors import KernelRefused
from seatrial.network.links.linux import LinuxLinks
from seatrial.network.links.wire import connect
from seatrial.network.netlink.netns import in_netns

MISSING = network_world.missing()
pytestmark = [pytest.mark.kernel, pytest.mark.skipif(bool(MISSING), reason=MISSING)]


@pytest.fixture
async def worlds(tmp_path: Path) -> AsyncIterator[tuple[World, World]]:
    async with wired_worlds(tmp_path) as made:
        yield made


async def test_pods_of_two_nodes_reach_each_other_as_themselves(
    worlds: tuple[World, World],
) -> None:
    here, there = await worlds[0].pod("here"), await worlds[1].pod("there")
    assert (here.address, there.address) == ("10.244.0.2", "10.244.1.2")
    assert await here.ask(there.address, 8080) == "there"
    assert await there.ask(here.address, 8080) == "here"
    assert there.greeted == [here.address]


async def test_a_service_reaches_the_pods_of_both_nodes(worlds: tuple[World, World]) -> None:
    here, there = await worlds[0].pod("here"), await worlds[1].pod("there")
    worlds[0].service("web", "10.96.1.1")
    worlds[0].endpoints("web", here.address, there.address)
    for world in worlds:
        await world.rules_are("default/web", here.endpoint, there.endpoint)
    for client in (here, there):
        assert {await client.ask("10.96.1.1") for _ in range(64)} == {"here", "there"}
    # Each told by the node where the client is, and by no other.
    for world, client in zip(worlds, (here, there), strict=True):
        flow = await world.told("flow", lambda e: e["dst_ip"] == "10.96.1.1")
        assert flow["src_ip"] == client.address


def test_a_node_is_plugged_in_once() -> None:
    node, wire = Netns(), Netns()
    connect(node.path, wire.path, "10.245.0.10", node_cidr="10.245.0.0/24")
    assert in_netns(node.path, _interfaces) == {"lo", "wire"}
    assert in_netns(wire.path, _interfaces) == {"lo", "wire0", "node0af5000a"}
    with pytest.raises(KernelRefused):
        connect(node.path, wire.path, "10.245.0.10", node_cidr="10.245.0.0/24")
    node.close()
    wire.close()


def _interfaces() -> frozenset[str]:
    links = LinuxLinks()
    try:
        return links.interfaces()
    finally:
        links.close()
