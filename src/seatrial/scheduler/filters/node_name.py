"""NodeName: a pod that names its node goes nowhere else."""

from seatrial.scheduler.views import NodeView, PodView


def check(pod: PodView, node: NodeView) -> str:
    """`spec.nodeName`, where it is set."""
    wanted = pod.spec.get("nodeName")
    if wanted and wanted != node.name:
        return "node(s) didn't match the requested node name"
    return ""
