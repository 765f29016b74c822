"""NodeResourcesFit: what the pod asks for must still be free."""

from seatrial.scheduler.views import PODS, NodeView, PodView


def check(pod: PodView, node: NodeView) -> str:
    """The first resource that falls short."""
    allocatable, requested = node.allocatable, node.requested
    for name, amount in pod.requests.items():
        if amount > allocatable.get(name, 0) - requested.get(name, 0):
            return _reason(name)
    return ""


def shortages(pod: PodView, node: NodeView) -> tuple[str, ...]:
    """Every resource that falls short."""
    return tuple(
        _reason(name)
        for name, amount in pod.requests.items()
        if amount > node.allocatable.get(name, 0) - node.requested.get(name, 0)
    )


def _reason(name: str) -> str:
    return "Too many pods" if name == PODS else f"Insufficient {name}"
