"""Each filter: what it lets through, and in which words it refuses."""

from typing import Any

import pytest

from seatrial.api.objects import Object
from seatrial.scheduler.pipeline import NO_NODES, explain, merit
from seatrial.scheduler.snapshot import Ledger
from seatrial.scheduler.views import NodeView, PodView, node_view, pod_view

AFFINITY = "requiredDuringSchedulingIgnoredDuringExecution"


def pod(name: str = "p", *, labels: dict[str, str] | None = None, **spec: Any) -> PodView:
    meta = {"name": name, "namespace": "x", "uid": name, "labels": labels or {}}
    return pod_view({"metadata": meta, "spec": {"containers": [{"name": "c"}], **spec}})


def node_object(name: str = "n1", *, cpu: str = "2", pods: str = "110", **spec: Any) -> Object:
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "disk": "ssd"}},
        "spec": spec,
        "status": {"allocatable": {"cpu": cpu, "memory": "4Gi", "pods": pods}},
    }


def node(**more: Any) -> NodeView:
    return node_view(node_object(**more))


def refusal(asking: PodView, *nodes: Object, there: dict[str, list[PodView]] | None = None) -> str:
    """The message for nodes with pods on them; "" when one of them will do."""
    ledger = Ledger()
    for each in nodes:
        ledger.set_node(each)
    for where, pods in (there or {}).items():
        for other in pods:
            ledger.place(other, where)
    got = explain(asking, ledger.snapshot())
    return got.message if sum(got.reasons.values()) >= len(nodes) else ""


def with_requests(**amounts: str) -> dict[str, Any]:
    return {"containers": [{"name": "c", "resources": {"requests": amounts}}]}


def test_a_plain_pod_goes_anywhere() -> None:
    assert merit(pod(), node()) is not None
    assert refusal(pod(), node_object()) == ""


def test_no_nodes() -> None:
    assert refusal(pod()) == NO_NODES


TAINT = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("spec", "node_spec", "reason"),
    [
        ({"nodeName": "other"}, {}, "node(s) didn't match the requested node name"),
        ({}, {"unschedulable": True}, "node(s) were unschedulable"),
        ({}, {"taints": [TAINT]}, "node(s) had untolerated taint {gpu: yes}"),
        (
            {"nodeSelector": {"disk": "hdd"}},
            {},
            "node(s) didn't match Pod's node affinity/selector",
        ),
    ],
)
def test_refusals_preemption_cannot_help(
    spec: dict[str, Any], node_spec: dict[str, Any], reason: str
) -> None:
    assert refusal(pod(**spec), node_object(**node_spec)) == (
        f"0/1 nodes are available: 1 {reason}. preemption: 0/1 nodes are available: "
        "1 Preemption is not helpful for scheduling."
    )


def test_shortages_are_all_named_and_counted() -> None:
    asking = pod(**with_requests(cpu="3", memory="8Gi"))
    nodes = [node_object("n1"), node_object("n2", cpu="8"), node_object("n3", unschedulable=True)]
    assert refusal(asking, *nodes) == (
        "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable, "
        "2 Insufficient memory. preemption: 0/3 nodes are available: "
        "1 Preemption is not helpful for scheduling, "
        "2 No preemption victims found for incoming pod."
    )


def test_what_is_there_already_counts() -> None:
    half = with_requests(cpu="1500m")
    there = {"n1": [pod("a", **half)]}
    assert "1 Insufficient cpu" in refusal(pod("b", **half), node_object(), there=there)
    assert "1 Too many pods" in refusal(pod("b"), node_object(pods="1"), there=there)


@pytest.mark.parametrize(
    ("toleration", "tolerated"),
    [
        ({"operator": "Exists"}, True),
        ({"key": "gpu", "operator": "Exists"}, True),
        ({"key": "gpu", "value": "yes"}, True),
        ({"key": "gpu", "value": "yes", "effect": "NoSchedule"}, True),
        ({"key": "gpu", "value": "no"}, False),
        ({"key": "gpu", "operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "other", "operator": "Exists"}, False),
    ],
)
def test_tolerations(toleration: dict[str, str], tolerated: bool) -> None:
    asking = pod(tolerations=[toleration])
    assert (merit(asking, node(taints=[TAINT])) is not None) is tolerated


@pytest.mark.parametrize(
    ("expression", "matches"),
    [
        ({"key": "disk", "operator": "In", "values": ["ssd", "nvme"]}, True),
        ({"key": "disk", "operator": "NotIn", "values": ["ssd"]}, False),
        ({"key": "absent", "operator": "NotIn", "values": ["ssd"]}, True),
        ({"key": "disk", "operator": "Exists"}, True),
        ({"key": "disk", "operator": "DoesNotExist"}, False),
        ({"key": "disk", "operator": "Gt", "values": ["1"]}, False),
    ],
)
def test_required_node_affinity(expression: dict[str, Any], matches: bool) -> None:
    terms = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    asking = pod(affinity={"nodeAffinity": {AFFINITY: terms}})
    assert (merit(asking, node()) is not None) is matches


@pytest.mark.parametrize(
    ("mine", "taken"),
    [
        ({"hostPort": 80}, True),
        ({"hostPort": 80, "hostIP": "10.0.0.1"}, True),
        ({"hostPort": 80, "protocol": "UDP"}, False),
        ({"hostPort": 81}, False),
    ],
)
def test_host_ports(mine: dict[str, Any], taken: bool) -> None:
    def with_port(port: dict[str, Any]) -> dict[str, Any]:
        return {"containers": [{"name": "c", "ports": [{"containerPort": 1, **port}]}]}

    there = {"n1": [pod("a", **with_port({"hostPort": 80}))]}
    said = refusal(pod("b", **with_port(mine)), node_object(), there=there)
    assert ("didn't have free ports for the requested pod ports" in said) is taken


def near(kind: str, **labels: str) -> dict[str, Any]:
    term = {
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": {"matchLabels": labels},
    }
    return {"affinity": {kind: {AFFINITY: [term]}}}


def test_pod_affinity_and_its_first_pod() -> None:
    nodes = [node_object("n1"), node_object("n2")]
    there = {"n1": [pod("a", labels={"app": "db"})]}
    stranger = pod("b", **near("podAffinity", app="db"))
    assert "2 node(s) didn't match pod affinity rules" in refusal(stranger, *nodes)
    assert refusal(stranger, *nodes, there=there) == ""
    first = pod("c", labels={"app": "db"}, **near("podAffinity", app="db"))
    assert refusal(first, *nodes) == ""


def test_anti_affinity_holds_in_both_directions() -> None:
    shy = pod("a", labels={"app": "db"}, **near("podAntiAffinity", app="web"))
    web = pod("b", labels={"app": "web"})
    said = refusal(shy, node_object(), there={"n1": [web]})
    assert "1 node(s) didn't match pod anti-affinity rules" in said
    said = refusal(web, node_object(), there={"n1": [shy]})
    assert "1 node(s) didn't satisfy existing pods anti-affinity rules" in said
    assert refusal(pod("c"), node_object(), there={"n1": [shy]}) == ""


def test_topology_spread() -> None:
    constraint = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
    }
    web = {"app": "web"}
    asking = pod("new", labels=web, topologySpreadConstraints=[constraint])
    one = {"n1": [pod("a", labels=web)]}
    nodes = [node_object("n1"), node_object("n2")]
    assert refusal(asking, *nodes, there=one) == ""
    assert refusal(asking, node_object("n1"), there=one) == ""
    full = [node_object("n1"), node_object("n2", cpu="0")]
    needy = pod("new", labels=web, topologySpreadConstraints=[constraint],
                **with_requests(cpu="1"))  # fmt: skip
    said = refusal(needy, *full, there=one)
    assert "1 node(s) didn't match pod topology spread constraints" in said
    assert "1 Insufficient cpu" in said
