"""Waits end at the moment the condition comes true, or at their limit."""

import asyncio

import pytest

from seatrial.api.kinds import POD
from seatrial.client.client import ApiClient
from seatrial.client.reflector import Selection
from seatrial.client.transport.scripted import ScriptedTransport
from seatrial.client.waiting import WaitTimeout, wait_all, wait_deleted, wait_for
from seatrial.testing.virtual_time import run_virtual

POD_A = {"metadata": {"name": "a", "namespace": "x"}, "status": {"phase": "Pending"}}
RUNNING = {**POD_A, "status": {"phase": "Running"}}


def is_running(pod: dict[str, dict[str, str]]) -> bool:
    return pod["status"]["phase"] == "Running"


def test_wait_for_a_state_that_comes() -> None:
    async def story() -> float:
        transport = ScriptedTransport()
        loop = asyncio.get_running_loop()
        loop.call_later(5, transport.api.put, POD, POD_A)
        loop.call_later(7, transport.api.put, POD, RUNNING)
        pod = await wait_for(ApiClient(transport), POD, "a", "x", is_running, limit_s=60)
        assert pod["status"]["phase"] == "Running"
        await transport.aclose()
        return loop.time()

    assert run_virtual(story()) == 7.0


def test_a_wait_has_a_limit() -> None:
    async def story() -> float:
        transport = ScriptedTransport()
        transport.api.put(POD, POD_A)
        with pytest.raises(WaitTimeout, match=r"readiness of a did not come within 30 s"):
            await wait_for(
                ApiClient(transport), POD, "a", "x", is_running, limit_s=30, what="readiness"
            )
        await transport.aclose()
        return asyncio.get_running_loop().time()

    assert run_virtual(story()) == 30.0


def test_wait_deleted_means_that_very_object() -> None:
    async def story() -> float:
        transport = ScriptedTransport()
        uid = transport.api.put(POD, POD_A)["metadata"]["uid"]
        loop = asyncio.get_running_loop()

        def replace() -> None:
            transport.api.remove(POD, "x/a")
            transport.api.put(POD, POD_A)

        loop.call_later(3, replace)
        client = ApiClient(transport)
        await wait_deleted(client, POD, "a", "x", limit_s=60, uid=uid)
        assert loop.time() == 3.0
        loop.call_later(4, transport.api.remove, POD, "x/a")
        await wait_deleted(client, POD, "a", "x", limit_s=60)
        await wait_deleted(client, POD, "never-was", "x", limit_s=60)
        await transport.aclose()
        return loop.time()

    assert run_virtual(story()) == 7.0


def test_wait_all_looks_at_the_selection_together() -> None:
    async def story() -> list[str]:
        transport = ScriptedTransport()
        loop = asyncio.get_running_loop()
        for number in range(3):
            name = f"p{number}"
            obj = {"metadata": {"name": name, "namespace": "x", "labels": {"app": "web"}}}
            loop.call_later(number, transport.api.put, POD, obj)
        found = await wait_all(
            ApiClient(transport),
            Selection(POD, "x", labels="app=web"),
            lambda pods: len(pods) == 3,
            limit_s=10,
        )
        await transport.aclose()
        return sorted(pod["metadata"]["name"] for pod in found)

    assert run_virtual(story()) == ["p0", "p1", "p2"]
