"""What a Service means on one node; pure.

Does: read a Service and its EndpointSlices into values: which addresses lead to which endpoints.
Does not: know rules. Headless and ExternalName Services mean nothing here.
Holds: endpoints are sorted and unique; of ready endpoints all count, and only when there is none
those that terminate but still serve.
Differs from Kubernetes: IPv4 only; topology hints (`trafficDistribution`) are not looked at;
load balancer source ranges are not enforced, because there is no load balancer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from seatrial.api.objects import Object, key_of, spec_of, status_of

AFFINITY_TIMEOUT_S = 10_800  # sessionAffinityConfig.clientIP.timeoutSeconds by default
_ADDRESS_TYPE = "IPv4"


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """Where a connection may end."""

    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One port of one Service."""

    service: str  # namespace/name
    name: str  # of the port, "" when it has none
    protocol: str  # tcp, udp, sctp
    port: int
    cluster_ips: tuple[str, ...]
    external_ips: tuple[str, ...]
    node_port: int  # 0: none
    endpoints: tuple[Endpoint, ...]  # of the whole cluster
    local_endpoints: tuple[Endpoint, ...]  # of this node
    is_internal_local: bool = False  # internalTrafficPolicy: Local
    is_external_local: bool = False  # externalTrafficPolicy: Local
    affinity_timeout_s: int = 0  # 0: none

    @property
    def internal_endpoints(self) -> tuple[Endpoint, ...]:
        """Those that connections to a cluster IP end at."""
        return self.local_endpoints if self.is_internal_local else self.endpoints

    @property
    def external_endpoints(self) -> tuple[Endpoint, ...]:
        """Those that connections from outside end at."""
        return self.local_endpoints if self.is_external_local else self.endpoints


def service_ports(
    service: Object, slices: Sequence[Object], *, node_name: str
) -> tuple[ServicePort, ...]:
    """What `service` with its EndpointSlices means on node `node_name`."""
    spec = spec_of(service)
    addresses = _cluster_ips(spec)
    if spec.get("type") == "ExternalName" or not addresses:
        return ()
    return tuple(
        _service_port(service, port, slices, node_name) for port in spec.get("ports") or []
    )


def _service_port(
    service: Object, port: dict[str, Any], slices: Sequence[Object], node_name: str
) -> ServicePort:
    spec = spec_of(service)
    name = str(port.get("name") or "")
    found = list(_endpoints(slices, name, str(port.get("protocol") or "TCP")))
    return ServicePort(
        service=key_of(service),
        name=name,
        protocol=str(port.get("protocol") or "TCP").lower(),
        port=int(port["port"]),
        cluster_ips=_cluster_ips(spec),
        external_ips=_external_ips(service),
        node_port=int(port.get("nodePort") or 0),
        endpoints=_usable(found),
        local_endpoints=_usable(each for each in found if each.node == node_name),
        is_internal_local=spec.get("internalTrafficPolicy") == "Local",
        is_external_local=spec.get("externalTrafficPolicy") == "Local",
        affinity_timeout_s=_affinity_timeout_s(spec),
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    endpoint: Endpoint
    node: str
    is_ready: bool
    is_draining: bool  # serves, and terminates


def _endpoints(slices: Sequence[Object], port_name: str, protocol: str) -> Iterator[_Candidate]:
    for each in slices:
        if each.get("addressType") != _ADDRESS_TYPE:
            continue
        for port in each.get("ports") or []:
            same = (port.get("name") or "") == port_name
            if same and (port.get("protocol") or "TCP") == protocol and port.get("port"):
                for entry in each.get("endpoints") or []:
                    yield from _candidates(entry, int(port["port"]))


def _candidates(entry: dict[str, Any], port: int) -> Iterator[_Candidate]:
    conditions = entry.get("conditions") or {}
    ready = _is_true(conditions.get("ready"), unknown=True)
    terminating = _is_true(conditions.get("terminating"), unknown=False)
    serving = _is_true(conditions.get("serving"), unknown=ready)
    # kube-proxy, like us, takes the first address only: the others are other ways to the same pod.
    for address in (entry.get("addresses") or [])[:1]:
        yield _Candidate(
            Endpoint(str(address), port),
            node=str(entry.get("nodeName") or ""),
            is_ready=ready,
            is_draining=serving and terminating,
        )


def _usable(candidates: Iterable[_Candidate]) -> tuple[Endpoint, ...]:
    known = list(candidates)
    ready = {each.endpoint for each in known if each.is_ready}
    draining = {each.endpoint for each in known if each.is_draining}
    return tuple(sorted(ready or draining))


def _cluster_ips(spec: dict[str, Any]) -> tuple[str, ...]:
    listed = spec.get("clusterIPs") or [spec.get("clusterIP") or ""]
    return tuple(str(each) for each in listed if each and each != "None" and ":" not in each)


def _external_ips(service: Object) -> tuple[str, ...]:
    balancer = status_of(service).get("loadBalancer") or {}
    ingress = [each.get("ip") or "" for each in balancer.get("ingress") or []]
    found = [*(spec_of(service).get("externalIPs") or []), *ingress]
    return tuple(dict.fromkeys(str(each) for each in found if each and ":" not in each))


def _affinity_timeout_s(spec: dict[str, Any]) -> int:
    if spec.get("sessionAffinity") != "ClientIP":
        return 0
    client = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
    return int(client.get("timeoutSeconds") or AFFINITY_TIMEOUT_S)


def _is_true(condition: bool | None, *, unknown: bool) -> bool:
    return unknown if condition is None else condition
