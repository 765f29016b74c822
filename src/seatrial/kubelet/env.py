"""A container's environment, from the pod, its ConfigMaps and Secrets, and the Services around it.

Does: `env`, `envFrom`, every `valueFrom`, `$(VAR)` in values, variables of Services.
Does not: fetch anything: what is referred to is asked of a `Lookup`.
Holds: later wins: Services, then `envFrom` in order, then `env` in order.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from seatrial.api.objects import Object, name_of, namespace_of, spec_of
from seatrial.kubelet.errors import ConfigFailure
from seatrial.kubelet.expand import expand
from seatrial.kubelet.fields import NodeFacts, field, resource


class Lookup(Protocol):
    """ConfigMaps and Secrets of the pod's namespace, already fetched."""

    def config_map(self, name: str) -> Object | None: ...

    def secret(self, name: str) -> Object | None: ...


@dataclass(frozen=True, slots=True)
class EnvironmentSources:
    """All that an environment is made of."""

    pod: Object
    pod_ip: str
    node: NodeFacts
    lookup: Lookup
    services: tuple[Object, ...] = ()


def environment(container: Object, sources: EnvironmentSources) -> dict[str, str]:
    """The container's variables. Raises ConfigFailure."""
    known = service_variables(
        sources.services,
        namespace_of(sources.pod),
        links=spec_of(sources.pod).get("enableServiceLinks", True) is not False,
    )
    for source in container.get("envFrom") or []:
        known.update(_from_source(source, sources))
    for entry in container.get("env") or []:
        value = _value(entry, container, sources, known)
        if value is not None:
            known[entry["name"]] = value
    return known


def _value(
    entry: Mapping[str, Any],
    container: Object,
    sources: EnvironmentSources,
    known: Mapping[str, str],
) -> str | None:
    """The entry's value; None when it is optional and not there."""
    origin = entry.get("valueFrom")
    if not origin:
        return expand(str(entry.get("value") or ""), known)
    if "fieldRef" in origin:
        path = origin["fieldRef"]["fieldPath"]
        return field(sources.pod, path, node=sources.node, pod_ip=sources.pod_ip)
    if "resourceFieldRef" in origin:
        return _resource(origin["resourceFieldRef"], container, sources)
    if "configMapKeyRef" in origin:
        return _from_config_map(origin["configMapKeyRef"], sources)
    if "secretKeyRef" in origin:
        return _from_secret(origin["secretKeyRef"], sources)
    raise ConfigFailure(f"unsupported valueFrom of variable {entry.get('name')}")


def _resource(ref: Mapping[str, Any], own: Object, sources: EnvironmentSources) -> str:
    named = ref.get("containerName")
    container = own if not named else find_container(sources.pod, named)
    if container is None:
        raise ConfigFailure(f"container {named} not found")
    return resource(container, ref, node=sources.node)


def find_container(pod: Object, name: str) -> Object | None:
    """The container (or init container) of that name."""
    spec = spec_of(pod)
    every = (*(spec.get("initContainers") or []), *(spec.get("containers") or []))
    return next((each for each in every if each.get("name") == name), None)


def _from_config_map(ref: Mapping[str, Any], sources: EnvironmentSources) -> str | None:
    name, key, optional = ref.get("name", ""), ref["key"], bool(ref.get("optional"))
    found = sources.lookup.config_map(name)
    if found is None:
        _missing(f'configmap "{name}" not found', optional=optional)
        return None
    data = found.get("data") or {}
    if key not in data:
        place = f"{namespace_of(sources.pod)}/{name}"
        _missing(f"couldn't find key {key} in ConfigMap {place}", optional=optional)
        return None
    return str(data[key])


def _from_secret(ref: Mapping[str, Any], sources: EnvironmentSources) -> str | None:
    name, key, optional = ref.get("name", ""), ref["key"], bool(ref.get("optional"))
    found = sources.lookup.secret(name)
    if found is None:
        _missing(f'secret "{name}" not found', optional=optional)
        return None
    data = secret_data(found)
    if key not in data:
        place = f"{namespace_of(sources.pod)}/{name}"
        _missing(f"couldn't find key {key} in Secret {place}", optional=optional)
        return None
    return data[key].decode("utf-8", "surrogateescape")


def _missing(message: str, *, optional: bool) -> None:
    if not optional:
        raise ConfigFailure(message)


def secret_data(secret: Object) -> dict[str, bytes]:
    """A Secret's data, decoded."""
    return {key: base64.b64decode(value) for key, value in (secret.get("data") or {}).items()}


def _from_source(source: Mapping[str, Any], sources: EnvironmentSources) -> dict[str, str]:
    """All entries of one `envFrom`, prefixed."""
    prefix = source.get("prefix") or ""
    found: dict[str, str] = {}
    if "configMapRef" in source:
        ref = source["configMapRef"]
        name = ref.get("name", "")
        config_map = sources.lookup.config_map(name)
        if config_map is None:
            _missing(f'configmap "{name}" not found', optional=bool(ref.get("optional")))
        found = dict((config_map or {}).get("data") or {})
    elif "secretRef" in source:
        ref = source["secretRef"]
        name = ref.get("name", "")
        secret = sources.lookup.secret(name)
        if secret is None:
            _missing(f'secret "{name}" not found', optional=bool(ref.get("optional")))
        decoded = secret_data(secret or {})
        found = {key: value.decode("utf-8", "surrogateescape") for key, value in decoded.items()}
    return {f"{prefix}{key}": value for key, value in found.items() if "=" not in key}


def service_variables(services: Iterable[Object], namespace: str, *, links: bool) -> dict[str, str]:
    """The variables of the namespace's Services; of `default/kubernetes` always."""
    wanted: dict[str, Object] = {}
    for service in services:
        is_api = namespace_of(service) == "default" and name_of(service) == "kubernetes"
        address = spec_of(service).get("clusterIP")
        if not address or address == "None":
            continue
        if links and namespace_of(service) == namespace:
            wanted[name_of(service)] = service
        elif is_api:
            wanted.setdefault("kubernetes", service)
    variables: dict[str, str] = {}
    for name in sorted(wanted):
        variables.update(_one_service(name, spec_of(wanted[name])))
    return variables


def _one_service(name: str, spec: Mapping[str, Any]) -> dict[str, str]:
    """Kubernetes' own variables and those that Docker links once had."""
    ports = spec.get("ports") or []
    if not ports:
        return {}
    stem, address = name.upper().replace("-", "_"), spec["clusterIP"]
    variables = {
        f"{stem}_SERVICE_HOST": address,
        f"{stem}_SERVICE_PORT": str(ports[0]["port"]),
    }
    for port in ports:
        if port.get("name"):
            suffix = port["name"].upper().replace("-", "_")
            variables[f"{stem}_SERVICE_PORT_{suffix}"] = str(port["port"])
    variables[f"{stem}_PORT"] = _url(ports[0], address)
    for port in ports:
        protocol = (port.get("protocol") or "TCP").upper()
        link = f"{stem}_PORT_{port['port']}_{protocol}"
        variables[link] = _url(port, address)
        variables[f"{link}_PROTO"] = protocol.lower()
        variables[f"{link}_PORT"] = str(port["port"])
        variables[f"{link}_ADDR"] = address
    return variables


def _url(port: Mapping[str, Any], address: str) -> str:
    return f"{(port.get('protocol') or 'TCP').lower()}://{address}:{port['port']}"
