"""NodeResourcesFit (LeastAllocated): the emptier node is better, by cpu and memory.

Differs from Kubernetes: pods that request nothing count as the defaults of kube-scheduler's
non-zero requests only by their number: a node's share of its pod count is the third resource.
"""

from seatrial.scheduler.views import PODS, NodeView, PodView

RESOURCES = ("cpu", "memory", PODS)


def score(pod: PodView, node: NodeView) -> float:
    """0 (full) to 100 (empty), with the pod on it."""
    total = 0.0
    for name in RESOURCES:
        there = node.allocatable.get(name, 0)
        if there:
            taken = node.requested.get(name, 0) + pod.requests.get(name, 0)
            total += max(0.0, (there - taken) / there)
    return 100.0 * total / len(RESOURCES)
