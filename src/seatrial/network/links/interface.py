"""The contract of links: what a node needs of the kernel's interfaces, addresses and routes.

Every method works in the network namespace of the caller, does its work before it returns, and
raises NetworkError. What is wished for and there already is no error, nor is removing what is gone.
"""

from dataclasses import dataclass
from typing import Protocol

POD_INTERFACE = "eth0"
BRIDGE = "cni0"


@dataclass(frozen=True, slots=True)
class BridgePlan:
    """A node's own side: its bridge, and what is reached through it."""

    gateway: str  # the bridge's address
    pod_cidr: str
    service_cidr: str


@dataclass(frozen=True, slots=True)
class PodLink:
    """A pod's side."""

    address: str
    gateway: str

    @property
    def host_interface(self) -> str:
        """The name of the node's end; unique on a node because the address is."""
        return "veth" + bytes(int(each) for each in self.address.split(".")).hex()


class Links(Protocol):
    """A node's interfaces, addresses and routes."""

    def prepare(self, plan: BridgePlan) -> None:
        """Loopback up, forwarding on, the bridge with its address, service addresses routed."""

    def attach(self, link: PodLink, netns: str) -> None:
        """Join the network namespace at path `netns` to the bridge; then it can send."""

    def detach(self, link: PodLink) -> None:
        """Cut a pod off at once, whatever its namespace is doing."""

    def add_local_address(self, address: str) -> None:
        """Answer for `address` on loopback."""

    def set_route(self, cidr: str, via: str) -> None:
        """Reach `cidr` through the neighbour `via` (in place of any other way)."""

    def remove_route(self, cidr: str) -> None:
        """Reach `cidr` no more."""

    def interfaces(self) -> frozenset[str]:
        """The names of the interfaces there are."""

    def close(self) -> None:
        """Let go of what is held open; interfaces stay."""
