"""Names and addresses of nodes, by their index; pure."""

import ipaddress

from seatrial.cluster.plan import NODE_CIDR, POD_CIDR

# Below it are the wire's own addresses.
FIRST_NODE_HOST = 10


def node_name(index: int) -> str:
    """`seatrial-0`, `seatrial-1`, ..."""
    return f"seatrial-{index}"


def node_ip(index: int) -> str:
    """The node's InternalIP."""
    return str(ipaddress.IPv4Network(NODE_CIDR)[FIRST_NODE_HOST + index])


def pod_cidr(index: int) -> str:
    """The node's share of the pods' addresses."""
    subnets = ipaddress.IPv4Network(POD_CIDR).subnets(new_prefix=24)
    return str(next(subnet for place, subnet in enumerate(subnets) if place == index))
