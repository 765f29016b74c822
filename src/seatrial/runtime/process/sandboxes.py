"""The namespaces that the containers of a pod share: network, host name, IPC; and /dev/shm.

Holds: the caller has one thread and is back in its own namespaces when `make` returns or raises.
"""

import errno
import fcntl
import os
import socket
import struct

from seatrial.runtime.process import kernel as k

Namespaces = dict[str, int]  # kind → descriptor

_FLAGS = {"net": k.CLONE_NEWNET, "uts": k.CLONE_NEWUTS, "ipc": k.CLONE_NEWIPC}
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1
_NETLINK_SOCK_DIAG = 4
_DESTROYED_TCP = 1 << 0 | 1 << 2  # SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY
SHM_OPTIONS = "mode=1777,size=65536k"  # containerd's 64 MiB

# As containerd 2 does: any user may listen on port 80 and use ping sockets. Values are tried in
# turn: a user namespace does not know all groups.
SYSCTLS = (
    ("net/ipv4/ip_unprivileged_port_start", ("0",)),
    ("net/ipv4/ping_group_range", ("0 2147483647", "0 0")),
)


def own_namespaces() -> Namespaces:
    """This process's own namespaces, to come back to."""
    return {kind: _open(kind) for kind in (*_FLAGS, "pid")}


def make(
    kernel: k.Kernel, own: Namespaces, *, hostname: str, has_own_network: bool, shm: str
) -> tuple[Namespaces, list[int]]:
    """New namespaces, and a small memory file system at `shm`. Raises OSError.

    The second value has a socket that hears of destroyed sockets there, where the kernel can.
    """
    os.makedirs(shm, exist_ok=True)
    kernel.mount("shm", shm, "tmpfs", flags=k.MS_NOSUID | k.MS_NODEV, options=SHM_OPTIONS)
    try:
        return _make_namespaces(kernel, own, hostname, has_own_network)
    except OSError:
        kernel.unmount(shm)
        os.rmdir(shm)
        raise


def _make_namespaces(
    kernel: k.Kernel, own: Namespaces, hostname: str, has_own_network: bool
) -> tuple[Namespaces, list[int]]:
    watch: list[int] = []
    kinds = [kind for kind in _FLAGS if kind != "net" or has_own_network]
    try:
        for kind in kinds:
            kernel.unshare(_FLAGS[kind])
        kernel.set_hostname(hostname)
        if has_own_network:
            _set_up_network()
            watch = _watch_sockets()
        return {kind: _open(kind) for kind in _FLAGS}, watch
    finally:
        for kind in kinds:
            kernel.setns(own[kind], _FLAGS[kind])


def discard(kernel: k.Kernel, gone: Namespaces, shm: str) -> None:
    """Let the namespaces go; they end with their last process."""
    for descriptor in gone.values():
        os.close(descriptor)
    kernel.unmount(shm)
    os.rmdir(shm)


def _open(kind: str) -> int:
    return os.open(f"/proc/self/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)


def _set_up_network() -> None:
    """The loopback up, and settings of a pod's network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sh14x", b"lo", _IFF_UP)
        fcntl.ioctl(handle, _SIOCSIFFLAGS, request)
    for name, values in SYSCTLS:
        # Where /proc/sys is read-only (inside another container) the kernel's default stays.
        if os.access(f"/proc/sys/{name}", os.W_OK):
            _set(f"/proc/sys/{name}", values)


def _set(path: str, values: tuple[str, ...]) -> None:
    """Write the first value that the kernel takes."""
    for value in values:
        try:
            with open(path, "w", encoding="ascii") as setting:
                setting.write(value)
        except OSError as error:
            if error.errno != errno.EINVAL or value == values[-1]:
                raise
        else:
            return


def _watch_sockets() -> list[int]:
    try:
        watch = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG)
        watch.bind((0, _DESTROYED_TCP))
    except OSError:  # a kernel without inet_diag: the node records that it sees no listeners
        return []
    return [watch.detach()]
