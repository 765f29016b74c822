"""Make this process a node (edge): its own network and mount namespace, and for an ordinary user,
root in a user namespace of its own.

Holds: must run before there are threads, an event loop or children; there is no way back.
Differs from Kubernetes: for an ordinary user there is one user and one group in a node. Both are
shown as 0 and are the caller outside.
"""

import errno
import os
from pathlib import Path

from seatrial.kit.errors import MachineError
from seatrial.runtime.process import kernel as k

REMEDIES = {
    errno.EPERM: "as root: sysctl -w kernel.unprivileged_userns_clone=1 "
    "kernel.apparmor_restrict_unprivileged_userns=0 (whichever exists), or run seatrial as root",
    errno.ENOSPC: "as root: sysctl -w user.max_user_namespaces=65536, or run seatrial as root",
    errno.ENOSYS: "this kernel has no user namespaces: run seatrial as root",
    errno.EINVAL: "run it in a process without threads",
}


def become_node(*, rootless: bool) -> None:
    """Leave the machine's network and mounts. Raises MachineError with a remedy."""
    if rootless:
        enter_user_namespace()
    kernel = k.Kernel()
    try:
        kernel.unshare(k.CLONE_NEWNS | k.CLONE_NEWNET)
        # Private toward the machine first; then shared with our own children, so that the spawner
        # sees what is mounted later (volumes in memory).
        kernel.mount("", "/", "", flags=k.MS_REC | k.MS_PRIVATE)
        kernel.mount("", "/", "", flags=k.MS_REC | k.MS_SHARED)
    except OSError as error:
        raise _explain(error, "cannot make a node's namespaces") from error


def enter_user_namespace() -> None:
    """Become root of a new user namespace in which the caller is the only user.

    Raises MachineError with a remedy.
    """
    uid, gid = os.geteuid(), os.getegid()
    try:
        k.Kernel().unshare(k.CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"0 {uid} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"0 {gid} 1", encoding="ascii")
    except OSError as error:
        raise _explain(error, "cannot make a user namespace") from error


def _explain(error: OSError, doing: str) -> MachineError:
    reason = os.strerror(error.errno or 0).lower()
    if error.errno == errno.ENOSPC:  # what the kernel says at user.max_*_namespaces
        reason = "this machine allows no more of them"
    return MachineError(f"{doing}: {reason}", remedy=REMEDIES.get(error.errno or 0, ""))
