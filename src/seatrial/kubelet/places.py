"""Where a pod's files are on its node.

DATA/pods/NS_NAME_UID/CONTAINER/N.log            what the N-th start of a container said
DATA/sandboxes/UID/volumes/NAME                  a volume
DATA/sandboxes/UID/files/{hosts,hostname,resolv.conf}
DATA/sandboxes/UID/termination/CONTAINER.N       a termination message
"""

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

    def termination(self, container: str, attempt: int) -> Path:
        """The termination message of one start of a container."""
        return self.sandbox / "termination" / f"{container}.{attempt}"


def places_of(data_dir: Path, pod: Object) -> PodPlaces:
    """The directories of `pod`."""
    label = f"{namespace_of(pod)}_{name_of(pod)}_{uid_of(pod)}"
    return PodPlaces(data_dir / "pods" / label, data_dir / "sandboxes" / uid_of(pod))
