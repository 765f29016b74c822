"""PodGC: lets pods go that no kubelet will ever let go.

Does: deletes, without grace, pods on nodes that no longer exist (after a quarantine), terminating
pods that were never placed, and terminating pods on nodes tainted out-of-service.
Does not: limit how many ended pods are kept.
Holds: a missing node is asked for once more before its pods are given up.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from seatrial.api import timestamps
from seatrial.api.kinds import NODE, POD
from seatrial.api.objects import (
    Object,
    is_terminating,
    name_of,
    namespace_of,
    spec_of,
    uid_of,
)
from seatrial.api.pods import is_terminal
from seatrial.client.errors import NotFound
from seatrial.client.informers import InformerSet
from seatrial.client.interface import STRATEGIC
from seatrial.client.reconciler import Reconciler
from seatrial.kit.clock import wall_time_s

# How long a node must be missing; a kubelet that restarts registers it again meanwhile.
QUARANTINE_S = 40.0
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"


@dataclass(frozen=True, slots=True)
class View:
    """One pod, and what is known of its node."""

    is_terminating: bool
    node: str  # "": never placed
    has_node: bool = False
    is_out_of_service: bool = False
    node_missing_s: float = 0.0


class Verdict(enum.Enum):
    """What becomes of the pod; the value is what its condition will say."""

    KEEP = ""
    UNPLACED = "PodGC: pod was never scheduled"
    OUT_OF_SERVICE = "PodGC: node is out of service"
    ORPHANED = "PodGC: node no longer exists"


@dataclass(frozen=True, slots=True)
class Plan:
    """The verdict, or when to look again."""

    verdict: Verdict = Verdict.KEEP
    again_s: float | None = None


def plan(view: View) -> Plan:
    """Whether anybody else will see to the pod's end."""
    if not view.node:
        return Plan(Verdict.UNPLACED if view.is_terminating else Verdict.KEEP)
    if not view.has_node:
        left_s = QUARANTINE_S - view.node_missing_s
        return Plan(again_s=left_s) if left_s > 0 else Plan(Verdict.ORPHANED)
    if view.is_terminating and view.is_out_of_service:
        return Plan(Verdict.OUT_OF_SERVICE)
    return Plan()


class PodGarbageCollector:
    """Looks at a pod when it or its node changes."""

    def __init__(self, informers: InformerSet) -> None:
        self._client = informers.client
        self._missing_since_s: dict[str, float] = {}  # node → when we first missed it
        self._nodes = informers.informer(NODE)
        self._pods = informers.informer(POD)
        self._pods.add_index("node", lambda pod: [str(spec_of(pod).get("nodeName") or "")])
        self.reconciler = Reconciler("pod-gc", self.reconcile)
        self.reconciler.watch(self._pods)
        self.reconciler.watch(self._nodes, keys=self._pods_of)

    async def reconcile(self, key: str) -> float | None:
        """One look at one pod; seconds until the next is due."""
        pod = self._pods.get(key)
        if pod is None:
            return None
        decided = plan(self._view(pod))
        if decided.verdict is Verdict.ORPHANED and await self._node_exists(pod):
            return QUARANTINE_S
        if decided.verdict is not Verdict.KEEP:
            await self._let_go(pod, decided.verdict)
        return decided.again_s

    def _view(self, pod: Object) -> View:
        name = str(spec_of(pod).get("nodeName") or "")
        node = self._nodes.get(name)
        return View(
            is_terminating=is_terminating(pod),
            node=name,
            has_node=node is not None,
            is_out_of_service=node is not None and _is_out_of_service(node),
            node_missing_s=0.0 if node is not None or not name else self._missing_s(name),
        )

    def _missing_s(self, node: str) -> float:
        now_s = wall_time_s()
        return now_s - self._missing_since_s.setdefault(node, now_s)

    async def _node_exists(self, pod: Object) -> bool:
        try:
            await self._client.get(NODE, str(spec_of(pod)["nodeName"]))
        except NotFound:
            return False
        return True

    async def _let_go(self, pod: Object, verdict: Verdict) -> None:
        name, namespace = name_of(pod), namespace_of(pod)
        try:
            if not is_terminal(pod) and verdict is not Verdict.UNPLACED:
                await self._client.patch(
                    POD, name, namespace, _failed(pod, verdict),
                    patch_type=STRATEGIC, subresource="status",
                )  # fmt: skip
            await self._client.delete(POD, name, namespace, grace_period_s=0, uid=uid_of(pod))
        except NotFound:
            return  # it went by itself

    def _pods_of(self, node: Object) -> Iterable[str]:
        name = name_of(node)
        if self._nodes.get(name) is not None:
            self._missing_since_s.pop(name, None)
            if not _is_out_of_service(node):
                return ()
        return [f"{namespace_of(pod)}/{name_of(pod)}" for pod in self._pods.by_index("node", name)]


def _is_out_of_service(node: Object) -> bool:
    return any(each.get("key") == OUT_OF_SERVICE for each in spec_of(node).get("taints") or ())


def _failed(pod: Object, verdict: Verdict) -> dict[str, Any]:
    condition = {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "DeletionByPodGC",
        "message": verdict.value,
        "lastTransitionTime": timestamps.render(wall_time_s()),
    }
    return {
        "metadata": {"uid": uid_of(pod)},
        "status": {"phase": "Failed", "conditions": [condition]},
    }
