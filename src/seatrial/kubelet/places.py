"""Where a pod's files are on its node.

DATA/pods/NS_NAME_UID/CONTAINER/N.log            what the N-th start of a container said
DATA/sandboxes/UID/volumes/NAME                  a volume
DATA/sandboxes/UID/files/{hosts,hostname,resolv.conf}
DATA/sandboxes/UID/termination/CONTAINER.N       a termination message
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from seatrial.api.objects import Object, name_of, namespace_of, uid_of


@dataclass(frozen=True, slots=True)
class PodPlaces:
    """The directories of one pod."""

    logs: Path
    sandbox: Path

    @property
    def volumes(self) -> Path:
        """The pod's volumes."""
        return self.sandbox / "volumes"

    @property
    def files(self) -> Path:
        """The files that every container is given."""
        return self.sandbox / "files"

    def log(self, container: str, attempt: int) -> Path:
        """The log of one start of a container."""
        return self.logs / container / f"{attempt}.log"

    def drop_log(self, container: str, attempt: int) -> None:
        """Remove the log of one start, with what was rotated out of it."""
        path = self.log(container, attempt)
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink(missing_ok=True)

    def termination(self, container: str, attempt: int) -> Path:
        """The termination message of one start of a container."""
        return self.sandbox / "termination" / f"{container}.{attempt}"


def remove_strangers(data_dir: Path, pods: Iterable[Object]) -> None:
    """Remove the directories of pods that are not (or no longer) on this node."""
    known = {
        path for pod in pods for path in (places_of(data_dir, pod).logs,
                                          places_of(data_dir, pod).sandbox)
    }  # fmt: skip
    for folder in (data_dir / "pods", data_dir / "sandboxes"):
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            if path not in known:
                shutil.rmtree(path)


def places_of(data_dir: Path, pod: Object) -> PodPlaces:
    """The directories of `pod`."""
    label = f"{namespace_of(pod)}_{name_of(pod)}_{uid_of(pod)}"
    return PodPlaces(data_dir / "pods" / label, data_dir / "sandboxes" / uid_of(pod))
