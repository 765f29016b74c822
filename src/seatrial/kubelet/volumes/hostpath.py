"""`hostPath`: a directory or file of the node itself; all types.

Differs from Kubernetes: the node is this machine as the user who runs us may see it.
"""

import stat
from collections.abc import Callable
from pathlib import Path

from seatrial.kubelet.errors import MountFailure
from seatrial.kubelet.volumes.interface import Source

_CHECKS: dict[str, tuple[Callable[[int], bool], str]] = {
    "Directory": (stat.S_ISDIR, "a directory"),
    "File": (stat.S_ISREG, "a file"),
    "Socket": (stat.S_ISSOCK, "a socket file"),
    "CharDevice": (stat.S_ISCHR, "a character device"),
    "BlockDevice": (stat.S_ISBLK, "a block device"),
}


def place(source: Source, _where: Path) -> Path:
    """The path. Raises MountFailure when it is not what `type` says."""
    path, kind = Path(source["path"]), source.get("type") or ""
    try:
        _make(path, kind)
        mode = path.stat().st_mode
    except OSError as error:
        raise MountFailure(f"hostPath {path}: {(error.strerror or 'failed').lower()}") from error
    check = _CHECKS.get(kind.removesuffix("OrCreate"))
    if check is not None and not check[0](mode):
        raise MountFailure(f"hostPath type check failed: {path} is not {check[1]}")
    return path


def _make(path: Path, kind: str) -> None:
    if kind == "DirectoryOrCreate" and not path.exists():
        path.mkdir(mode=0o755, parents=True)
    elif kind == "FileOrCreate" and not path.exists():
        path.touch(mode=0o644)
    elif kind == "" and not path.exists():
        # Container engines make a missing directory; so what Kubernetes leaves open works here too.
        path.mkdir(mode=0o755, parents=True)
