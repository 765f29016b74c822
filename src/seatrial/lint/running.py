"""The script that a container runs, wherever it stands: in its command, or in a ConfigMap."""

from dataclasses import dataclass

from seatrial.lint.commands import container_launch, word_path
from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import FieldPath, Manifest
from seatrial.lint.scripts import script_file_of
from seatrial.lint.shell.tree import Items
from seatrial.lint.workload import Container, Workload


@dataclass(frozen=True, slots=True)
class Running:
    """A script that could be read, and the place of its text."""

    text: str
    items: Items
    field: FieldPath
    manifest: Manifest | None = None  # where it is not the workload's own


def script_run_by(workload: Workload, container: Container, inventory: Inventory) -> Running | None:
    """None where the container runs no script, or one that is not among the manifests."""
    launch = container_launch(container)
    if launch is None:
        return None
    if launch.script is not None:
        found = launch.script
        if not found.items:
            return None
        return Running(found.text, found.items, word_path(container, found.index))
    file = script_file_of(workload, container, inventory)
    return Running(file.text, file.items, file.field, file.config_map) if file else None
