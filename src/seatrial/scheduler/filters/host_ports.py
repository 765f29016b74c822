"""NodePorts: two pods cannot have one port of one address of a node."""

from seatrial.scheduler.views import HostPort, NodeView, PodView


def check(pod: PodView, node: NodeView) -> str:
    """Host ports that are taken already."""
    if pod.ports and any(_clash(mine, taken) for mine in pod.ports for taken in node.ports):
        return "node(s) didn't have free ports for the requested pod ports"
    return ""


def _clash(one: HostPort, other: HostPort) -> bool:
    same_address = not one[1] or not other[1] or one[1] == other[1]
    return one[0] == other[0] and one[2] == other[2] and same_address
