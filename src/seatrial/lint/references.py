"""What the pods of a workload refer to by name. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seatrial.lint.manifest import FieldPath, mapping, sequence
from seatrial.lint.workload import Container, Workload


@dataclass(frozen=True, slots=True)
class Reference:
    """One name in one place."""

    kind: str
    name: str
    path: FieldPath  # of the field that holds the name
    key: str = ""  # the key of a ConfigMap or Secret, where one is named
    is_optional: bool = False
    is_environment: bool = False  # read once, when the container starts
    is_namespaced: bool = True

    @property
    def names_object(self) -> bool:
        """`path` is where the object is named; else where one of its keys is."""
        return self.path[-1] != "key"


def references_of(workload: Workload) -> Iterator[Reference]:
    """Everything that has to be there before the pod can start."""
    for container in workload.all_containers:
        yield from _environment(container)
    for index, volume in enumerate(workload.volumes):
        yield from _volume(volume, workload.pod_path("volumes", index))
    yield from _of_pod(workload)


def _environment(container: Container) -> Iterator[Reference]:
    for index, entry in enumerate(sequence(container.value.get("env"))):
        source = mapping(mapping(entry).get("valueFrom"))
        path = (*container.path, "env", index, "valueFrom")
        for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
            yield from _keyed(mapping(source.get(field)), kind, (*path, field))
    for index, entry in enumerate(sequence(container.value.get("envFrom"))):
        path = (*container.path, "envFrom", index)
        for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            yield from _keyed(mapping(mapping(entry).get(field)), kind, (*path, field))


def _keyed(source: Mapping[str, Any], kind: str, path: FieldPath) -> Iterator[Reference]:
    if source.get("name"):
        yield Reference(
            kind, str(source["name"]), (*path, "name"), key=str(source.get("key") or ""),
            is_optional=source.get("optional") is True, is_environment=True,
        )  # fmt: skip


# Kind of volume → kind of object and the field that names it.
_VOLUMES = {
    "configMap": ("ConfigMap", "name"),
    "secret": ("Secret", "secretName"),
    "persistentVolumeClaim": ("PersistentVolumeClaim", "claimName"),
}


def _volume(volume: Mapping[str, Any], path: FieldPath) -> Iterator[Reference]:
    for name, (kind, field) in _VOLUMES.items():
        yield from _source(mapping(volume.get(name)), kind, field, (*path, name))
    projected = mapping(volume.get("projected"))
    for index, entry in enumerate(sequence(projected.get("sources"))):
        below = (*path, "projected", "sources", index)
        for name, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
            yield from _source(mapping(mapping(entry).get(name)), kind, "name", (*below, name))


def _source(
    source: Mapping[str, Any], kind: str, field: str, path: FieldPath
) -> Iterator[Reference]:
    if not source.get(field):
        return
    name, is_optional = str(source[field]), source.get("optional") is True
    yield Reference(kind, name, (*path, field), is_optional=is_optional)
    for index, item in enumerate(sequence(source.get("items"))):
        key = str(mapping(item).get("key") or "")
        if key:
            place = (*path, "items", index, "key")
            yield Reference(kind, name, place, key=key, is_optional=is_optional)


def _of_pod(workload: Workload) -> Iterator[Reference]:
    spec = workload.pod_spec
    account = spec.get("serviceAccountName")
    if account and account != "default":
        yield Reference("ServiceAccount", str(account), workload.pod_path("serviceAccountName"))
    for index, entry in enumerate(sequence(spec.get("imagePullSecrets"))):
        if mapping(entry).get("name"):
            path = workload.pod_path("imagePullSecrets", index, "name")
            yield Reference("Secret", str(mapping(entry)["name"]), path)
    priority = spec.get("priorityClassName")
    if priority and not str(priority).startswith("system-"):
        path = workload.pod_path("priorityClassName")
        yield Reference("PriorityClass", str(priority), path, is_namespaced=False)
