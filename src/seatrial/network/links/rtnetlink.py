"""Rtnetlink messages for the few things we ask; pure bytes."""

import socket
import struct
from ipaddress import IPv4Network

from seatrial.network.netlink import wire
from seatrial.network.netlink.wire import Message

NEWLINK, DELLINK, GETLINK = 16, 17, 18
NEWADDR = 20
NEWROUTE, DELROUTE = 24, 25

_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MASTER, _IFLA_LINKINFO = 1, 3, 10, 18
_IFLA_NET_NS_FD, _IFLA_TXQUEUES, _IFLA_RXQUEUES = 28, 31, 32
_INFO_KIND, _INFO_DATA, _VETH_PEER = 1, 2, 1
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_RTA_DST, _RTA_OIF, _RTA_GATEWAY = 1, 4, 5

_IFF_UP = 1
_TABLE_MAIN, _PROTOCOL_STATIC, _UNICAST = 254, 4, 1
_SCOPE_GLOBAL, _SCOPE_LINK = 0, 253


def bridge_up(name: str, mac: bytes) -> Message:
    """Create a bridge, up. Its own MAC address keeps it from changing with each pod that joins."""
    body = (
        _link(up=True)
        + wire.text(_IFLA_IFNAME, name)
        + wire.attribute(_IFLA_ADDRESS, mac)
        + wire.nested(_IFLA_LINKINFO, wire.text(_INFO_KIND, "bridge"))
    )
    return Message(NEWLINK, wire.CREATE | wire.EXCLUSIVE, body)


def veth_pair(name: str, *, master: int, peer: str, peer_mac: bytes, peer_netns_fd: int) -> Message:
    """Create a pair: one end up in the bridge `master`, its peer (down) in another namespace."""
    # One queue each: by default the kernel makes one for every processor.
    single = wire.u32(_IFLA_TXQUEUES, 1) + wire.u32(_IFLA_RXQUEUES, 1)
    # The kernel refuses to set a peer up before its pair exists.
    peer_body = (
        _link()
        + wire.text(_IFLA_IFNAME, peer)
        + wire.attribute(_IFLA_ADDRESS, peer_mac)
        + wire.u32(_IFLA_NET_NS_FD, peer_netns_fd)
        + single
    )
    kind = wire.nested(
        _IFLA_LINKINFO,
        wire.text(_INFO_KIND, "veth"),
        wire.nested(_INFO_DATA, wire.attribute(_VETH_PEER, peer_body)),
    )
    body = _link(up=True) + wire.text(_IFLA_IFNAME, name) + single
    return Message(
        NEWLINK, wire.CREATE | wire.EXCLUSIVE, body + wire.u32(_IFLA_MASTER, master) + kind
    )


def link_up(index: int) -> Message:
    """Set an interface up."""
    return Message(NEWLINK, 0, _link(index=index, up=True))


def link_gone(name: str) -> Message:
    """Delete an interface."""
    return Message(DELLINK, 0, _link() + wire.text(_IFLA_IFNAME, name))


def link_named(name: str) -> Message:
    """Ask for one interface."""
    return Message(GETLINK, 0, _link() + wire.text(_IFLA_IFNAME, name))


def all_links() -> Message:
    """Ask for all interfaces."""
    return Message(GETLINK, 0, _link())


def index_of(link_body: bytes) -> int:
    """The index in an interface that the kernel described."""
    (index,) = struct.unpack_from("=4xi", link_body)
    return int(index)


def name_of(link_body: bytes) -> str:
    """The name in an interface that the kernel described."""
    return wire.parse_attributes(link_body[16:])[_IFLA_IFNAME].rstrip(b"\0").decode()


def address(index: int, value: str, prefix: int) -> Message:
    """Give an interface an address."""
    packed = socket.inet_aton(value)
    body = struct.pack("=BBBBi", socket.AF_INET, prefix, 0, _SCOPE_GLOBAL, index)
    body += wire.attribute(_IFA_LOCAL, packed) + wire.attribute(_IFA_ADDRESS, packed)
    return Message(NEWADDR, wire.CREATE | wire.REPLACE, body)


def route_on_link(cidr: str, index: int) -> Message:
    """Reach `cidr` directly on an interface."""
    body = _route(cidr, _SCOPE_LINK) + wire.u32(_RTA_OIF, index)
    return Message(NEWROUTE, wire.CREATE | wire.REPLACE, body)


def route_via(cidr: str, gateway: str) -> Message:
    """Reach `cidr` through a neighbour."""
    body = _route(cidr, _SCOPE_GLOBAL) + wire.attribute(_RTA_GATEWAY, socket.inet_aton(gateway))
    return Message(NEWROUTE, wire.CREATE | wire.REPLACE, body)


def route_gone(cidr: str) -> Message:
    """Delete the route to `cidr`."""
    return Message(DELROUTE, 0, _route(cidr, 255))


def mac_of(ip: str) -> bytes:
    """A locally administered MAC address that tells its IP address, as CNI plugins make it."""
    return b"\x0a\x58" + socket.inet_aton(ip)


def _link(*, index: int = 0, up: bool = False) -> bytes:
    flags = _IFF_UP if up else 0
    return struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, flags, flags)


def _route(cidr: str, scope: int) -> bytes:
    network = IPv4Network(cidr)
    head = struct.pack(
        "=BBBBBBBBI",
        socket.AF_INET, network.prefixlen, 0, 0,
        _TABLE_MAIN, _PROTOCOL_STATIC, scope, _UNICAST, 0,
    )  # fmt: skip
    if not network.prefixlen:
        return head
    return head + wire.attribute(_RTA_DST, network.network_address.packed)
