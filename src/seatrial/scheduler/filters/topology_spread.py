"""PodTopologySpread: constraints with `whenUnsatisfiable: DoNotSchedule`.

Differs from Kubernetes: `nodeAffinityPolicy` and `nodeTaintsPolicy` are always their defaults
(Honor and Ignore).
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from seatrial.scheduler.filters import node_affinity
from seatrial.scheduler.filters.neighbours import selects
from seatrial.scheduler.snapshot import Snapshot
from seatrial.scheduler.views import NodeView, PodView

UNEVEN = "node(s) didn't match pod topology spread constraints"
NO_LABEL = f"{UNEVEN} (missing required label)"


def prepare(pod: PodView, snapshot: Snapshot) -> Callable[[NodeView], str] | None:
    """Counts in each place, for each hard constraint; None when the pod has none."""
    constraints = hard_constraints(pod)
    if not constraints:
        return None
    eligible = [
        node
        for node in snapshot.nodes.values()
        if not node_affinity.check(pod, node)
        and all(each["topologyKey"] in node.labels for each in constraints)
    ]
    counted = [_count(each, pod, eligible) for each in constraints]

    def check(node: NodeView) -> str:
        for constraint, (counts, own) in zip(constraints, counted, strict=True):
            place = node.labels.get(constraint["topologyKey"])
            if place is None:
                return NO_LABEL
            if counts[place] + own - _lowest(constraint, counts) > int(constraint["maxSkew"]):
                return UNEVEN
        return ""

    return check


def hard_constraints(pod: PodView) -> list[Mapping[str, Any]]:
    """The constraints that refuse."""
    constraints = pod.spec.get("topologySpreadConstraints") or ()
    return [each for each in constraints if each.get("whenUnsatisfiable") != "ScheduleAnyway"]


def _count(
    constraint: Mapping[str, Any], pod: PodView, nodes: list[NodeView]
) -> tuple[Counter[str], int]:
    """Matching pods by place (0 for empty places), and 1 if the pod itself matches."""
    speaks_of, key = selects(constraint, pod), constraint["topologyKey"]
    counts: Counter[str] = Counter()
    for node in nodes:
        counts[node.labels[key]] += sum(
            1 for other in node.pods.values() if speaks_of(other) and other.key != pod.key
        )
    return counts, int(speaks_of(pod))


def _lowest(constraint: Mapping[str, Any], counts: Counter[str]) -> int:
    if len(counts) < int(constraint.get("minDomains") or 1):
        return 0
    return min(counts.values(), default=0)
