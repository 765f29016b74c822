"""The declared writable paths of a workload, against its mounts. Shared by the rules of 4xx."""

from collections.abc import Iterator

from seatrial.lint.declared import declared_by
from seatrial.lint.volumes import Mount, has_read_only_root, mount_of, mounts_of
from seatrial.lint.workload import Container, Workload


def paths_in_the_layer(workload: Workload) -> Iterator[tuple[Container, str]]:
    """Declared paths that no container has on a volume, and the main container that can write."""
    for path in declared_by(workload).writable_paths:
        if not any(mount_of(path, mounts_of(workload, each)) for each in workload.all_containers):
            writer = next(iter(workload.main_containers), None)
            if writer is not None and not has_read_only_root(writer):
                yield writer, path


def paths_that_refuse(workload: Workload) -> Iterator[tuple[Container, str, Mount | None]]:
    """Declared paths that no container can write to; the read-only mount, None for the root."""
    for path in declared_by(workload).writable_paths:
        found = [
            (each, mount_of(path, mounts_of(workload, each))) for each in workload.main_containers
        ]
        if found and all(_refuses(*each) for each in found):
            container, mount = next((each for each in found if each[1]), found[0])
            yield container, path, mount


def _refuses(container: Container, mount: Mount | None) -> bool:
    return has_read_only_root(container) if mount is None else mount.is_read_only
