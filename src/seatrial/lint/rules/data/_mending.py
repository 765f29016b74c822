"""Edits that several rules of 4xx make."""

from seatrial.lint.edits import AppendItem, Edit
from seatrial.lint.volumes import volumes_of
from seatrial.lint.workload import Container, Workload


def mount_empty_dir(workload: Workload, container: Container, path: str) -> tuple[Edit, ...]:
    """A new emptyDir, mounted at the path; nothing where its name is taken."""
    name = path.strip("/").lower().replace("/", "-").replace("_", "-").replace(".", "-").strip("-")
    if not name or name in volumes_of(workload):
        return ()
    return (
        AppendItem((*container.path, "volumeMounts"), {"name": name, "mountPath": path}),
        AppendItem(workload.pod_path("volumes"), {"name": name, "emptyDir": {}}),
    )
