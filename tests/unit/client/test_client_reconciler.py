"""The reconciler: sources wake keys, failures come back, one key never stops another."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from seatrial.api.kinds import POD
from seatrial.api.objects import Object
from seatrial.api.status import conflict
from seatrial.client.client import ApiClient
from seatrial.client.errors import TransportError, error_from
from seatrial.client.informers import InformerSet
from seatrial.client.reconciler import Reconciler, owner_keys
from seatrial.client.transport.scripted import ScriptedTransport
from seatrial.kit.tasks import Tasks
from seatrial.testing.virtual_time import run_virtual

OWNER = {"kind": "ReplicaSet", "name": "web", "uid": "u", "controller": True}
Look = Callable[[str], Awaitable[float | None]]


def pod(name: str, *owners: Object) -> Object:
    return {"metadata": {"name": name, "namespace": "x", "ownerReferences": list(owners)}}


def looks_of(reconcile: Look, *, seconds: float) -> list[tuple[float, str]]:
    """When each key was looked at, with one pod of ReplicaSet x/web from the start."""

    async def story() -> list[tuple[float, str]]:
        transport, seen = ScriptedTransport(), list[tuple[float, str]]()
        informers, tasks = InformerSet(ApiClient(transport)), Tasks("test")

        async def look(key: str) -> float | None:
            seen.append((round(asyncio.get_running_loop().time(), 6), key))
            return await reconcile(key)

        reconciler = Reconciler("test", look)
        reconciler.watch(informers.informer(POD), keys=owner_keys("ReplicaSet"))
        transport.api.put(POD, pod("a", OWNER))
        transport.api.put(POD, pod("stray"))
        informers.start()
        tasks.start(reconciler.run(), name="run")
        await asyncio.sleep(seconds)
        await tasks.stop()
        reconciler.queue.shut_down()
        await informers.aclose()
        await transport.aclose()
        return seen

    return run_virtual(story())


def test_owners_are_woken() -> None:
    async def fine(_key: str) -> None:
        return None

    assert looks_of(fine, seconds=100) == [(0.0, "x/web")]


def test_a_returned_number_is_when_to_look_again() -> None:
    async def every_minute(_key: str) -> float:
        return 60.0

    looks = looks_of(every_minute, seconds=150)
    assert looks == [(0.0, "x/web"), (60.0, "x/web"), (120.0, "x/web")]


@pytest.mark.parametrize(
    ("failure", "level"),
    [
        (error_from(conflict(POD, "a")), None),
        (TransportError("refused"), logging.WARNING),
        (ValueError("a bug"), logging.ERROR),
    ],
)
def test_failures_come_back_with_backoff(
    failure: Exception, level: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    left = [failure, failure, failure]

    async def fail(_key: str) -> None:
        if left:
            raise left.pop()

    with caplog.at_level(logging.INFO, logger="seatrial"):
        looks = looks_of(fail, seconds=10)
    assert [at for at, _ in looks] == [0.0, 0.005, 0.015, 0.035]
    levels = {record.levelno for record in caplog.records if record.name == "seatrial.test"}
    assert levels == ({level} if level else set())
