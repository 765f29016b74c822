"""Writes a payload so that readers see the whole old or the whole new one, never a mixture.

The files stand in a directory of their own, `..data` is a link to it that is exchanged in one step,
and each name in the volume is a link through `..data` — the arrangement that applications which
watch their configuration know from Kubernetes.
"""

import os
import shutil
from pathlib import Path

from seatrial.kit.chance import name_suffix
from seatrial.kubelet.errors import MountFailure
from seatrial.kubelet.volumes.interface import Payload

DATA = "..data"


def write(where: Path, payload: Payload) -> bool:
    """Make the volume at `where` hold exactly `payload`; False when it did already.

    Raises MountFailure.
    """
    try:
        where.mkdir(mode=0o755, parents=True, exist_ok=True)
        where.chmod(0o755)
        if _current(where, payload):
            return False
        _exchange(where, payload)
    except OSError as error:
        reason = (error.strerror or "failed").lower()
        raise MountFailure(f"cannot write {where}: {reason}") from error
    return True


def _current(where: Path, payload: Payload) -> bool:
    data = where / DATA
    if not data.is_symlink():
        return False
    there = {str(path.relative_to(data)): path for path in data.rglob("*") if path.is_file()}
    return there.keys() == payload.keys() and all(
        there[name].read_bytes() == file.data for name, file in payload.items()
    )


def _exchange(where: Path, payload: Payload) -> None:
    old = os.readlink(where / DATA) if (where / DATA).is_symlink() else None
    fresh = where / f"..{name_suffix(10)}"
    fresh.mkdir(mode=0o755)
    fresh.chmod(0o755)
    for name, file in payload.items():
        path = fresh / name
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        path.write_bytes(file.data)
        path.chmod(file.mode)
    link = where / "..data_tmp"
    link.unlink(missing_ok=True)
    link.symlink_to(fresh.name)
    link.replace(where / DATA)
    _link_names(where, {name.partition("/")[0] for name in payload})
    if old is not None:
        shutil.rmtree(where / old)


def _link_names(where: Path, names: set[str]) -> None:
    for entry in list(where.iterdir()):
        if not entry.name.startswith("..") and entry.name not in names:
            entry.unlink()
    for name in sorted(names):
        if not (where / name).is_symlink():
            (where / name).symlink_to(f"{DATA}/{name}")
