"""An address or port belongs to one Service.

Does: give out cluster addresses and node ports, honour those that are asked for, take them back.
Holds: between `admit` and `settle` a number is reserved for its Service; nobody else gets it.

Differs from Kubernetes: there is no IPv6, and no ServiceCIDR or IPAddress object.
"""

import ipaddress
from collections.abc import Iterator
from itertools import chain
from typing import Any

from seatrial.api import causes, status
from seatrial.api.causes import Cause
from seatrial.api.kinds import SERVICE
from seatrial.api.objects import Object
from seatrial.apiserver.admission.review import Review
from seatrial.apiserver.config import ServiceRanges
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.registry.keys import key_of, prefix_of
from seatrial.apiserver.registry.objects import Objects
from seatrial.kit.chance import uniform

# The lowest addresses are left to those who ask by number, as Kubernetes does (KEP-3070).
_STATIC_BAND_MAX = 256
HEADLESS = "None"


class ServiceAddresses:
    """Who has which address and port."""

    def __init__(self, ranges: ServiceRanges) -> None:
        self._network = ipaddress.ip_network(ranges.cidr)
        self._ports = ranges.node_ports
        self._owner_of_address: dict[str, str] = {}
        self._owner_of_port: dict[tuple[int, str], str] = {}
        self._is_loaded = False

    async def admit(self, review: Review) -> None:
        """Give the Service what it needs. Raises Refused (422)."""
        await self._load(review.objects)
        service, name = review.obj, review.obj["metadata"]["name"]
        key = key_of(SERVICE, review.namespace, name)
        before = _held(review.old) if review.old is not None else (set(), set())
        review.undo.append(lambda: self._restore(key, before))
        wrong = [*self._give_address(service, key), *self._give_ports(service, key)]
        if wrong:
            raise Refused(status.invalid(SERVICE, name, wrong))

    def settle(self, key: str, service: Object | None) -> None:
        """A write has happened: the Service holds exactly what it says (None: nothing)."""
        self._restore(key, _held(service) if service is not None else (set(), set()))

    def _restore(self, key: str, held: tuple[set[str], set[tuple[int, str]]]) -> None:
        addresses, ports = held
        for address in [each for each, owner in self._owner_of_address.items() if owner == key]:
            del self._owner_of_address[address]
        for port in [each for each, owner in self._owner_of_port.items() if owner == key]:
            del self._owner_of_port[port]
        self._owner_of_address.update(dict.fromkeys(addresses, key))
        self._owner_of_port.update(dict.fromkeys(ports, key))

    async def _load(self, objects: Objects) -> None:
        if self._is_loaded:
            return
        listing = await objects.store.list(prefix_of(SERVICE))
        # Nothing was given out while we waited: whoever asks comes through here first.
        if not self._is_loaded:
            for entry in listing.entries:
                self.settle(entry.key, objects.decode(entry))
            self._is_loaded = True

    def _give_address(self, service: Object, key: str) -> list[Cause]:
        spec = service["spec"]
        if spec.get("type") == "ExternalName":
            return []
        wanted = spec.get("clusterIP") or ""
        if wanted == HEADLESS:
            spec["clusterIPs"] = [HEADLESS]
            return []
        wrong = self._refusal_of(wanted, key) if wanted else ""
        if wrong:
            shown = causes.invalid("spec.clusterIPs", [wanted], f"failed to allocate IP {wrong}")
            return [shown]
        address = wanted or self._free_address()
        if not address:
            told = "failed to allocate a serviceIP: range is full"
            return [causes.invalid("spec.clusterIPs", [], told)]
        self._owner_of_address[address] = key
        spec["clusterIP"], spec["clusterIPs"] = address, [address]
        return []

    def _refusal_of(self, wanted: str, key: str) -> str:
        try:
            address = ipaddress.ip_address(wanted)
        except ValueError:
            return f"{wanted}: not a valid IP"
        if address not in self._network:
            return f"{wanted}: the provided IP is not in the valid range ({self._network})"
        if self._owner_of_address.get(wanted, key) != key:
            return f"{wanted}: provided IP is already allocated"
        return ""

    def _free_address(self) -> str:
        return next((each for each in self._candidates() if each not in self._owner_of_address), "")

    def _candidates(self) -> Iterator[str]:
        usable = self._network.num_addresses - 2
        static = min(max(16, usable // 16), _STATIC_BAND_MAX, usable)
        upper = range(static + 1, usable + 1)
        # A random start spreads the addresses, so that one that was just freed rests for a while.
        start = int(uniform(0, len(upper))) if upper else 0
        for offset in chain(upper[start:], upper[:start], range(1, static + 1)):
            yield str(self._network[offset])

    def _give_ports(self, service: Object, key: str) -> list[Cause]:
        spec, wrong = service["spec"], list[Cause]()
        if not _has_node_ports(spec):
            return wrong
        for index, port in enumerate(spec.get("ports") or ()):
            wrong.extend(self._give_port(port, key, f"spec.ports[{index}].nodePort"))
        return wrong

    def _give_port(self, port: dict[str, Any], key: str, field: str) -> list[Cause]:
        protocol, low, high = port.get("protocol", "TCP"), *self._ports
        number = port.get("nodePort") or self._free_port(protocol)
        if not low <= number <= high:
            told = (
                f"provided port is not in the valid range. The range of valid ports is {low}-{high}"
            )
            return [causes.invalid(field, number, told)]
        if self._owner_of_port.get((number, protocol), key) != key:
            return [causes.invalid(field, number, "provided port is already allocated")]
        self._owner_of_port[number, protocol] = key
        port["nodePort"] = number
        return []

    def _free_port(self, protocol: str) -> int:
        low, high = self._ports
        start = low + int(uniform(0, high - low + 1))
        free = (
            each
            for each in chain(range(start, high + 1), range(low, start))
            if (each, protocol) not in self._owner_of_port
        )
        return next(free, 0)


def _has_node_ports(spec: dict[str, Any]) -> bool:
    kind = spec.get("type")
    return kind == "NodePort" or (
        kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is not False
    )


def _held(service: Object) -> tuple[set[str], set[tuple[int, str]]]:
    spec = service.get("spec") or {}
    addresses = {each for each in spec.get("clusterIPs") or () if each != HEADLESS}
    ports = {
        (port["nodePort"], port.get("protocol", "TCP"))
        for port in spec.get("ports") or ()
        if port.get("nodePort")
    }
    return addresses, ports
