"""The namespaces of a node's process (edge): made by the first node, joined by the others.

The first node makes the user namespace (for an ordinary user) and, when there are others, the
wire: a network namespace
with one bridge. Every node then makes mount and network namespaces of its own and
plugs itself into the wire.
Holds: `enter` runs before there are threads, an event loop or children.
"""

import os
from dataclasses import dataclass

from seatrial.cluster.config import NodeConfig
from seatrial.cluster.plan import NODE_CIDR
from seatrial.kit.errors import MachineError
from seatrial.network.links.wire import connect
from seatrial.runtime.process import kernel as k
from seatrial.runtime.process.userns import become_node, enter_user_namespace

OWN_NETNS = "/proc/self/ns/net"


@dataclass(frozen=True, slots=True)
class Place:
    """Where this process is now. `wire` is a path by which later nodes reach the wire; "": none."""

    is_rootless: bool
    wire: str


def enter(config: NodeConfig) -> Place:
    """Go there. Raises MachineError with a remedy, NetworkError."""
    rootless = os.geteuid() != 0
    if config.first_node_pid:
        return _join(config, rootless)
    if rootless:
        enter_user_namespace()
        # Its siblings are to open our namespaces through /proc, which a process that gained
        # privileges refuses by default.
        k.Kernel().prctl(k.PR_SET_DUMPABLE, 1)
    if config.nodes == 1:
        become_node(rootless=False)
        return Place(rootless, "")
    wire = _make_wire()
    become_node(rootless=False)
    path = f"/proc/{os.getpid()}/fd/{wire}"
    connect(OWN_NETNS, path, config.node_ip, node_cidr=NODE_CIDR)
    return Place(rootless, path)


def _make_wire() -> int:
    k.Kernel().unshare(k.CLONE_NEWNET)
    return os.open(OWN_NETNS, os.O_RDONLY | os.O_CLOEXEC)


def _join(config: NodeConfig, rootless: bool) -> Place:
    if rootless:
        _enter_user_namespace_of(config.first_node_pid)
    become_node(rootless=False)
    connect(OWN_NETNS, config.wire_netns, config.node_ip, node_cidr=NODE_CIDR)
    return Place(rootless, config.wire_netns)


def _enter_user_namespace_of(pid: int) -> None:
    try:
        descriptor = os.open(f"/proc/{pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
        try:
            k.Kernel().setns(descriptor, k.CLONE_NEWUSER)
        finally:
            os.close(descriptor)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise MachineError(f"cannot join the first node's user namespace: {reason}") from error
