"""Pods that no kubelet will ever let go are let go, and no others."""

import asyncio

import pytest

from seatrial.api.kinds import NODE, POD
from seatrial.api.objects import Object
from seatrial.client.client import ApiClient
from seatrial.client.informers import InformerSet
from seatrial.client.transport.scripted import ScriptedTransport
from seatrial.controllers.pod_gc import Plan, PodGarbageCollector, Verdict, View, plan
from seatrial.kit.tasks import Tasks
from seatrial.testing.virtual_time import run_virtual


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (View(is_terminating=False, node=""), Plan()),
        (View(is_terminating=True, node=""), Plan(Verdict.UNPLACED)),
        (View(is_terminating=True, node="n", has_node=True), Plan()),
        (View(True, "n", has_node=True, is_out_of_service=True), Plan(Verdict.OUT_OF_SERVICE)),
        (View(False, "n", has_node=True, is_out_of_service=True), Plan()),
        (View(is_terminating=False, node="n", node_missing_s=10), Plan(again_s=30.0)),
        (View(is_terminating=False, node="n", node_missing_s=40), Plan(Verdict.ORPHANED)),
    ],
)
def test_plan(view: View, expected: Plan) -> None:
    assert plan(view) == expected


def pod(name: str, node: str) -> Object:
    return {"metadata": {"name": name, "namespace": "x"}, "spec": {"nodeName": node}}


def test_orphans_go_after_the_quarantine() -> None:
    async def story() -> None:
        transport, tasks = ScriptedTransport(), Tasks("test")
        informers = InformerSet(ApiClient(transport))
        for name in ("n1", "n2"):
            transport.api.put(NODE, {"metadata": {"name": name}})
            transport.api.put(POD, pod(f"on-{name}", name))
        tasks.start(PodGarbageCollector(informers).reconciler.run(), name="run")
        informers.start()
        await asyncio.sleep(100)
        transport.api.remove(NODE, "n1")
        await asyncio.sleep(39)
        assert len(transport.api.objects(POD)) == 2
        await asyncio.sleep(2)
        assert [each["metadata"]["name"] for each in transport.api.objects(POD)] == ["on-n2"]
        await tasks.stop()
        await informers.aclose()
        await transport.aclose()

    run_virtual(story())
