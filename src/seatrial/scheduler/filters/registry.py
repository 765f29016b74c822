"""Every filter, in the order in which they are asked: the cheap and the telling ones first."""

from seatrial.scheduler.filters import (
    host_ports,
    node_affinity,
    node_name,
    pod_affinity,
    resources,
    taints,
    topology_spread,
    unschedulable,
)
from seatrial.scheduler.filters.interface import NeighbourFilter, NodeFilter

NODE_FILTERS = (
    NodeFilter("NodeUnschedulable", unschedulable.check),
    NodeFilter("NodeName", node_name.check),
    NodeFilter("TaintToleration", taints.check),
    NodeFilter("NodeAffinity", node_affinity.check),
    NodeFilter("NodePorts", host_ports.check, helped_by_leaving=True),
    NodeFilter(
        "NodeResourcesFit", resources.check, helped_by_leaving=True, every=resources.shortages
    ),
)
NEIGHBOUR_FILTERS = (
    NeighbourFilter("PodTopologySpread", topology_spread.prepare),
    NeighbourFilter("InterPodAffinity", pod_affinity.prepare),
)
