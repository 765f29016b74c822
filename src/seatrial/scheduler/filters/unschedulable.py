"""NodeUnschedulable: a cordoned node takes only pods that tolerate being there."""

from seatrial.api.tolerations import tolerates
from seatrial.scheduler.views import NodeView, PodView

TAINT = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


def check(pod: PodView, node: NodeView) -> str:
    """`spec.unschedulable`, as `kubectl cordon` sets it."""
    if node.unschedulable and not tolerates(pod.spec.get("tolerations") or (), TAINT):
        return "node(s) were unschedulable"
    return ""
