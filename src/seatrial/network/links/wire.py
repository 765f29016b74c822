"""The wire between nodes (edge): one bridge in a namespace of its own, one cable to each node.

Does: plug a node's network namespace into the wire. Run it where both namespaces may be entered.
Does not: route: each node routes to the others by itself (`network/routes.py`).
"""

import errno
import os
from ipaddress import IPv4Network

from seatrial.network.errors import KernelRefused
from seatrial.network.links import rtnetlink
from seatrial.network.links.linux import LOOPBACK_INDEX, index_of
from seatrial.network.netlink import channel
from seatrial.network.netlink.channel import Channel
from seatrial.network.netlink.netns import in_netns

BRIDGE = "wire0"
NODE_INTERFACE = "wire"
# The bridge itself has no IP address; any fixed locally administered MAC address serves.
_BRIDGE_MAC = b"\x0a\x58\x00\x00\x00\x01"


def connect(node_netns: str, wire_netns: str, node_ip: str, *, node_cidr: str) -> None:
    """Give the node at path `node_netns` an interface `wire` with `node_ip`, on the wire's bridge.

    Raises KernelRefused (with errno EEXIST when the node is plugged in already), NetworkError.
    """
    there = os.open(node_netns, os.O_RDONLY | os.O_CLOEXEC)
    try:
        in_netns(wire_netns, lambda: _plug_in(there, node_ip))
    finally:
        os.close(there)
    prefix = IPv4Network(node_cidr).prefixlen
    in_netns(node_netns, lambda: _address_node(node_ip, prefix))


def _plug_in(node_netns_fd: int, node_ip: str) -> None:
    route = Channel(channel.ROUTE)
    try:
        bridge = _bridge(route)
        pair = rtnetlink.veth_pair(
            "node" + rtnetlink.mac_of(node_ip)[2:].hex(),
            master=bridge,
            peer=NODE_INTERFACE,
            peer_mac=rtnetlink.mac_of(node_ip),
            peer_netns_fd=node_netns_fd,
        )
        route.request([pair], doing=f"plugging node {node_ip} into the wire")
    finally:
        route.close()


def _bridge(route: Channel) -> int:
    try:
        route.request([rtnetlink.bridge_up(BRIDGE, _BRIDGE_MAC)], doing=f"creating {BRIDGE}")
    except KernelRefused as refusal:
        if refusal.errno != errno.EEXIST:
            raise
    return index_of(route, BRIDGE)


def _address_node(node_ip: str, prefix: int) -> None:
    route = Channel(channel.ROUTE)
    try:
        index = index_of(route, NODE_INTERFACE)
        up = [rtnetlink.link_up(LOOPBACK_INDEX), rtnetlink.link_up(index)]
        route.request([*up, rtnetlink.address(index, node_ip, prefix)], doing="addressing a node")
    finally:
        route.close()
