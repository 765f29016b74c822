"""Where the files of a container live: its mounts, and what stands behind each.

Does: joins volumeMounts, volumes and volumeClaimTemplates; finds the mount that holds a path.
Does not: judge; know what an image brings along.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from posixpath import normpath
from typing import Any

from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import FieldPath, mapping, sequence
from seatrial.lint.workload import Container, Workload

# Volumes that nobody can write to, whatever the mount says.
READ_ONLY_KINDS = frozenset({"configMap", "secret", "downwardAPI", "projected", "image"})
# Volumes that end with their pod.
POD_KINDS = frozenset({"emptyDir", "ephemeral"})
# Words in a path or a volume's name that say: what is here may be lost.
SCRATCH_WORDS = frozenset(
    {"tmp", "temp", "cache", "caches", "run", "scratch", "shm", "dshm", "sock", "socket", "sockets"}
    | {
        "log",
        "logs",
        "work",
        "workdir",
        "pid",
        "lock",
        "spool",
        "tmpfs",
        "bin",
        "plugins",
        "config",
    }
)
SINGLE_NODE_MODES = frozenset({"ReadWriteOnce", "ReadWriteOncePod"})


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume of a pod; of a claim template when `is_template`."""

    name: str
    kind: str  # "emptyDir", "persistentVolumeClaim", ...; "" when the volume says none
    source: Mapping[str, Any]  # below the kind; the claim's spec for a claim template
    field: FieldPath
    is_template: bool = False

    @property
    def is_memory(self) -> bool:
        return self.kind == "emptyDir" and self.source.get("medium") == "Memory"


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume at a path of a container."""

    path: str
    volume: Volume
    field: FieldPath  # of the entry in volumeMounts
    is_read_only: bool


def volumes_of(workload: Workload) -> Mapping[str, Volume]:
    """By name. A claim template hides a volume of its name, as the StatefulSet controller does."""
    found = {
        str(value.get("name")): _volume(value, workload.pod_path("volumes", index))
        for index, value in enumerate(workload.volumes)
    }
    return found | {each.name: each for each in claim_templates(workload)}


def claim_templates(workload: Workload) -> tuple[Volume, ...]:
    """The volumeClaimTemplates of a StatefulSet, as volumes."""
    if workload.kind != "StatefulSet":
        return ()
    return tuple(
        Volume(
            name=str(mapping(mapping(value).get("metadata")).get("name", "")),
            kind="persistentVolumeClaim",
            source=mapping(mapping(value).get("spec")),
            field=("spec", "volumeClaimTemplates", index),
            is_template=True,
        )
        for index, value in enumerate(sequence(workload.manifest.spec.get("volumeClaimTemplates")))
    )


def mounts_of(workload: Workload, container: Container) -> tuple[Mount, ...]:
    """The mounts of a container whose volumes are there."""
    entries = sequence(container.value.get("volumeMounts"))
    return tuple(_mounts(container, entries, volumes_of(workload))) if entries else ()


def mount_of(path: str, mounts: Iterable[Mount]) -> Mount | None:
    """The mount that a file of this path is on: the one with the longest path above it."""
    above = [each for each in mounts if is_below(path, each.path)]
    return max(above, key=lambda each: len(each.path), default=None)


def is_below(path: str, parent: str) -> bool:
    """The path is the parent, or inside of it."""
    path, parent = normpath(path), normpath(parent)
    return path == parent or path.startswith(parent.rstrip("/") + "/")


def is_scratch(*names: str) -> bool:
    """Some word of these paths and names says that what is there may be lost."""
    return any(word in SCRATCH_WORDS for name in names for word in _words(name))


def has_read_only_root(container: Container) -> bool:
    return mapping(container.value.get("securityContext")).get("readOnlyRootFilesystem") is True


def access_modes(volume: Volume, workload: Workload, inventory: Inventory) -> tuple[str, ...]:
    """Of the claim behind a volume; () where it is no claim or is not among the manifests."""
    if volume.kind != "persistentVolumeClaim":
        return ()
    spec = volume.source
    if not volume.is_template:
        name = str(volume.source.get("claimName", ""))
        claim = inventory.find("PersistentVolumeClaim", name, workload.manifest.namespace)
        spec = claim.spec if claim is not None else {}
    return tuple(str(each) for each in sequence(spec.get("accessModes")))


def is_for_one_node(modes: Iterable[str]) -> bool:
    """Every mode of the claim allows a single node (or a single pod) at a time."""
    given = set(modes)
    return bool(given) and given <= SINGLE_NODE_MODES


def _volume(value: Mapping[str, Any], field: FieldPath) -> Volume:
    kind = next((key for key in value if key != "name"), "")
    return Volume(str(value.get("name")), kind, mapping(value.get(kind)), field)


def _mounts(
    container: Container, entries: Iterable[Any], volumes: Mapping[str, Volume]
) -> Iterator[Mount]:
    for index, entry in enumerate(entries):
        volume = volumes.get(str(mapping(entry).get("name")))
        path = mapping(entry).get("mountPath")
        if volume is None or not isinstance(path, str):
            continue
        is_read_only = (
            mapping(entry).get("readOnly") is True
            or volume.kind in READ_ONLY_KINDS
            or volume.source.get("readOnly") is True
        )
        field = (*container.path, "volumeMounts", index)
        yield Mount(normpath(path), volume, field, is_read_only)


def _words(name: str) -> list[str]:
    for separator in "-_.":
        name = name.replace(separator, "/")
    return name.lower().split("/")
