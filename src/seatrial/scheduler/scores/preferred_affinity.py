"""NodeAffinity (preferred): better where more of the preferred terms match.

Differs from Kubernetes: not scaled to the best node of the round; the share of the weights is the
score.
"""

from seatrial.scheduler.filters.terms import matches_term
from seatrial.scheduler.views import NodeView, PodView


def score(pod: PodView, node: NodeView) -> float:
    """The matching terms' share of all weights, times 100; 0 when nothing is preferred."""
    affinity = (pod.spec.get("affinity") or {}).get("nodeAffinity") or {}
    terms = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    if not terms:
        return 0.0
    total = sum(int(term["weight"]) for term in terms)
    won = sum(int(term["weight"]) for term in terms if matches_term(term["preference"], node))
    return 100.0 * won / total
