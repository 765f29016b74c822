"""TaintToleration (preferred): better where fewer `PreferNoSchedule` taints are not tolerated."""

from seatrial.api.tolerations import tolerates
from seatrial.scheduler.views import NodeView, PodView


def score(pod: PodView, node: NodeView) -> float:
    """100 without such a taint, 50 with one, 33 with two, ..."""
    if not node.taints:
        return 100.0
    tolerations = pod.spec.get("tolerations") or ()
    bad = sum(
        1
        for taint in node.taints
        if taint.get("effect") == "PreferNoSchedule" and not tolerates(tolerations, taint)
    )
    return 100.0 / (1 + bad)
