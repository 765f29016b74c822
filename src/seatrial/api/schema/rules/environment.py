"""Rules of environment variables."""

from collections.abc import Iterator, Mapping
from typing import Any

from seatrial.api import causes, names
from seatrial.api.causes import Cause

_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_FIELDS = (
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName",
    "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
)  # fmt: skip
_RESOURCES = (
    "limits.cpu", "limits.ephemeral-storage", "limits.memory",
    "requests.cpu", "requests.ephemeral-storage", "requests.memory",
)  # fmt: skip


def check_environment(container: Mapping[str, Any], path: str) -> Iterator[Cause]:
    """`env` and `envFrom` of a container."""
    for at, variable in enumerate(container.get("env") or ()):
        yield from _variable(variable, f"{path}.env[{at}]")
    for at, source in enumerate(container.get("envFrom") or ()):
        yield from _all_of(source, f"{path}.envFrom[{at}]")


def _variable(variable: Mapping[str, Any], path: str) -> Iterator[Cause]:
    name = variable.get("name", "")
    if not name:
        yield causes.required(f"{path}.name")
    elif wrong := names.explain_env_name(name):
        yield causes.invalid(f"{path}.name", name, wrong)
    if variable.get("valueFrom") is not None:
        has_value = bool(variable.get("value"))
        yield from _source(variable["valueFrom"], f"{path}.valueFrom", has_value=has_value)


def _source(source: Mapping[str, Any], path: str, *, has_value: bool) -> Iterator[Cause]:
    found = [name for name in _SOURCES if source.get(name) is not None]
    if not found:
        one_of = ", ".join(f"`{name}`" for name in _SOURCES[:-1])
        yield causes.invalid(path, "", f"must specify one of: {one_of} or `{_SOURCES[-1]}`")
    elif has_value:
        yield causes.invalid(path, "", "may not be specified when `value` is not empty")
    elif len(found) > 1:
        yield causes.invalid(path, "", "may not have more than one field specified at a time")
    for name in found:
        yield from _reference(name, source[name], f"{path}.{name}")


def _reference(name: str, reference: Mapping[str, Any], path: str) -> Iterator[Cause]:
    if name == "fieldRef":
        yield from check_field_reference(reference, path, known=_FIELDS)
    elif name == "resourceFieldRef":
        yield from check_resource_reference(reference, path)
    elif name in {"configMapKeyRef", "secretKeyRef"}:
        if not reference.get("name"):
            yield causes.required(f"{path}.name")
        key = reference.get("key", "")
        if not key:
            yield causes.required(f"{path}.key")
        elif wrong := names.explain_config_key(key):
            yield causes.invalid(f"{path}.key", key, wrong)


def check_field_reference(
    reference: Mapping[str, Any], path: str, *, known: tuple[str, ...]
) -> Iterator[Cause]:
    """A reference to a field of the pod; single labels and annotations may be asked for as well."""
    field = reference.get("fieldPath", "")
    if not field:
        yield causes.required(f"{path}.fieldPath")
        return
    holder, bracket, rest = field.partition("['")
    if bracket and holder in {"metadata.labels", "metadata.annotations"}:
        if wrong := names.explain_qualified_name(rest.removesuffix("']").lower()):
            yield causes.invalid(f"{path}.fieldPath", field, wrong)
    elif field not in known:
        yield causes.unsupported(f"{path}.fieldPath", field, known)


def check_resource_reference(reference: Mapping[str, Any], path: str) -> Iterator[Cause]:
    """A reference to a request or limit of a container."""
    resource = reference.get("resource", "")
    if not resource:
        yield causes.required(f"{path}.resource")
    elif resource not in _RESOURCES and "hugepages-" not in resource:
        yield causes.unsupported(f"{path}.resource", resource, _RESOURCES)


def _all_of(source: Mapping[str, Any], path: str) -> Iterator[Cause]:
    prefix = source.get("prefix", "")
    if prefix and (wrong := names.explain_env_name(prefix)):
        yield causes.invalid(f"{path}.prefix", prefix, wrong)
    found = [name for name in ("configMapRef", "secretRef") if source.get(name) is not None]
    if not found:
        yield causes.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`")
    elif len(found) > 1:
        yield causes.invalid(path, "", "may not have more than one field specified at a time")
    for name in found:
        if not source[name].get("name"):
            yield causes.required(f"{path}.{name}.name")
