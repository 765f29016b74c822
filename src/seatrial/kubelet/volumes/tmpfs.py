"""Directories in memory; the one file of the kubelet that mounts.

Works where the process may mount: as root, or inside a user and mount namespace of its own.
"""

import ctypes
import os
from pathlib import Path

from seatrial.kubelet.errors import MountFailure

MS_NOSUID, MS_NODEV = 2, 4
MNT_DETACH = 2

_libc = ctypes.CDLL(None, use_errno=True)


def mount(where: Path, *, size_bytes: int = 0) -> None:
    """Put a fresh tmpfs over `where`; `size_bytes` 0 leaves the kernel's default."""
    options = "mode=1777" + (f",size={size_bytes}" if size_bytes else "")
    target = os.fsencode(where)
    if _libc.mount(b"tmpfs", target, b"tmpfs", MS_NOSUID | MS_NODEV, options.encode()):
        reason = os.strerror(ctypes.get_errno()).lower()
        raise MountFailure(f"cannot mount a tmpfs at {where}: {reason}")


def unmount(where: Path) -> None:
    """Take it away; whoever still looks at it keeps it."""
    if _libc.umount2(os.fsencode(where), MNT_DETACH):
        reason = os.strerror(ctypes.get_errno()).lower()
        raise MountFailure(f"cannot unmount {where}: {reason}")
