"""InterPodAffinity: pods that must be near other pods, and pods that must not.

Differs from Kubernetes: a `namespaceSelector` counts only when it is empty (all namespaces),
because namespaces' labels are not looked at; `mismatchLabelKeys` is ignored.
"""

from collections.abc import Callable, Mapping
from typing import Any

from seatrial.scheduler.filters.neighbours import selects
from seatrial.scheduler.snapshot import Snapshot
from seatrial.scheduler.views import NodeView, PodView, required_terms

NOT_NEAR = "node(s) didn't match pod affinity rules"
TOO_NEAR = "node(s) didn't match pod anti-affinity rules"
UNWANTED = "node(s) didn't satisfy existing pods anti-affinity rules"

# (topology key, value): a place.
Place = tuple[str, str]


def prepare(pod: PodView, snapshot: Snapshot) -> Callable[[NodeView], str] | None:
    """Where the pod must be, and where it must not; None when nobody asks anything."""
    near = required_terms(pod.spec, "podAffinity")
    far = required_terms(pod.spec, "podAntiAffinity")
    unwanted = _places_that_refuse(pod, snapshot)
    if not near and not far and not unwanted:
        return None
    wanted = [(term["topologyKey"], _places(term, pod, snapshot)) for term in near]
    # The first of a group that wants to be together has nobody to join: it may go anywhere.
    if near and not any(places for _, places in wanted) and _is_own_company(near, pod):
        wanted = []
    shunned = [(term["topologyKey"], _places(term, pod, snapshot)) for term in far]

    def check(node: NodeView) -> str:
        if any((key, node.labels.get(key)) not in places for key, places in wanted):
            return NOT_NEAR
        if any((key, node.labels.get(key)) in places for key, places in shunned):
            return TOO_NEAR
        if any((key, value) in unwanted for key, value in node.labels.items()):
            return UNWANTED
        return ""

    return check


def _places(term: Mapping[str, Any], pod: PodView, snapshot: Snapshot) -> set[Place]:
    speaks_of, key = selects(term, pod), term["topologyKey"]
    return {
        (key, node.labels[key])
        for node in snapshot.nodes.values()
        if key in node.labels and any(speaks_of(other) for other in node.pods.values())
    }


def _places_that_refuse(pod: PodView, snapshot: Snapshot) -> set[Place]:
    """Places where a pod that is there already does not want this one."""
    refused: set[Place] = set()
    for where, other in snapshot.choosy.values():
        node = snapshot.nodes.get(where)
        for term in required_terms(other.spec, "podAntiAffinity"):
            key = term["topologyKey"]
            if node is not None and key in node.labels and selects(term, other)(pod):
                refused.add((key, node.labels[key]))
    return refused


def _is_own_company(terms: list[Mapping[str, Any]], pod: PodView) -> bool:
    return all(selects(term, pod)(pod) for term in terms)
