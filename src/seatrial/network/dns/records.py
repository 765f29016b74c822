"""What a Service is called, as values; pure.

Does: read a Service and its EndpointSlices into what DNS says of them.
Does not: know questions or the wire.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from seatrial.api.objects import Object, name_of, namespace_of, spec_of


@dataclass(frozen=True, slots=True)
class NamedPort:
    """A port as SRV records tell it."""

    name: str
    protocol: str  # tcp, udp, sctp
    port: int


@dataclass(frozen=True, slots=True)
class NamedEndpoint:
    """One pod behind a headless Service."""

    hostname: str  # its own, or its address with dashes
    address: str
    ports: tuple[NamedPort, ...]


@dataclass(frozen=True, slots=True)
class NamedService:
    """A Service under its name."""

    namespace: str
    name: str
    cluster_ips: tuple[str, ...]  # empty: headless or external
    ports: tuple[NamedPort, ...]
    endpoints: tuple[NamedEndpoint, ...]  # ready ones, of a headless Service
    external_name: str = ""


class Directory(Protocol):
    """Where answers look things up."""

    def has_namespace(self, namespace: str) -> bool: ...

    def service(self, namespace: str, name: str) -> NamedService | None: ...

    def services_at(self, address: str) -> Sequence[NamedService]:
        """Services with this cluster IP, and headless ones with this endpoint."""


def named_service(service: Object, slices: Iterable[Object]) -> NamedService:
    """What DNS says of `service`, whose EndpointSlices are `slices`."""
    spec = spec_of(service)
    kind = spec.get("type")
    addresses = _cluster_ips(spec) if kind != "ExternalName" else ()
    is_headless = kind != "ExternalName" and spec.get("clusterIP") == "None"
    return NamedService(
        namespace=namespace_of(service),
        name=name_of(service),
        cluster_ips=addresses,
        ports=tuple(_port(each) for each in spec.get("ports") or []),
        endpoints=tuple(_endpoints(slices)) if is_headless else (),
        external_name=str(spec.get("externalName") or "") if kind == "ExternalName" else "",
    )


def _endpoints(slices: Iterable[Object]) -> list[NamedEndpoint]:
    found = {}
    for each in slices:
        if each.get("addressType") != "IPv4":
            continue
        ports = tuple(_port(port) for port in each.get("ports") or [] if port.get("port"))
        for entry in each.get("endpoints") or []:
            # Not yet ready ones count where the Service publishes them: they are then marked ready.
            if (entry.get("conditions") or {}).get("ready") is False:
                continue
            for address in (entry.get("addresses") or [])[:1]:
                hostname = str(entry.get("hostname") or address.replace(".", "-"))
                found[hostname, address, ports] = NamedEndpoint(hostname, address, ports)
    return sorted(found.values(), key=lambda each: (each.address, each.hostname))


def _port(port: dict[str, Any]) -> NamedPort:
    protocol = str(port.get("protocol") or "TCP").lower()
    return NamedPort(str(port.get("name") or ""), protocol, int(port["port"]))


def _cluster_ips(spec: dict[str, Any]) -> tuple[str, ...]:
    listed = spec.get("clusterIPs") or [spec.get("clusterIP") or ""]
    return tuple(str(each) for each in listed if each and each != "None" and ":" not in each)
