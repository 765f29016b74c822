"""Filter, score, and explain when nothing fits; pure.

Does: says whether a node will do for a pod and how good it is; counts, when no node will do, why
not, in kube-scheduler's words.
Does not: search; see `ranking`.
Differs from Kubernetes: there is no preemption, so its half of the message says what preemption
would have found with all pods at one priority.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from seatrial.scheduler.filters.interface import NeighbourFilter, NodeFilter
from seatrial.scheduler.filters.registry import NEIGHBOUR_FILTERS, NODE_FILTERS
from seatrial.scheduler.scores.registry import COMPANY, MERITS
from seatrial.scheduler.snapshot import Snapshot
from seatrial.scheduler.views import NodeView, PodView

NO_NODES = "no nodes available to schedule pods"
NOT_HELPFUL = "Preemption is not helpful for scheduling"
NO_VICTIMS = "No preemption victims found for incoming pod"

NeighbourCheck: TypeAlias = Callable[[NodeView], str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no node will do."""

    nodes: int
    reasons: Mapping[str, int]  # reason → how many nodes
    preemption: Mapping[str, int]  # the same for what preemption would find

    @property
    def message(self) -> str:
        """As the FailedScheduling event says it."""
        if not self.nodes:
            return NO_NODES
        head = f"0/{self.nodes} nodes are available: "
        return f"{head}{_counts(self.reasons)}. preemption: {head}{_counts(self.preemption)}."


def merit(pod: PodView, node: NodeView) -> float | None:
    """How good the node is for the pod, by itself; None when it will not do."""
    for each in NODE_FILTERS:
        if each.check(pod, node):
            return None
    return sum([each.weight * each.score(pod, node) for each in MERITS])


def company(pod: PodView, node: NodeView) -> float:
    """What the pods that are there already add to that."""
    return sum([each.weight * each.score(pod, node) for each in COMPANY])


def neighbour_checks(
    pod: PodView, snapshot: Snapshot
) -> list[tuple[NeighbourFilter, NeighbourCheck]]:
    """What other nodes' pods have to say; empty for most pods."""
    prepared = [(each, each.prepare(pod, snapshot)) for each in NEIGHBOUR_FILTERS]
    return [(each, check) for each, check in prepared if check is not None]


def explain(pod: PodView, snapshot: Snapshot) -> Refusal:
    """Why not, node by node, counted; the first filter that refuses a node speaks for it."""
    reasons: Counter[str] = Counter()
    preemption: Counter[str] = Counter()
    neighbours = neighbour_checks(pod, snapshot)
    for node in snapshot.nodes.values():
        refused = _first_refusal(pod, node, neighbours)
        if refused is not None:
            reasons.update(refused.reasons)
            preemption[NO_VICTIMS if refused.is_helped_by_leaving else NOT_HELPFUL] += 1
    return Refusal(len(snapshot.nodes), reasons, preemption)


@dataclass(frozen=True, slots=True)
class _NodeRefusal:
    reasons: tuple[str, ...]
    is_helped_by_leaving: bool


def _first_refusal(
    pod: PodView, node: NodeView, neighbours: list[tuple[NeighbourFilter, NeighbourCheck]]
) -> _NodeRefusal | None:
    for each in NODE_FILTERS:
        if reason := each.check(pod, node):
            return _NodeRefusal(_all_reasons(each, pod, node, reason), each.helped_by_leaving)
    for neighbour, check in neighbours:
        if reason := check(node):
            return _NodeRefusal((reason,), neighbour.helped_by_leaving)
    return None


def _all_reasons(refusing: NodeFilter, pod: PodView, node: NodeView, first: str) -> tuple[str, ...]:
    return refusing.every(pod, node) if refusing.every is not None else (first,)


def _counts(reasons: Mapping[str, int]) -> str:
    return ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
