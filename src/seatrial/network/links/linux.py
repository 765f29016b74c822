"""Links by rtnetlink, in the namespace where this was made (edge).

A pod has its address as a /32 and reaches everything, other pods of its node too, through the
bridge's address: so each packet passes the node's rules and connection tracking, without the
machine-wide bridge filter that other networks need for it.
"""

import errno
import os
from collections.abc import Iterable
from ipaddress import IPv4Network
from pathlib import Path

from seatrial.network.errors import CannotAttach, KernelRefused, NetworkError
from seatrial.network.links import rtnetlink
from seatrial.network.links.interface import BRIDGE, POD_INTERFACE, BridgePlan, PodLink
from seatrial.network.netlink import channel
from seatrial.network.netlink.channel import Channel
from seatrial.network.netlink.netns import in_netns
from seatrial.network.netlink.wire import Message

LOOPBACK_INDEX = 1  # in every network namespace
_SYSCTL = Path("/proc/sys/net")
_BRIDGE_FILTER = "bridge/bridge-nf-call-iptables"


class LinuxLinks:
    """The kernel's own."""

    def __init__(self) -> None:
        self._route = Channel(channel.ROUTE)
        self._bridge_index = 0

    def prepare(self, plan: BridgePlan) -> None:
        """See Links."""
        self._ask([rtnetlink.link_up(LOOPBACK_INDEX)], "setting up loopback")
        make = rtnetlink.bridge_up(BRIDGE, rtnetlink.mac_of(plan.gateway))
        self._ask([make], f"creating {BRIDGE}", unless={errno.EEXIST})
        self._bridge_index = index_of(self._route, BRIDGE)
        prefix = IPv4Network(plan.pod_cidr).prefixlen
        self._ask(
            [
                rtnetlink.address(self._bridge_index, plan.gateway, prefix),
                rtnetlink.route_on_link(plan.service_cidr, self._bridge_index),
            ],
            f"addressing {BRIDGE}",
        )
        _write_sysctl("ipv4/ip_forward", "1")
        # Pods reach each other through the bridge's address on purpose: do not advise otherwise.
        for interface in ("all", BRIDGE):
            _write_sysctl(f"ipv4/conf/{interface}/send_redirects", "0")
        # Where the bridge filter is loaded it would change destinations below us, and a pod could
        # not reach itself through its own Service.
        if (_SYSCTL / _BRIDGE_FILTER).exists():
            _write_sysctl(_BRIDGE_FILTER, "0")

    def attach(self, link: PodLink, netns: str) -> None:
        """See Links. Raises CannotAttach."""
        try:
            self._join(link, netns)
        except (NetworkError, OSError) as error:
            raise _cannot_attach(link, netns, error) from error
        try:
            in_netns(netns, lambda: _set_up_pod(link))
            self._settle(link.host_interface)
            self._settle(BRIDGE)
        except (NetworkError, OSError) as error:
            self.detach(link)
            raise _cannot_attach(link, netns, error) from error

    def detach(self, link: PodLink) -> None:
        """See Links."""
        name = link.host_interface
        self._ask([rtnetlink.link_gone(name)], f"deleting {name}", unless={errno.ENODEV})

    def add_local_address(self, address: str) -> None:
        """See Links."""
        self._ask([rtnetlink.address(LOOPBACK_INDEX, address, 32)], f"adding {address} to lo")

    def set_route(self, cidr: str, via: str) -> None:
        """See Links."""
        self._ask([rtnetlink.route_via(cidr, via)], f"routing {cidr} via {via}")

    def remove_route(self, cidr: str) -> None:
        """See Links."""
        self._ask(
            [rtnetlink.route_gone(cidr)], f"removing the route to {cidr}", unless={errno.ESRCH}
        )

    def interfaces(self) -> frozenset[str]:
        """See Links."""
        found = self._route.dump(rtnetlink.all_links(), doing="listing interfaces")
        return frozenset(rtnetlink.name_of(each.body) for each in found)

    def close(self) -> None:
        """See Links."""
        self._route.close()

    def _join(self, link: PodLink, netns: str) -> None:
        if not self._bridge_index:
            raise NetworkError(f"there is no {BRIDGE}", remedy="prepare the node's links first")
        there = os.open(netns, os.O_RDONLY | os.O_CLOEXEC)
        try:
            pair = rtnetlink.veth_pair(
                link.host_interface,
                master=self._bridge_index,
                peer=POD_INTERFACE,
                peer_mac=rtnetlink.mac_of(link.address),
                peer_netns_fd=there,
            )
            self._ask([pair], f"creating {link.host_interface}")
        finally:
            os.close(there)

    def _settle(self, name: str) -> None:
        """Let the interface carry packets now.

        The kernel takes note of a cable that was plugged in at its leisure and drops what is sent
        until then, which a client would notice a second later; asking for the interface makes it
        take note at once.
        """
        index_of(self._route, name)

    def _ask(self, messages: list[Message], doing: str, *, unless: Iterable[int] = ()) -> None:
        try:
            self._route.request(messages, doing=doing)
        except KernelRefused as refusal:
            if refusal.errno not in unless:
                raise


def index_of(route: Channel, name: str) -> int:
    """The index of the interface `name` in the channel's namespace."""
    found = route.get(rtnetlink.link_named(name), doing=f"looking for interface {name}")
    return rtnetlink.index_of(found.body)


def _cannot_attach(link: PodLink, netns: str, error: Exception) -> CannotAttach:
    return CannotAttach(f"cannot wire network namespace {netns} with {link.address}: {error}")


def _set_up_pod(link: PodLink) -> None:
    route = Channel(channel.ROUTE)
    try:
        index = index_of(route, POD_INTERFACE)
        route.request(
            [
                rtnetlink.link_up(LOOPBACK_INDEX),
                rtnetlink.link_up(index),
                rtnetlink.address(index, link.address, 32),
                rtnetlink.route_on_link(f"{link.gateway}/32", index),
                rtnetlink.route_via("0.0.0.0/0", link.gateway),
            ],
            doing="addressing the pod",
        )
        index_of(route, POD_INTERFACE)  # settled too, see LinuxLinks._settle
    finally:
        route.close()
    # Container engines let any user of a pod bind to any port of it; so do we.
    _write_sysctl("ipv4/ip_unprivileged_port_start", "0")


def _write_sysctl(name: str, value: str) -> None:
    path = _SYSCTL / name
    try:
        path.write_text(value)
    except OSError as error:
        raise NetworkError(f"cannot set {path} to {value}: {error}") from error
