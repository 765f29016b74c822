"""Ways to the pods of other nodes.

Does: route each other Node's pod CIDR through its InternalIP.
Holds: `wanted_routes` is pure; the shell changes only what differs. A node that cannot be reached
harms nobody but itself.
"""

from collections.abc import Iterable

from seatrial.api.objects import Object, name_of, spec_of, status_of
from seatrial.client.informer import Informer
from seatrial.kit.record import get_record
from seatrial.network.errors import NetworkError
from seatrial.network.links.interface import Links

record = get_record("network.routes")


def wanted_routes(nodes: Iterable[Object], *, own_name: str) -> dict[str, str]:
    """Pod CIDR to the address of its node, for every node but this one."""
    routes = {}
    for node in nodes:
        cidr, address = str(spec_of(node).get("podCIDR") or ""), _internal_ip(node)
        if name_of(node) != own_name and cidr and address:
            routes[cidr] = address
    return routes


class NodeRoutes:
    """Keeps one node's routes as the Nodes say."""

    def __init__(self, nodes: Informer, links: Links, *, own_name: str) -> None:
        self._nodes = nodes
        self._links = links
        self._own_name = own_name
        self._present: dict[str, str] = {}

    def start(self) -> None:
        """Follow the Nodes from now on."""
        self._nodes.subscribe(self._changed)

    def _changed(self, _old: Object | None, _new: Object | None) -> None:
        wanted = wanted_routes(self._nodes.list(), own_name=self._own_name)
        for cidr in [each for each in self._present if each not in wanted]:
            self._links.remove_route(cidr)
            del self._present[cidr]
        for cidr, via in wanted.items():
            if self._present.get(cidr) != via:
                self._set(cidr, via)

    def _set(self, cidr: str, via: str) -> None:
        try:
            self._links.set_route(cidr, via)
        except NetworkError as error:
            # A Node that was left behind by another run has no wire; its next news tries again.
            record.warning("route.refused", cidr=cidr, via=via, error=str(error))
        else:
            self._present[cidr] = via


def _internal_ip(node: Object) -> str:
    addresses = status_of(node).get("addresses") or []
    found = (str(each.get("address")) for each in addresses if each.get("type") == "InternalIP")
    return next(found, "")
