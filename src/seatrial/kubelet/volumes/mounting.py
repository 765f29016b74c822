"""From `volumeMounts` to the mounts of one container.

Holds: a subPath never leads out of its volume, through links either.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from seatrial.api.objects import Object
from seatrial.kubelet.errors import ConfigFailure
from seatrial.kubelet.expand import expand
from seatrial.runtime.interface import Mount


def mounts(
    container: Object, paths: Mapping[str, Path], environment: Mapping[str, str],
    *, read_only: Collection[str] = (),
) -> list[Mount]:  # fmt: skip
    """The container's mounts, parents before what is mounted inside them.

    Volumes named in `read_only` are, whatever the container asks for. Raises ConfigFailure.
    """
    found = [
        Mount(
            target=each["mountPath"],
            source=_source(each, paths, environment),
            read_only=bool(each.get("readOnly")) or each["name"] in read_only,
        )
        for each in container.get("volumeMounts") or []
    ]
    return sorted(found, key=lambda mount: mount.target.rstrip("/").count("/"))


def _source(
    mount: Mapping[str, Any], paths: Mapping[str, Path], environment: Mapping[str, str]
) -> Path:
    name = mount["name"]
    if name not in paths:
        raise ConfigFailure(f'cannot find volume "{name}" to mount into container')
    inner = mount.get("subPath") or expand(mount.get("subPathExpr") or "", environment)
    return _inside(paths[name], inner) if inner else paths[name]


def _inside(volume: Path, inner: str) -> Path:
    root = volume.resolve()
    path = (root / inner).resolve()
    if inner.startswith("/") or not path.is_relative_to(root):
        raise ConfigFailure(f'subPath "{inner}" must stay inside its volume')
    try:
        if not path.exists():
            path.mkdir(mode=0o755, parents=True)
            path.chmod(0o777 if root.stat().st_mode & 0o002 else 0o755)
    except OSError as error:
        raise ConfigFailure(f'failed to create subPath directory "{inner}"') from error
    return path
