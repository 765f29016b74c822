"""Addresses for the pods of one node.

Does: hand out the addresses of a pod CIDR, one a holder, and take them back.
Holds: an address belongs to one holder at a time; the network, gateway (first) and broadcast
addresses are never handed out; a freed address rests as long as possible (round robin), so that a
connection meant for a dead pod does not soon meet a living one.
"""

from ipaddress import IPv4Address, IPv4Network

from seatrial.network.errors import AddressesExhausted


class Addresses:
    """The addresses of one pod CIDR."""

    def __init__(self, cidr: str) -> None:
        network = IPv4Network(cidr)
        self._first = int(network.network_address) + 2
        self._count = max(network.num_addresses - 3, 0)
        self._next = 0
        self._by_holder: dict[str, str] = {}
        self._taken: set[str] = set()
        self._cidr = cidr

    def take(self, holder: str) -> str:
        """The holder's address: the one it has, or the free one that has rested longest.

        Raises AddressesExhausted.
        """
        if holder in self._by_holder:
            return self._by_holder[holder]
        for step in range(self._count):
            place = (self._next + step) % self._count
            address = str(IPv4Address(self._first + place))
            if address not in self._taken:
                self._next = (place + 1) % self._count
                self._taken.add(address)
                self._by_holder[holder] = address
                return address
        raise AddressesExhausted(
            f"pod CIDR {self._cidr} has no free address for {holder}",
            remedy="delete pods, or give the node a larger pod CIDR",
        )

    def give_back(self, holder: str) -> str | None:
        """Free the holder's address and return it; None when it holds none."""
        address = self._by_holder.pop(holder, None)
        if address is not None:
            self._taken.discard(address)
        return address


def gateway_of(cidr: str) -> str:
    """The first address of a pod CIDR: the node's own on its bridge."""
    return str(IPv4Network(cidr).network_address + 1)
