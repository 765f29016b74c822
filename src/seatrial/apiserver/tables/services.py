"""Services and where they lead."""

from typing import Any

from seatrial.api.objects import Object, spec_of, status_of
from seatrial.apiserver.tables.table import AGE, NAME, NONE, UNSET, Cell, Column, map_text

# Addresses shown of Endpoints, as kubectl does.
_ENDPOINTS_SHOWN_MAX = 3


def _type(service: Object, _now_s: float) -> Cell:
    return str(spec_of(service).get("type", ""))


def _cluster_ip(service: Object, _now_s: float) -> Cell:
    return spec_of(service).get("clusterIP") or NONE


def _external_ip(service: Object, _now_s: float) -> Cell:
    spec = spec_of(service)
    external = [str(each) for each in spec.get("externalIPs") or ()]
    match spec.get("type"):
        case "ExternalName":
            return str(spec.get("externalName", ""))
        case "LoadBalancer":
            ingress = (status_of(service).get("loadBalancer") or {}).get("ingress") or ()
            found = [str(each.get("ip") or each.get("hostname")) for each in ingress]
            return ",".join([*found, *external]) or "<pending>"
    return ",".join(external) or NONE


def _ports(service: Object, _now_s: float) -> Cell:
    return ",".join(_port(each) for each in spec_of(service).get("ports") or ()) or NONE


def _port(port: dict[str, Any]) -> str:
    node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port.get('port')}{node_port}/{port.get('protocol', 'TCP')}"


def _selector(service: Object, _now_s: float) -> Cell:
    return map_text(spec_of(service).get("selector"))


def _endpoints(endpoints: Object, _now_s: float) -> Cell:
    found = [
        f"{address.get('ip')}:{port.get('port', 0)}" if port else str(address.get("ip"))
        for subset in endpoints.get("subsets") or ()
        for port in subset.get("ports") or [{}]
        for address in subset.get("addresses") or ()
    ]
    return _shortened(found) or NONE


def _shortened(found: list[str]) -> str:
    more = len(found) - _ENDPOINTS_SHOWN_MAX
    shown = ",".join(found[:_ENDPOINTS_SHOWN_MAX])
    return f"{shown} + {more} more..." if more > 0 else shown


def _slice_ports(endpoint_slice: Object, _now_s: float) -> Cell:
    ports = endpoint_slice.get("ports") or []
    found = [str(each["port"]) if each.get("port") else "*" for each in ports]
    return _shortened(found) or UNSET


def _slice_endpoints(endpoint_slice: Object, _now_s: float) -> Cell:
    found = [
        address
        for endpoint in endpoint_slice.get("endpoints") or ()
        for address in endpoint.get("addresses") or ()
    ]
    return _shortened(found) or UNSET


def _address_type(endpoint_slice: Object, _now_s: float) -> Cell:
    return str(endpoint_slice.get("addressType", ""))


SERVICE_COLUMNS = (
    NAME,
    Column("Type", _type),
    Column("Cluster-IP", _cluster_ip),
    Column("External-IP", _external_ip),
    Column("Port(s)", _ports),
    AGE,
    Column("Selector", _selector, priority=1),
)
ENDPOINTS_COLUMNS = (NAME, Column("Endpoints", _endpoints), AGE)
ENDPOINT_SLICE_COLUMNS = (
    NAME,
    Column("AddressType", _address_type),
    Column("Ports", _slice_ports),
    Column("Endpoints", _slice_endpoints),
    AGE,
)
