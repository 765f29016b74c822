"""Silent nodes are noticed to the second, and pods leave when their tolerations run out."""

import asyncio
from typing import Any

import pytest

from seatrial.api.kinds import EVENT, LEASE, NODE, POD
from seatrial.api.objects import Object, condition_of, is_condition_true, spec_of
from seatrial.api.timestamps import render
from seatrial.client.client import ApiClient
from seatrial.client.informers import InformerSet
from seatrial.client.interface import STRATEGIC
from seatrial.client.leases import NODE_LEASE_NAMESPACE, LeaseKeeper, LeaseSpec
from seatrial.client.recorder import EventRecorder
from seatrial.client.transport.scripted import ScriptedTransport
from seatrial.controllers.node_lifecycle import (
    GRACE_S,
    NodeLifecycleController,
    Plan,
    PodOnNode,
    View,
    plan,
)
from seatrial.kit.tasks import Tasks
from seatrial.testing.virtual_time import EPOCH_S, run_virtual

READY = {"Ready": "True"}
FIVE_MINUTES = (
    {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute",
     "tolerationSeconds": 300},
)  # fmt: skip


def keys(got: Plan) -> list[tuple[str, str]]:
    return [(each["key"], each["effect"]) for each in got.taints or ()]


def test_a_healthy_node_is_left_alone_until_its_grace_ends() -> None:
    assert plan(View(now_s=100, silent_s=10, conditions=READY)) == Plan(again_s=30.0)


def test_a_silent_node_becomes_unknown_and_unreachable() -> None:
    pods = [PodOnNode("x/a", is_ready=True, tolerations=FIVE_MINUTES), PodOnNode("x/b")]
    got = plan(View(now_s=100, silent_s=GRACE_S, conditions=READY, pods=pods))
    unreachable = "node.kubernetes.io/unreachable"
    assert got.mark_unknown
    assert keys(got) == [(unreachable, "NoSchedule"), (unreachable, "NoExecute")]
    assert list(got.mark_pods_not_ready) == ["x/a"]
    assert list(got.evict) == ["x/b"]
    assert got.again_s == 300.0


def test_own_taints_go_and_others_stay() -> None:
    taints = [
        {"key": "gpu", "effect": "NoSchedule"},
        {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"},
        {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"},
    ]
    got = plan(View(now_s=100, silent_s=0, conditions=READY, taints=taints))
    assert keys(got) == [("gpu", "NoSchedule")]


def test_cordon_and_pressure_become_taints() -> None:
    conditions = {**READY, "DiskPressure": "True"}
    got = plan(View(now_s=1, silent_s=0, conditions=conditions, is_unschedulable=True))
    assert keys(got) == [
        ("node.kubernetes.io/unschedulable", "NoSchedule"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ]


@pytest.mark.parametrize(
    ("toleration", "evicted", "again_s"),
    [
        ({"operator": "Exists"}, [], 40.0),
        ({"key": "drain", "operator": "Exists", "tolerationSeconds": 30}, [], 20.0),
        ({"key": "drain", "operator": "Exists", "tolerationSeconds": 10}, ["x/a"], 40.0),
        ({"key": "drain", "value": "now", "effect": "NoExecute"}, [], 40.0),
        ({"key": "drain", "value": "later"}, ["x/a"], 40.0),
        ({"key": "drain", "operator": "Exists", "effect": "NoSchedule"}, ["x/a"], 40.0),
    ],
)
def test_tolerations_of_anybodys_taint(
    toleration: dict[str, Any], evicted: list[str], again_s: float
) -> None:
    taint = {"key": "drain", "value": "now", "effect": "NoExecute", "timeAdded": render(90)}
    pods = [PodOnNode("x/a", tolerations=[toleration])]
    got = plan(View(now_s=100, silent_s=0, conditions=READY, taints=[taint], pods=pods))
    assert (list(got.evict), got.again_s) == (evicted, again_s)


def test_a_terminating_pod_is_not_evicted_again() -> None:
    pods = [PodOnNode("x/a", is_terminating=True)]
    assert plan(View(now_s=1, silent_s=GRACE_S, conditions=READY, pods=pods)).evict == ()


def node_object() -> Object:
    ready = {"type": "Ready", "status": "True", "lastHeartbeatTime": render(EPOCH_S)}
    return {"metadata": {"name": "n1"}, "spec": {}, "status": {"conditions": [ready]}}


def pod_object() -> Object:
    return {
        "metadata": {"name": "a", "namespace": "x"},
        "spec": {"nodeName": "n1", "tolerations": list(FIVE_MINUTES)},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    }


def test_a_node_that_dies_and_comes_back() -> None:
    async def story() -> None:
        transport, tasks = ScriptedTransport(), Tasks("test")
        api, client = transport.api, ApiClient(transport)
        informers, recorder = InformerSet(client), EventRecorder(client, "node-controller")
        api.put(NODE, node_object())
        api.put(POD, pod_object())
        heart = tasks.start(LeaseKeeper(client, LeaseSpec("n1")).run(), name="heart")
        tasks.start(NodeLifecycleController(informers, recorder).reconciler.run(), name="run")
        informers.start()

        await asyncio.sleep(105)  # heartbeats at 0, 10, ..., 100
        assert api.object(LEASE, f"{NODE_LEASE_NAMESPACE}/n1") is not None
        heart.cancel()
        await asyncio.sleep(34)  # 139
        assert is_condition_true(api.object(NODE, "n1") or {}, "Ready")
        await asyncio.sleep(2)  # 141: 40 s after the last heartbeat
        node, pod = api.object(NODE, "n1") or {}, api.object(POD, "x/a") or {}
        assert (condition_of(node, "Ready") or {})["reason"] == "NodeStatusUnknown"
        assert len(spec_of(node)["taints"]) == 2
        assert not is_condition_true(pod, "Ready")
        await asyncio.sleep(297)  # 438
        assert api.object(POD, "x/a") is not None
        await asyncio.sleep(4)  # 442: 300 s after the taint
        assert api.object(POD, "x/a") is None

        tasks.start(LeaseKeeper(client, LeaseSpec("n1")).run(), name="heart")
        back = {"type": "Ready", "status": "True", "lastHeartbeatTime": render(EPOCH_S + 442)}
        status = {"status": {"conditions": [back]}}
        await client.patch(NODE, "n1", None, status, patch_type=STRATEGIC, subresource="status")
        await asyncio.sleep(1)
        assert not spec_of(api.object(NODE, "n1") or {}).get("taints")

        await tasks.stop()
        await recorder.aclose()
        await informers.aclose()
        told = sorted((each["involvedObject"]["kind"], each["reason"], each["count"])
                      for each in api.objects(EVENT))  # fmt: skip
        assert told == [
            ("Node", "NodeNotReady", 1),
            ("Pod", "NodeNotReady", 1),
            ("Pod", "TaintManagerEviction", 1),
        ]
        await transport.aclose()

    run_virtual(story())
