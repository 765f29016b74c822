"""NodeLifecycle: notices silent nodes, taints nodes that are not ready, and moves pods off them.

Does: Ready (and the other conditions) become Unknown when a node's lease has not been renewed for
`GRACE_S`; taints follow conditions; pods that do not tolerate a NoExecute taint (any longer) are
deleted; pods of a node that is not ready are marked not ready.
Does not: delete nodes, nor limit how many nodes it empties at once.
Holds: silence is measured from when this process last heard of the node, so a restart of the
control plane never declares a node dead.
Holds: taints of others stay as they are.
Differs from Kubernetes: no zones, so no slower eviction when many nodes are silent; the grace is 40
s.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seatrial.api import timestamps
from seatrial.api.kinds import LEASE, NODE, POD
from seatrial.api.objects import (
    Object,
    condition_of,
    is_condition_true,
    is_terminating,
    key_of,
    name_of,
    namespace_of,
    resource_version_of,
    spec_of,
    split_key,
    status_of,
    uid_of,
)
from seatrial.api.pods import is_terminal
from seatrial.api.tolerations import covers
from seatrial.client.errors import ClientError, NotFound
from seatrial.client.informers import InformerSet
from seatrial.client.interface import MERGE, STRATEGIC
from seatrial.client.leases import NODE_LEASE_NAMESPACE
from seatrial.client.reconciler import Reconciler
from seatrial.client.recorder import EventRecorder
from seatrial.kit.clock import wall_time_s

GRACE_S = 40.0
NODE_CONDITIONS = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
PRESSURES = {
    "MemoryPressure": "node.kubernetes.io/memory-pressure",
    "DiskPressure": "node.kubernetes.io/disk-pressure",
    "PIDPressure": "node.kubernetes.io/pid-pressure",
    "NetworkUnavailable": "node.kubernetes.io/network-unavailable",
}
OWN_TAINTS = frozenset({NOT_READY, UNREACHABLE, UNSCHEDULABLE, *PRESSURES.values()})

Taint = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """One node as it stands."""

    now_s: float
    silent_s: float  # since it was last heard of
    # Condition type → status; Ready "" when the node has not said anything yet.
    conditions: Mapping[str, str] = field(default_factory=dict)
    is_unschedulable: bool = False
    taints: Sequence[Taint] = ()
    pods: Sequence["PodOnNode"] = ()


@dataclass(frozen=True, slots=True)
class PodOnNode:
    """A pod that has not ended."""

    key: str
    is_ready: bool = False
    is_terminating: bool = False
    tolerations: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now, and when to look again."""

    mark_unknown: bool = False
    taints: Sequence[Taint] | None = None  # None: right already
    mark_pods_not_ready: Sequence[str] = ()
    evict: Sequence[str] = ()
    again_s: float | None = None


def plan(view: View) -> Plan:
    """Conditions first; taints follow what they will be, evictions follow taints."""
    is_silent = view.silent_s >= GRACE_S
    ready = "Unknown" if is_silent else view.conditions.get("Ready", "")
    wanted = _wanted_taints(view, ready)
    due = {pod.key: _eviction_due_s(pod, wanted, view.now_s) for pod in view.pods}
    evict = tuple(key for key, at_s in due.items() if at_s is not None and at_s <= view.now_s)
    later = [at_s - view.now_s for at_s in due.values() if at_s is not None and at_s > view.now_s]
    if not is_silent:
        later.append(GRACE_S - view.silent_s)
    return Plan(
        mark_unknown=is_silent and view.conditions.get("Ready") != "Unknown",
        taints=None if _same(wanted, view.taints) else wanted,
        mark_pods_not_ready=() if ready == "True" else tuple(
            pod.key for pod in view.pods if pod.is_ready
        ),
        evict=evict,
        again_s=min(later, default=None),
    )  # fmt: skip


def _wanted_taints(view: View, ready: str) -> list[Taint]:
    pairs: list[tuple[str, str]] = []
    if view.is_unschedulable:
        pairs.append((UNSCHEDULABLE, "NoSchedule"))
    pairs += [
        (key, "NoSchedule")
        for kind, key in PRESSURES.items()
        if view.conditions.get(kind) == "True"
    ]
    if ready != "True":
        key = UNREACHABLE if ready == "Unknown" else NOT_READY
        pairs += [(key, "NoSchedule"), (key, "NoExecute")]
    there = {(each["key"], each["effect"]): each for each in view.taints}
    others = [each for each in view.taints if each["key"] not in OWN_TAINTS]
    return others + [there.get(pair) or _taint(*pair, view.now_s) for pair in pairs]


def _taint(key: str, effect: str, now_s: float) -> Taint:
    taint = {"key": key, "effect": effect}
    if effect == "NoExecute":
        taint["timeAdded"] = timestamps.render(now_s)
    return taint


def _same(one: Sequence[Taint], other: Sequence[Taint]) -> bool:
    def pairs(taints: Sequence[Taint]) -> set[tuple[str, str]]:
        return {(each["key"], each["effect"]) for each in taints}

    return pairs(one) == pairs(other)


def _eviction_due_s(pod: PodOnNode, taints: Iterable[Taint], now_s: float) -> float | None:
    """When the pod must go (now at the latest), or None: it may stay."""
    if pod.is_terminating:
        return None
    due: list[float] = []
    for taint in taints:
        if taint["effect"] != "NoExecute":
            continue
        covering = [each for each in pod.tolerations if covers(each, taint)]
        if not covering:
            return now_s
        limits = [each.get("tolerationSeconds") for each in covering]
        seconds = [float(limit) for limit in limits if limit is not None]
        if seconds:
            due.append(_added_s(taint, now_s) + max(0.0, min(seconds)))
    return min(due, default=None)


def _added_s(taint: Taint, now_s: float) -> float:
    added = taint.get("timeAdded")
    return timestamps.parse(str(added)) if added else now_s


class NodeLifecycleController:
    """Looks at a node when it, its lease or its pods change, and when its time is up."""

    def __init__(self, informers: InformerSet, recorder: EventRecorder) -> None:
        self._client = informers.client
        self._recorder = recorder
        self._heard_s: dict[str, float] = {}  # node → when we last heard of it
        # What was done already, though the cache may not show it yet.
        self._marked: dict[str, str] = {}  # pod → the revision that was found ready
        self._evicted: dict[str, str] = {}  # pod → uid
        self._nodes = informers.informer(NODE)
        self._leases = informers.informer(LEASE, NODE_LEASE_NAMESPACE)
        self._pods = informers.informer(POD)
        self._pods.add_index("node", lambda pod: [str(spec_of(pod).get("nodeName") or "")])
        self._nodes.subscribe(self._hear_node)
        self._leases.subscribe(self._hear_lease)
        self._pods.subscribe(self._forget_pod)
        self.reconciler = Reconciler("node-lifecycle", self.reconcile)
        self.reconciler.watch(self._nodes)
        self.reconciler.watch(self._leases, keys=self._silent_holder)
        self.reconciler.watch(self._pods, keys=self._troubled_node)

    async def reconcile(self, key: str) -> float | None:
        """One look at one node; seconds until the next is due."""
        node = self._nodes.get(key)
        if node is None:
            return None
        decided = plan(self._view(node))
        if decided.mark_unknown:
            await self._mark_unknown(node)
            return None  # that change brings us back, with a revision to base the taints on
        if decided.taints is not None:
            await self._taint(node, decided.taints)
        for pod_key in decided.mark_pods_not_ready:
            await self._mark_not_ready(pod_key)
        for pod_key in decided.evict:
            await self._evict(pod_key)
        return decided.again_s

    def _view(self, node: Object) -> View:
        now_s, name = wall_time_s(), name_of(node)
        conditions = {each["type"]: each["status"] for each in _conditions(node)}
        return View(
            now_s=now_s,
            silent_s=now_s - self._heard_s.get(name, now_s),
            conditions=conditions,
            is_unschedulable=bool(spec_of(node).get("unschedulable")),
            taints=spec_of(node).get("taints") or (),
            pods=[
                _on_node(pod) for pod in self._pods.by_index("node", name) if not is_terminal(pod)
            ],
        )

    def _forget_pod(self, old: Object | None, new: Object | None) -> None:
        if new is None:
            key = key_of(old or {})
            self._marked.pop(key, None)
            self._evicted.pop(key, None)

    def _hear_lease(self, _old: Object | None, new: Object | None) -> None:
        if new is not None:
            self._heard_s[name_of(new)] = wall_time_s()

    def _hear_node(self, old: Object | None, new: Object | None) -> None:
        if new is None:
            self._heard_s.pop(name_of(old or {}), None)
        elif old is None or _heartbeat(old) != _heartbeat(new):
            self._heard_s[name_of(new)] = wall_time_s()

    def _silent_holder(self, lease: Object) -> Iterable[str]:
        """A node that was not ready speaks again; others are looked at when their time is up."""
        node = self._nodes.get(name_of(lease))
        if node is None or is_condition_true(node, "Ready"):
            return ()
        return (name_of(node),)

    def _troubled_node(self, pod: Object) -> Iterable[str]:
        """A pod that changes on a node with taints may have to go."""
        node = self._nodes.get(str(spec_of(pod).get("nodeName") or ""))
        return (name_of(node),) if node is not None and spec_of(node).get("taints") else ()

    async def _mark_unknown(self, node: Object) -> None:
        now = timestamps.render(wall_time_s())
        there = {each["type"]: each for each in _conditions(node)}
        conditions = [
            {
                "lastHeartbeatTime": there.get(kind, {}).get("lastHeartbeatTime") or now,
                "type": kind,
                "status": "Unknown",
                "reason": "NodeStatusUnknown" if kind in there else "NodeStatusNeverUpdated",
                "message": "Kubelet stopped posting node status."
                if kind in there
                else "Kubelet never posted node status.",
                "lastTransitionTime": now,
            }
            for kind in NODE_CONDITIONS
        ]
        patch = {"status": {"conditions": conditions}}
        name = name_of(node)
        await self._client.patch(
            NODE, name, None, patch, patch_type=STRATEGIC, subresource="status"
        )
        message = f"Node {name} status is now: NodeNotReady"
        self._recorder.event(node, "Normal", "NodeNotReady", message)

    async def _taint(self, node: Object, taints: Sequence[Taint]) -> None:
        # With the revision we decided on: another writer's taint must not be lost (Conflict:
        # again). The status patch above moves it, so a node that falls silent takes two looks.
        patch = {
            "metadata": {"resourceVersion": resource_version_of(node)},
            "spec": {"taints": list(taints) or None},
        }
        await self._client.patch(NODE, name_of(node), None, patch, patch_type=MERGE)

    async def _mark_not_ready(self, key: str) -> None:
        pod = self._pods.get(key)
        if pod is None or self._marked.get(key) == resource_version_of(pod):
            return
        now = timestamps.render(wall_time_s())
        condition = {"type": "Ready", "status": "False", "lastTransitionTime": now}
        if await self._patch_pod(pod, condition):
            self._marked[key] = resource_version_of(pod)
            self._recorder.event(pod, "Warning", "NodeNotReady", "Node is not ready")

    async def _evict(self, key: str) -> None:
        pod = self._pods.get(key)
        if pod is None or self._evicted.get(key) == uid_of(pod):
            return
        self._recorder.event(
            pod, "Normal", "TaintManagerEviction", f"Marking for deletion Pod {key}"
        )
        target = {
            "type": "DisruptionTarget",
            "status": "True",
            "reason": "DeletionByTaintManager",
            "message": "Taint manager: deleting due to NoExecute taint",
            "lastTransitionTime": timestamps.render(wall_time_s()),
        }
        if await self._patch_pod(pod, target):
            namespace, name = split_key(key)
            self._evicted[key] = uid_of(pod)
            try:
                await self._client.delete(POD, name, namespace, uid=uid_of(pod))
            except NotFound:
                return  # it went by itself
            except ClientError:
                self._evicted.pop(key, None)  # not done after all: the next look tries again
                raise

    async def _patch_pod(self, pod: Object, condition: Mapping[str, Any]) -> bool:
        """Set one condition; whether the pod is still there."""
        patch = {"metadata": {"uid": uid_of(pod)}, "status": {"conditions": [condition]}}
        try:
            await self._client.patch(
                POD, name_of(pod), namespace_of(pod), patch,
                patch_type=STRATEGIC, subresource="status",
            )  # fmt: skip
        except NotFound:
            return False
        return True


def _heartbeat(node: Object) -> str:
    return str((condition_of(node, "Ready") or {}).get("lastHeartbeatTime"))


def _conditions(node: Object) -> Sequence[Mapping[str, Any]]:
    return status_of(node).get("conditions") or ()


def _on_node(pod: Object) -> PodOnNode:
    return PodOnNode(
        key=key_of(pod),
        is_ready=is_condition_true(pod, "Ready"),
        is_terminating=is_terminating(pod),
        tolerations=spec_of(pod).get("tolerations") or (),
    )
