"""Claims that bind a workload to one node. Shared by the rules of 4xx."""

from collections.abc import Iterator

from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import mapping
from seatrial.lint.volumes import Volume, access_modes, is_for_one_node, volumes_of
from seatrial.lint.workload import Workload

HOSTNAME_LABEL = "kubernetes.io/hostname"


def single_node_claims(
    workload: Workload, inventory: Inventory
) -> Iterator[tuple[Volume, tuple[str, ...]]]:
    """Claims that all pods of the workload share, and that only one node may use, with modes."""
    if not workload.volumes:
        return
    for volume in volumes_of(workload).values():
        modes = access_modes(volume, workload, inventory)
        if is_for_one_node(modes) and not volume.is_template:
            yield volume, modes


def is_kept_on_one_node(workload: Workload) -> bool:
    """Its pods can only be placed together: by node name, host name, or a required affinity."""
    spec = workload.pod_spec
    if spec.get("nodeName") or HOSTNAME_LABEL in mapping(spec.get("nodeSelector")):
        return True
    affinity = mapping(mapping(spec.get("affinity")).get("podAffinity"))
    return bool(affinity.get("requiredDuringSchedulingIgnoredDuringExecution"))
