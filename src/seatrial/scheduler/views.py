"""What the scheduler looks at: nodes and pods as small immutable values; pure.

Does: reads a wire object once into what filters and scores need.
Does not: know other nodes; see `snapshot`.
Holds: amounts are integers in thousandths (milli) of the resource's unit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from seatrial.api import quantities
from seatrial.api.objects import (
    Object,
    controller_of,
    key_of,
    labels_of,
    name_of,
    namespace_of,
    spec_of,
    status_of,
    uid_of,
)
from seatrial.api.pods import containers_of, init_containers_of, is_sidecar
from seatrial.api.requests import effective_requests

Amounts: TypeAlias = Mapping[str, int]
# (protocol, host address, port); address "" means every address.
HostPort: TypeAlias = tuple[str, str, int]

PODS = "pods"  # the resource of which every pod needs one
PODS_MAX = 110  # where a node does not say


@dataclass(frozen=True, slots=True)
class PodView:
    """A pod as the scheduler sees it."""

    key: str
    uid: str
    name: str
    namespace: str
    labels: Mapping[str, str]
    # What filters and scores ask of it besides the fields here; never changed.
    spec: Mapping[str, Any]
    requests: Amounts
    ports: frozenset[HostPort]
    owner: str  # uid of its controller, or ""
    # Has required anti-affinity: other pods must ask it before they come near.
    is_choosy: bool
    # Equal signatures: every node by itself is equally good for both pods, whoever owns them.
    signature: str

    def weighs_as(self, other: "PodView") -> bool:
        """The very same pod, taking the same, seen the same by its neighbours."""
        return (self.uid, self.requests, self.ports, self.labels, self.is_choosy) == (
            other.uid, other.requests, other.ports, other.labels, other.is_choosy
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class NodeView:
    """A node and what the pods on it take."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Mapping[str, str], ...] = ()
    unschedulable: bool = False
    allocatable: Amounts = field(default_factory=dict)
    requested: Amounts = field(default_factory=dict)
    pods: Mapping[str, PodView] = field(default_factory=dict)  # by key
    ports: frozenset[HostPort] = frozenset()
    owners: Mapping[str, int] = field(default_factory=dict)  # pods by owner

    def with_pod(self, pod: PodView) -> "NodeView":
        """The node with one pod more."""
        return replace(
            self,
            requested=_added(self.requested, pod.requests, 1),
            pods={**self.pods, pod.key: pod},
            ports=self.ports | pod.ports if pod.ports else self.ports,
            owners=_added(self.owners, {pod.owner: 1}, 1) if pod.owner else self.owners,
        )

    def without_pod(self, key: str) -> "NodeView":
        """The node with that pod gone."""
        gone = self.pods[key]
        left = {other: pod for other, pod in self.pods.items() if other != key}
        return replace(
            self,
            requested=_added(self.requested, gone.requests, -1),
            pods=left,
            ports=_ports_of(left.values()) if gone.ports else self.ports,
            owners=_added(self.owners, {gone.owner: 1}, -1) if gone.owner else self.owners,
        )


def required_terms(spec: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    """The hard terms of `podAffinity` or `podAntiAffinity` in a pod's spec."""
    affinity = (spec.get("affinity") or {}).get(kind) or {}
    return list(affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or ())


def node_view(node: Object, pods: Iterable[PodView] = ()) -> NodeView:
    """A node as it stands, with `pods` on it."""
    spec, status = spec_of(node), status_of(node)
    amounts = status.get("allocatable") or status.get("capacity") or {}
    view = NodeView(
        name_of(node),
        labels=labels_of(node),
        taints=tuple(spec.get("taints") or ()),
        unschedulable=bool(spec.get("unschedulable")),
        allocatable={PODS: PODS_MAX * 1000} | {
            name: quantities.parse(amount).milli for name, amount in amounts.items()
        },
    )  # fmt: skip
    for pod in pods:
        view = view.with_pod(pod)
    return view


def pod_view(pod: Object) -> PodView:
    """A pod as it stands. Raises QuantityError for a broken amount."""
    spec = spec_of(pod)
    requests = {name: amount.milli for name, amount in effective_requests(pod).items()}
    requests = {name: amount for name, amount in requests.items() if amount}
    owner = uid_of({"metadata": controller_of(pod) or {}})
    return PodView(
        key=key_of(pod), uid=uid_of(pod), name=name_of(pod), namespace=namespace_of(pod),
        labels=labels_of(pod), spec=spec, requests={**requests, PODS: 1000},
        ports=frozenset(_host_ports(pod)), owner=owner,
        is_choosy=bool(required_terms(spec, "podAntiAffinity")),
        signature=_signature(pod, spec, requests),
    )  # fmt: skip


def _signature(pod: Object, spec: Mapping[str, Any], requests: Amounts) -> str:
    asked = [
        sorted(requests.items()), sorted(_host_ports(pod)),
        spec.get("nodeName"), spec.get("nodeSelector"), spec.get("affinity"),
        spec.get("tolerations"),
    ]  # fmt: skip
    return repr(asked)


def _host_ports(pod: Object) -> list[HostPort]:
    sidecars = [each for each in init_containers_of(pod) if is_sidecar(each)]
    return [
        (port.get("protocol") or "TCP", _address(port.get("hostIP")), int(port["hostPort"]))
        for container in (*containers_of(pod), *sidecars)
        for port in container.get("ports") or ()
        if port.get("hostPort")
    ]


def _address(asked: str | None) -> str:
    return "" if asked in {None, "", "0.0.0.0", "::"} else str(asked)


def _ports_of(pods: Iterable[PodView]) -> frozenset[HostPort]:
    return frozenset(port for pod in pods for port in pod.ports)


def _added(total: Amounts, more: Amounts, sign: int) -> dict[str, int]:
    result = dict(total)
    for name, amount in more.items():
        left = result.get(name, 0) + sign * amount
        if left:
            result[name] = left
        else:
            result.pop(name, None)
    return result
