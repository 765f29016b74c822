"""A pod's volumes on this node's disk.

Does: makes all of them, writes payloads again when what they show has changed, removes them.
Does not: fetch ConfigMaps, Secrets or tokens; they come with the context.

Differs from Kubernetes:
- changes of ConfigMaps and Secrets reach running pods at once, not within about a minute;
- `fsGroup` needs root: without it every file belongs to the one user there is.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seatrial.api.objects import Object, spec_of
from seatrial.kubelet.errors import MountFailure
from seatrial.kubelet.volumes import payload, tmpfs
from seatrial.kubelet.volumes.interface import VolumeContext
from seatrial.kubelet.volumes.registry import PAYLOADS, PLACES

_MODE_READ_WRITE, _MODE_READ_ONLY, _MODE_DIRECTORY = 0o660, 0o440, 0o2110


class Volumes:
    """The volumes of one pod, below `where`."""

    def __init__(self, where: Path, *, rootless: bool) -> None:
        self._where = where
        self._rootless = rootless
        self.paths: dict[str, Path] = {}

    def make(self, context: VolumeContext) -> None:
        """Make every volume; `paths` says where. Raises MountFailure naming the volume."""
        for volume in spec_of(context.pod).get("volumes") or []:
            name = str(volume["name"])
            if name not in self.paths:
                self.paths[name] = self._make_one(volume, context)

    def refresh(self, context: VolumeContext) -> list[str]:
        """Write what has changed; the names of those volumes. Raises MountFailure."""
        changed = []
        for volume in spec_of(context.pod).get("volumes") or []:
            field, source = _kind_of(volume)
            if field in PAYLOADS and volume["name"] in self.paths:
                where = self.paths[volume["name"]]
                if payload.write(where, PAYLOADS[field](source, context)):
                    self._own(where, context.pod, _MODE_READ_ONLY)
                    changed.append(volume["name"])
        return changed

    def unmount(self) -> None:
        """Let go of what is in memory; what is on disk stays."""
        for path in self.paths.values():
            if path.is_relative_to(self._where) and path.is_mount():
                tmpfs.unmount(path)
        self.paths = {}

    def remove(self) -> None:
        """Remove everything that was made for this pod alone."""
        self.unmount()
        if self._where.exists():
            shutil.rmtree(self._where)

    def _make_one(self, volume: Object, context: VolumeContext) -> Path:
        field, source = _kind_of(volume)
        where = self._where / str(volume["name"])
        try:
            if field in PAYLOADS:
                payload.write(where, PAYLOADS[field](source, context))
                self._own(where, context.pod, _MODE_READ_ONLY)
                return where
            if field in PLACES:
                place = PLACES[field](source, where)
                if place == where:
                    self._own(where, context.pod, _MODE_READ_WRITE)
                return place
        except MountFailure as error:
            raise MountFailure(
                f'MountVolume.SetUp failed for volume "{volume["name"]}" : {error}'
            ) from error
        raise MountFailure(
            f'MountVolume.SetUp failed for volume "{volume["name"]}" : spec.volumes of type '
            f"{field} are not supported on this node"
        )

    def _own(self, where: Path, pod: Object, mode: int) -> None:
        group = (spec_of(pod).get("securityContext") or {}).get("fsGroup")
        if group is None or self._rootless:
            return
        for path in (where, *where.rglob("*")):
            os.chown(path, -1, int(group), follow_symlinks=False)
            if not path.is_symlink():
                extra = (mode | _MODE_DIRECTORY) if path.is_dir() else mode
                path.chmod(path.stat().st_mode & 0o7777 | extra)


def read_only_volumes(pod: Object) -> frozenset[str]:
    """Names of the volumes that show what the API holds: no container may write to them."""
    volumes = spec_of(pod).get("volumes") or []
    return frozenset(volume["name"] for volume in volumes if _kind_of(volume)[0] in PAYLOADS)


def _kind_of(volume: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The field that says what the volume is, and its source."""
    for field, source in volume.items():
        if field != "name":
            return field, source or {}
    return "emptyDir", {}
