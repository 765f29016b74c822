"""The scheduler's loop against the living fake, in virtual time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from seatrial.api.kinds import EVENT, NODE, POD
from seatrial.api.objects import Object, condition_of, spec_of
from seatrial.client.client import ApiClient
from seatrial.client.errors import TransportError
from seatrial.client.informers import InformerSet
from seatrial.client.transport.fake_api import FakeApi
from seatrial.client.transport.scripted import ScriptedTransport
from seatrial.scheduler.scheduler import Scheduler
from seatrial.testing.virtual_time import run_virtual


def node(name: str, *, cpu: str = "2") -> Object:
    return {
        "metadata": {"name": name},
        "spec": {},
        "status": {"allocatable": {"cpu": cpu, "memory": "4Gi", "pods": "110"}},
    }


def pod(name: str, *, cpu: str = "1", **spec: Any) -> Object:
    containers = [{"name": "c", "resources": {"requests": {"cpu": cpu}}}]
    return {
        "metadata": {"name": name, "namespace": "x"},
        "spec": {"containers": containers, **spec},
        "status": {"phase": "Pending"},
    }


@asynccontextmanager
async def scheduling(transport: ScriptedTransport) -> AsyncIterator[None]:
    client = ApiClient(transport)
    informers = InformerSet(client)
    scheduler = Scheduler(client, informers)
    await scheduler.start()
    try:
        await asyncio.sleep(1)
        yield
    finally:
        await scheduler.aclose()
        await informers.aclose()
        await transport.aclose()


def places(api: FakeApi) -> dict[str, str]:
    return {
        each["metadata"]["name"]: spec_of(each).get("nodeName", "") for each in api.objects(POD)
    }


def told(api: FakeApi, reason: str) -> list[str]:
    return [each["message"] for each in api.objects(EVENT) if each["reason"] == reason]


def test_pods_are_placed_and_people_are_told() -> None:
    async def story() -> None:
        transport = ScriptedTransport()
        api = transport.api
        for name in ("n1", "n2"):
            api.put(NODE, node(name))
        for name in ("a", "b", "c", "d"):
            api.put(POD, pod(name))
        async with scheduling(transport):
            assert sorted(places(api).values()) == ["n1", "n1", "n2", "n2"]
            assert f"Successfully assigned x/a to {places(api)['a']}" in told(api, "Scheduled")
            assert len(told(api, "Scheduled")) == 4

    run_virtual(story())


def test_a_pod_that_fits_nowhere_waits_for_news_only() -> None:
    async def story() -> None:
        transport = ScriptedTransport()
        api = transport.api
        api.put(NODE, node("n1"))
        api.put(POD, pod("big", cpu="4"))
        async with scheduling(transport):
            stored = api.object(POD, "x/big") or {}
            condition = condition_of(stored, "PodScheduled") or {}
            message = (
                "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are "
                "available: 1 No preemption victims found for incoming pod."
            )
            assert condition["reason"] == "Unschedulable"
            assert condition["message"] == message
            assert told(api, "FailedScheduling") == [message]
            quiet = len(transport.requests)
            await asyncio.sleep(200)
            assert len(transport.requests) == quiet
            api.put(NODE, node("n2", cpu="8"))
            await asyncio.sleep(1)
            assert places(api) == {"big": "n2"}

    run_virtual(story())


def test_room_made_by_a_pod_that_ends_or_goes_is_used() -> None:
    async def story() -> None:
        transport = ScriptedTransport()
        api = transport.api
        api.put(NODE, node("n1", cpu="1"))
        api.put(POD, pod("first", nodeName="n1"))
        for name in ("second", "third"):
            api.put(POD, pod(name))
        async with scheduling(transport):
            assert places(api) == {"first": "n1", "second": "", "third": ""}
            api.put(POD, {**pod("first", nodeName="n1"), "status": {"phase": "Succeeded"}})
            await asyncio.sleep(5)
            placed = [name for name in ("second", "third") if places(api)[name]]
            assert len(placed) == 1
            api.remove(POD, f"x/{placed[0]}")
            await asyncio.sleep(20)
            assert all(places(api).values())

    run_virtual(story())


def test_others_pods_are_left_alone() -> None:
    async def story() -> None:
        transport = ScriptedTransport()
        api = transport.api
        api.put(NODE, node("n1"))
        api.put(POD, pod("foreign", schedulerName="mine"))
        api.put(POD, pod("gated", schedulingGates=[{"name": "wait"}]))
        async with scheduling(transport):
            assert places(api) == {"foreign": "", "gated": ""}

    run_virtual(story())


def test_a_binding_that_fails_is_taken_back_and_tried_again() -> None:
    async def story() -> None:
        transport = ScriptedTransport()
        api = transport.api
        api.put(NODE, node("n1", cpu="1"))
        api.put(POD, pod("a"))
        transport.fail_next(
            TransportError("reset"), when=lambda request: request.path.endswith("/binding")
        )
        async with scheduling(transport):
            assert places(api) == {"a": "n1"}

    run_virtual(story())


def test_many_pods_never_overfill_a_node() -> None:
    async def story() -> None:
        transport = ScriptedTransport()
        api = transport.api
        for number in range(5):
            api.put(NODE, node(f"n{number}", cpu="3"))
        for number in range(40):
            api.put(POD, pod(f"p{number}"))
        async with scheduling(transport):
            taken = [name for name in places(api).values() if name]
            assert len(taken) == 15
            assert all(taken.count(f"n{number}") == 3 for number in range(5))

    run_virtual(story())
