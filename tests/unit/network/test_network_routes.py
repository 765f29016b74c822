"""Routes to other nodes follow the Node objects, over an API server and links in memory."""

import asyncio

import pytest

from seatrial.api.kinds import NODE
from seatrial.client.client import ApiClient
from seatrial.client.informers import InformerSet
from seatrial.client.transport.fake_api import FakeApi
from seatrial.client.transport.scripted import ScriptedTransport
from seatrial.network.links.fake import FakeLinks
from seatrial.network.routes import NodeRoutes
from seatrial.testing.virtual_time import run_virtual


def put_node(api: FakeApi, name: str, cidr: str, address: str) -> None:
    addresses = [{"type": "InternalIP", "address": address}]
    node = {"metadata": {"name": name}, "spec": {"podCIDR": cidr}}
    api.put(NODE, {**node, "status": {"addresses": addresses}})


async def story(links: FakeLinks, *, refuse_first: bool) -> list[dict[str, str]]:
    """The routes after each of: two nodes are there, one moves, one goes."""
    api = FakeApi()
    put_node(api, "here", "10.244.0.0/24", "10.245.0.10")
    put_node(api, "there", "10.244.1.0/24", "10.245.0.11")
    client = ApiClient(ScriptedTransport(api))
    informers = InformerSet(client)
    nodes = informers.informer(NODE)
    NodeRoutes(nodes, links, own_name="here").start()
    links.fail_next = "network is unreachable" if refuse_first else ""
    informers.start()
    await informers.wait_synced()
    seen = [dict(links.routes)]
    put_node(api, "there", "10.244.1.0/24", "10.245.0.12")
    await asyncio.sleep(1)  # virtual: when all that can happen has happened
    seen.append(dict(links.routes))
    api.remove(NODE, "there")
    await asyncio.sleep(1)
    seen.append(dict(links.routes))
    await informers.aclose()
    await client.aclose()
    return seen


def test_routes_come_move_and_go_with_their_node() -> None:
    assert run_virtual(story(FakeLinks(), refuse_first=False)) == [
        {"10.244.1.0/24": "10.245.0.11"},
        {"10.244.1.0/24": "10.245.0.12"},
        {},
    ]


def test_a_refused_route_is_tried_again_with_the_next_news(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert run_virtual(story(FakeLinks(), refuse_first=True)) == [
        {},
        {"10.244.1.0/24": "10.245.0.12"},
        {},
    ]
    assert [each.getMessage() for each in caplog.records] == ["route.refused"]
