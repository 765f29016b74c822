"""Rules of containers."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from seatrial.api import causes, names
from seatrial.api.causes import Cause
from seatrial.api.pods import is_sidecar
from seatrial.api.schema.rules.environment import check_environment
from seatrial.api.schema.rules.handlers import check_lifecycle, check_probes
from seatrial.api.schema.rules.resources import check_resources
from seatrial.api.schema.rules.volumes import check_mounts

_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_NOT_IN_INIT = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")


def check_containers(spec: Mapping[str, Any], path: str, *, grace_period_s: int) -> Iterator[Cause]:
    """`containers` and `initContainers` of a pod's spec."""
    volumes = {volume.get("name", "") for volume in spec.get("volumes") or ()}
    containers = spec.get("containers") or []
    if not containers:
        yield causes.required(f"{path}.containers")
    seen: set[str] = set()
    for field, group in (
        ("containers", containers),
        ("initContainers", spec.get("initContainers") or []),
    ):
        for at, container in enumerate(group):
            place = f"{path}.{field}[{at}]"
            yield from _name(container, place, seen)
            yield from _container(
                container, place, volumes=volumes, grace_period_s=grace_period_s,
                is_host_network=bool(spec.get("hostNetwork")),
            )  # fmt: skip
            if field == "initContainers":
                yield from _init_container(container, place)
            else:
                yield from _restart_policy(container, place)
    yield from _host_ports(containers, f"{path}.containers")


def _name(container: Mapping[str, Any], path: str, seen: set[str]) -> Iterator[Cause]:
    name = container.get("name", "")
    if not name:
        yield causes.required(f"{path}.name")
    elif wrong := names.explain_dns_label(name):
        yield causes.invalid(f"{path}.name", name, wrong)
    elif name in seen:
        yield causes.duplicate(f"{path}.name", name)
    seen.add(name)


def _container(
    container: Mapping[str, Any], path: str, *, volumes: Collection[str], grace_period_s: int,
    is_host_network: bool,
) -> Iterator[Cause]:  # fmt: skip
    yield from _image(container, path)
    yield from _ports(container.get("ports") or (), f"{path}.ports", is_host_network)
    yield from check_environment(container, path)
    yield from check_mounts(
        container.get("volumeMounts") or (), f"{path}.volumeMounts", volumes=volumes
    )
    yield from check_probes(container, path)
    if container.get("lifecycle"):
        yield from check_lifecycle(
            container["lifecycle"], f"{path}.lifecycle", grace_period_s=grace_period_s
        )
    if container.get("resources"):
        yield from check_resources(container["resources"], f"{path}.resources")
    yield from _security(container.get("securityContext") or {}, f"{path}.securityContext")


def _image(container: Mapping[str, Any], path: str) -> Iterator[Cause]:
    image = container.get("image", "")
    if not image:
        yield causes.required(f"{path}.image")
    elif image != image.strip():
        detail = "must not have leading or trailing whitespace"
        yield causes.invalid(f"{path}.image", image, detail)
    policy = container.get("imagePullPolicy", "")
    if policy not in _PULL_POLICIES:
        yield causes.unsupported(f"{path}.imagePullPolicy", policy, _PULL_POLICIES)
    message = container.get("terminationMessagePolicy", "File")
    if message not in {"File", "FallbackToLogsOnError"}:
        detail = "must be 'File' or 'FallbackToLogsOnError'"
        yield causes.invalid(f"{path}.terminationMessagePolicy", message, detail)


def _ports(
    ports: Collection[Mapping[str, Any]], path: str, is_host_network: bool
) -> Iterator[Cause]:
    seen: set[str] = set()
    for at, port in enumerate(ports):
        place, name = f"{path}[{at}]", port.get("name", "")
        if name:
            if wrong := names.explain_port_name(name):
                yield causes.invalid(f"{place}.name", name, wrong)
            elif name in seen:
                yield causes.duplicate(f"{place}.name", name)
            seen.add(name)
        yield from _port_numbers(port, place, is_host_network)
        if port.get("protocol", "TCP") not in _PROTOCOLS:
            yield causes.unsupported(f"{place}.protocol", port["protocol"], _PROTOCOLS)


def _port_numbers(port: Mapping[str, Any], path: str, is_host_network: bool) -> Iterator[Cause]:
    number, host = port.get("containerPort", 0), port.get("hostPort", 0)
    if not number:
        yield causes.required(f"{path}.containerPort")
    elif wrong := names.explain_port_number(number):
        yield causes.invalid(f"{path}.containerPort", number, wrong)
    if host and (wrong := names.explain_port_number(host)):
        yield causes.invalid(f"{path}.hostPort", host, wrong)
    elif is_host_network and host != number:
        detail = "must match `hostPort` when `hostNetwork` is true"
        yield causes.invalid(f"{path}.containerPort", number, detail)


def _host_ports(containers: list[dict[str, Any]], path: str) -> Iterator[Cause]:
    """No two containers may want the same port of the node."""
    seen: set[tuple[str, str, int]] = set()
    for at, container in enumerate(containers):
        for index, port in enumerate(container.get("ports") or ()):
            if not port.get("hostPort"):
                continue
            key = (port.get("protocol", "TCP"), port.get("hostIP", ""), port["hostPort"])
            if key in seen:
                text = f"{key[0]}/{key[1]}/{key[2]}"
                yield causes.duplicate(f"{path}[{at}].ports[{index}].hostPort", text)
            seen.add(key)


def _init_container(container: Mapping[str, Any], path: str) -> Iterator[Cause]:
    policy = container.get("restartPolicy")
    if policy not in {None, "Always", "Never", "OnFailure"}:
        options = ("Always", "Never", "OnFailure")
        yield causes.unsupported(f"{path}.restartPolicy", policy, options)
    if not is_sidecar(dict(container)):
        for field in _NOT_IN_INIT:
            if container.get(field) is not None:
                detail = "may not be set for init containers without restartPolicy=Always"
                yield causes.forbidden(f"{path}.{field}", detail)


def _restart_policy(container: Mapping[str, Any], path: str) -> Iterator[Cause]:
    policy = container.get("restartPolicy")
    if policy is not None and policy not in {"Always", "Never", "OnFailure"}:
        options = ("Always", "Never", "OnFailure")
        yield causes.unsupported(f"{path}.restartPolicy", policy, options)


def _security(context: Mapping[str, Any], path: str) -> Iterator[Cause]:
    for field in ("runAsUser", "runAsGroup"):
        value = context.get(field)
        if value is not None and not 0 <= value < 2**31:
            detail = "must be between 0 and 2147483647, inclusive"
            yield causes.invalid(f"{path}.{field}", value, detail)
    if context.get("allowPrivilegeEscalation") is False and context.get("privileged"):
        detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
        yield causes.invalid(path, dict(context), detail)
