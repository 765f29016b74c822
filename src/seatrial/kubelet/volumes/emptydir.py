"""`emptyDir`: a fresh directory that lives as long as the pod; in memory with medium Memory.

Differs from Kubernetes: `sizeLimit` bounds a directory in memory; on disk it is not enforced.
"""

from pathlib import Path

from seatrial.api import quantities
from seatrial.kubelet.volumes import tmpfs
from seatrial.kubelet.volumes.interface import Source


def place(source: Source, where: Path) -> Path:
    """The directory. Raises MountFailure."""
    where.mkdir(parents=True, exist_ok=True)
    # Any user of any container of the pod may write, whatever our own umask is.
    where.chmod(0o777)
    if source.get("medium") == "Memory" and not where.is_mount():
        limit = source.get("sizeLimit")
        tmpfs.mount(where, size_bytes=quantities.parse(limit).units if limit else 0)
    return where
