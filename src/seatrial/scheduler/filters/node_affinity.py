"""NodeAffinity: `nodeSelector` and the required node affinity."""

from seatrial.scheduler.filters.terms import matches_term
from seatrial.scheduler.views import NodeView, PodView


def check(pod: PodView, node: NodeView) -> str:
    """All labels of the selector, and any one of the affinity's terms."""
    selector = pod.spec.get("nodeSelector") or {}
    if all(node.labels.get(key) == value for key, value in selector.items()):
        affinity = (pod.spec.get("affinity") or {}).get("nodeAffinity") or {}
        required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
        if required is None:
            return ""
        if any(matches_term(term, node) for term in required.get("nodeSelectorTerms") or ()):
            return ""
    return "node(s) didn't match Pod's node affinity/selector"
