"""Spreading: better where fewer pods of the same owner are, so that one node's loss costs little.

Differs from Kubernetes: kube-scheduler reaches this by default topology spread constraints over
hosts and zones; here it is hosts only. Constraints with `ScheduleAnyway` weigh nothing of their
own.
"""

from seatrial.scheduler.views import NodeView, PodView


def score(pod: PodView, node: NodeView) -> float:
    """100 without a sibling, 50 with one, 33 with two, ..."""
    return 100.0 / (1 + node.owners.get(pod.owner, 0)) if pod.owner else 100.0
