"""Rules of Services."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from seatrial.api import causes, names
from seatrial.api.causes import Cause
from seatrial.api.objects import Object, spec_of
from seatrial.api.schema.rules.handlers import check_port_reference
from seatrial.api.schema.rules.metadata import check_labels

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_POLICIES = ("Cluster", "Local")
_TIMEOUT_MAX_S = 86400


def check_service(obj: Object) -> Iterator[Cause]:
    """A Service."""
    spec = spec_of(obj)
    kind = spec.get("type", "")
    if kind not in _TYPES:
        yield causes.unsupported("spec.type", kind, _TYPES)
    yield from check_labels(spec.get("selector") or {}, "spec.selector")
    yield from _ports(spec, is_required=kind != "ExternalName" and not _is_headless(spec))
    yield from _address(spec, kind)
    yield from _affinity(spec)
    for field in ("internalTrafficPolicy", "externalTrafficPolicy"):
        if spec.get(field) and spec[field] not in _POLICIES:
            yield causes.unsupported(f"spec.{field}", spec[field], _POLICIES)


def _is_headless(spec: Mapping[str, Any]) -> bool:
    return spec.get("clusterIP") == "None"


def _ports(spec: Mapping[str, Any], *, is_required: bool) -> Iterator[Cause]:
    ports = spec.get("ports") or []
    if not ports and is_required:
        yield causes.required("spec.ports")
    names_seen: set[str] = set()
    ports_seen: set[tuple[str, int]] = set()
    for at, port in enumerate(ports):
        path = f"spec.ports[{at}]"
        yield from _port_name(port, path, names_seen, is_required=len(ports) > 1)
        yield from _port(port, path, allows_node_port=spec.get("type") != "ClusterIP")
        key = (port.get("protocol", "TCP"), port.get("port", 0))
        if key in ports_seen:
            yield causes.duplicate(path, {"protocol": key[0], "port": key[1]})
        ports_seen.add(key)


def _port_name(
    port: Mapping[str, Any], path: str, seen: set[str], *, is_required: bool
) -> Iterator[Cause]:
    name = port.get("name", "")
    if not name:
        if is_required:
            yield causes.required(f"{path}.name")
        return
    if wrong := names.explain_dns_label(name):
        yield causes.invalid(f"{path}.name", name, wrong)
    elif name in seen:
        yield causes.duplicate(f"{path}.name", name)
    seen.add(name)


def _port(port: Mapping[str, Any], path: str, *, allows_node_port: bool) -> Iterator[Cause]:
    if wrong := names.explain_port_number(port.get("port", 0)):
        yield causes.invalid(f"{path}.port", port.get("port", 0), wrong)
    if port.get("protocol", "TCP") not in _PROTOCOLS:
        yield causes.unsupported(f"{path}.protocol", port["protocol"], _PROTOCOLS)
    if port.get("targetPort") is not None:
        yield from check_port_reference(port["targetPort"], f"{path}.targetPort")
    if port.get("nodePort") and not allows_node_port:
        detail = "may not be used when `type` is 'ClusterIP'"
        yield causes.forbidden(f"{path}.nodePort", detail)


def _address(spec: Mapping[str, Any], kind: str) -> Iterator[Cause]:
    address = spec.get("clusterIP", "")
    if kind == "ExternalName":
        if address:
            detail = "may not be set for ExternalName services"
            yield causes.forbidden("spec.clusterIPs[0]", detail)
        yield from _external_name(spec.get("externalName", ""))
    elif address == "None" and kind != "ClusterIP":
        detail = "may not be set to 'None' for LoadBalancer services"
        yield causes.invalid("spec.clusterIPs[0]", address, detail.replace("LoadBalancer", kind))
    elif address not in {"", "None"} and not is_address(address):
        detail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
        yield causes.invalid("spec.clusterIPs[0]", address, detail)


def _external_name(name: str) -> Iterator[Cause]:
    if not name:
        yield causes.required("spec.externalName")
    elif wrong := names.explain_dns_subdomain(name.removesuffix(".").lower()):
        yield causes.invalid("spec.externalName", name, wrong)


def is_address(text: str) -> bool:
    """An IPv4 or IPv6 address in its usual form."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _affinity(spec: Mapping[str, Any]) -> Iterator[Cause]:
    affinity, config = spec.get("sessionAffinity", ""), spec.get("sessionAffinityConfig")
    if affinity not in {"ClientIP", "None"}:
        yield causes.unsupported("spec.sessionAffinity", affinity, ("ClientIP", "None"))
    if affinity == "None" and config is not None:
        detail = "must not be set when session affinity is None"
        yield causes.forbidden("spec.sessionAffinityConfig", detail)
    timeout = ((config or {}).get("clientIP") or {}).get("timeoutSeconds")
    if timeout is not None and not 0 < timeout <= _TIMEOUT_MAX_S:
        path = "spec.sessionAffinityConfig.clientIP.timeoutSeconds"
        detail = f"must be greater than 0 and less than {_TIMEOUT_MAX_S}"
        yield causes.invalid(path, timeout, detail)


def check_service_update(new: Object, old: Object) -> Iterator[Cause]:
    """The address of a Service stays while it has one."""
    fresh, stale = spec_of(new), spec_of(old)
    has_kept_type = "ExternalName" not in {fresh.get("type"), stale.get("type")}
    if has_kept_type and stale.get("clusterIP") and fresh.get("clusterIP") != stale["clusterIP"]:
        value = fresh.get("clusterIPs") or [fresh.get("clusterIP", "")]
        yield causes.invalid("spec.clusterIPs[0]", value, "may not change once set")
