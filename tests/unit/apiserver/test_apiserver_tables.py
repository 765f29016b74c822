"""kubectl's columns."""

from typing import Any

import pytest

from seatrial.api import kinds, timestamps
from seatrial.apiserver.tables.pods import POD_COLUMNS, status_word
from seatrial.apiserver.tables.registry import columns_of
from seatrial.apiserver.tables.table import render_table

NOW_S = 1_000_000.0


def cells(columns: Any, obj: Any) -> dict[str, Any]:
    table = render_table(columns, [(obj, None)], {}, now_s=NOW_S)
    names = [each["name"] for each in table["columnDefinitions"]]
    return dict(zip(names, table["rows"][0]["cells"], strict=True))


def pod(
    *states: dict[str, Any],
    phase: str = "Running",
    inits: tuple[dict[str, Any], ...] = (),
    init_specs: tuple[dict[str, Any], ...] = (),
    **more: Any,
) -> dict[str, Any]:
    containers = [{"name": f"c{index}"} for index in range(len(states))]
    return {
        "metadata": {"name": "x", **more.pop("metadata", {})},
        "spec": {"containers": containers, "initContainers": list(init_specs)},
        "status": {
            "phase": phase,
            "containerStatuses": [
                {"name": f"c{index}", **state} for index, state in enumerate(states)
            ],
            "initContainerStatuses": list(inits),
            **more,
        },
    }


RUNNING = {"ready": True, "state": {"running": {}}}
DONE = {"state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}
READY = [{"type": "Ready", "status": "True"}]


@pytest.mark.parametrize(
    ("obj", "word"),
    [
        (pod(phase="Pending"), "Pending"),
        (pod(RUNNING), "Running"),
        (pod({"state": {"waiting": {"reason": "CrashLoopBackOff"}}}), "CrashLoopBackOff"),
        (pod({"state": {"waiting": {"reason": "ContainerCreating"}}}), "ContainerCreating"),
        (pod({"state": {"terminated": {"exitCode": 1, "reason": "Error"}}}), "Error"),
        (pod({"state": {"terminated": {"exitCode": 3}}}), "ExitCode:3"),
        (pod({"state": {"terminated": {"exitCode": 137, "signal": 9}}}), "Signal:9"),
        (pod(DONE, phase="Succeeded"), "Completed"),
        (pod(DONE, RUNNING, conditions=READY), "Running"),
        (pod(DONE, RUNNING), "NotReady"),
        (pod(RUNNING, metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}), "Terminating"),
        (
            pod(DONE, phase="Succeeded", metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}),
            "Completed",
        ),
        (
            pod(
                RUNNING,
                reason="NodeLost",
                metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"},
            ),
            "Unknown",
        ),
        (pod(reason="Evicted", phase="Failed"), "Evicted"),
        (
            pod(
                phase="Pending",
                conditions=[{"type": "PodScheduled", "reason": "SchedulingGated"}],
            ),
            "SchedulingGated",
        ),
        (
            pod(
                phase="Pending",
                init_specs=({"name": "i"}, {"name": "j"}),
                inits=({"name": "i", "state": {"running": {}}},),
            ),
            "Init:0/2",
        ),
        (
            pod(
                phase="Pending",
                init_specs=({"name": "i"},),
                inits=({"name": "i", "state": {"waiting": {"reason": "ImagePullBackOff"}}},),
            ),
            "Init:ImagePullBackOff",
        ),
        (
            pod(
                phase="Pending",
                init_specs=({"name": "i"},),
                inits=({"name": "i", "state": {"terminated": {"exitCode": 2}}},),
            ),
            "Init:ExitCode:2",
        ),
        (
            pod(
                {"state": {"waiting": {"reason": "PodInitializing"}}},
                phase="Pending",
                init_specs=({"name": "i"},),
                inits=({"name": "i", "state": {"terminated": {"exitCode": 0}}},),
            ),
            "PodInitializing",
        ),
        (
            pod(
                RUNNING,
                init_specs=({"name": "side", "restartPolicy": "Always"},),
                inits=({"name": "side", "started": True, "state": {"running": {}}},),
            ),
            "Running",
        ),
    ],
)
def test_what_is_the_matter_with_a_pod(obj: dict[str, Any], word: str) -> None:
    assert status_word(obj) == word


def test_restarts_say_when() -> None:
    ended = timestamps.render(NOW_S - 12)
    state = {**RUNNING, "restartCount": 3, "lastState": {"terminated": {"finishedAt": ended}}}
    assert cells(POD_COLUMNS, pod(state))["Restarts"] == "3 (12s ago)"
    assert cells(POD_COLUMNS, pod(RUNNING))["Restarts"] == "0"


def test_a_sidecar_counts_as_a_container() -> None:
    shown = cells(
        POD_COLUMNS,
        pod(
            RUNNING,
            init_specs=({"name": "side", "restartPolicy": "Always"},),
            inits=({"name": "side", "started": True, "ready": True},),
        ),
    )
    assert shown["Ready"] == "2/2"


def test_readiness_gates() -> None:
    obj = pod(RUNNING, conditions=[{"type": "a", "status": "True"}])
    obj["spec"]["readinessGates"] = [{"conditionType": "a"}, {"conditionType": "b"}]
    assert cells(POD_COLUMNS, obj)["Readiness Gates"] == "1/2"


def test_a_node_that_is_cordoned() -> None:
    node = {
        "metadata": {"name": "n", "labels": {"node-role.kubernetes.io/control-plane": ""}},
        "spec": {"unschedulable": True},
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "nodeInfo": {"kubeletVersion": "v1"},
            "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
        },
    }
    shown = cells(columns_of(kinds.NODE), node)
    assert shown["Status"] == "Ready,SchedulingDisabled"
    assert shown["Roles"] == "control-plane"
    assert (shown["Internal-IP"], shown["External-IP"]) == ("10.0.0.1", "<none>")


def test_a_service_with_a_node_port() -> None:
    service = {
        "metadata": {"name": "s"},
        "spec": {
            "type": "NodePort",
            "clusterIP": "10.96.0.5",
            "ports": [{"port": 80, "nodePort": 30001}, {"port": 53, "protocol": "UDP"}],
            "selector": {"b": "2", "a": "1"},
        },
    }
    shown = cells(columns_of(kinds.SERVICE), service)
    assert shown["Port(s)"] == "80:30001/TCP,53/UDP"
    assert shown["Selector"] == "a=1,b=2"


def test_endpoints_are_shortened() -> None:
    addresses = [{"ip": f"10.0.0.{index}"} for index in range(5)]
    endpoints = {
        "metadata": {"name": "e"},
        "subsets": [{"addresses": addresses, "ports": [{"port": 80}]}],
    }
    shown = cells(columns_of(kinds.ENDPOINTS), endpoints)["Endpoints"]
    assert shown == "10.0.0.0:80,10.0.0.1:80,10.0.0.2:80 + 2 more..."


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.kind)
def test_every_kind_shows_an_empty_object(kind: kinds.Kind) -> None:
    shown = cells(columns_of(kind), {"metadata": {"name": "x"}})
    assert shown["Name"] == "x"
