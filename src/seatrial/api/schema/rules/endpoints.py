"""Rules of Endpoints and EndpointSlices."""

from collections.abc import Iterator, Mapping
from typing import Any

from seatrial.api import causes, names
from seatrial.api.causes import Cause
from seatrial.api.objects import Object
from seatrial.api.schema.rules.metadata import immutable
from seatrial.api.schema.rules.service import is_address

ENDPOINTS_MAX = 1000
_FAMILIES = ("FQDN", "IPv4", "IPv6")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_BAD_ADDRESS = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"


def check_endpoints(obj: Object) -> Iterator[Cause]:
    """An Endpoints object."""
    for at, subset in enumerate(obj.get("subsets") or ()):
        path = f"subsets[{at}]"
        if not subset.get("addresses") and not subset.get("notReadyAddresses"):
            detail = "must specify `addresses` or `notReadyAddresses`"
            yield causes.required(path, detail)
        for field in ("addresses", "notReadyAddresses"):
            for index, address in enumerate(subset.get(field) or ()):
                if not is_address(address.get("ip", "")):
                    place = f"{path}.{field}[{index}].ip"
                    yield causes.invalid(place, address.get("ip", ""), _BAD_ADDRESS)
        for index, port in enumerate(subset.get("ports") or ()):
            yield from _port(port, f"{path}.ports[{index}]")


def check_endpoint_slice(obj: Object) -> Iterator[Cause]:
    """An EndpointSlice."""
    family, endpoints = obj.get("addressType", ""), obj.get("endpoints") or []
    if not family:
        yield causes.required("addressType")
    elif family not in _FAMILIES:
        yield causes.unsupported("addressType", family, _FAMILIES)
    if len(endpoints) > ENDPOINTS_MAX:
        yield causes.too_many("endpoints", len(endpoints), ENDPOINTS_MAX)
    for at, endpoint in enumerate(endpoints):
        addresses = endpoint.get("addresses") or []
        if not addresses:
            detail = "must contain at least 1 address"
            yield causes.required(f"endpoints[{at}].addresses", detail)
        for index, address in enumerate(addresses):
            if family != "FQDN" and not is_address(address):
                place = f"endpoints[{at}].addresses[{index}]"
                yield causes.invalid(place, address, _BAD_ADDRESS)
    for at, port in enumerate(obj.get("ports") or ()):
        yield from _port(port, f"ports[{at}]")


def _port(port: Mapping[str, Any], path: str) -> Iterator[Cause]:
    name, number = port.get("name", ""), port.get("port")
    if name and (wrong := names.explain_dns_label(name)):
        yield causes.invalid(f"{path}.name", name, wrong)
    if number is not None and (wrong := names.explain_port_number(number)):
        yield causes.invalid(f"{path}.port", number, wrong)
    if port.get("protocol", "TCP") not in _PROTOCOLS:
        yield causes.unsupported(f"{path}.protocol", port["protocol"], _PROTOCOLS)


def check_endpoint_slice_update(new: Object, old: Object) -> Iterator[Cause]:
    """The address family stays."""
    if new.get("addressType") != old.get("addressType"):
        yield immutable("addressType", new.get("addressType"))
