"""Try, in a process of its own, what a node needs of the kernel; say what was refused (edge).

    python -c "... probe.main()"  →  {"namespaces": "", "overlay": "", "nftables": "...", ...}

An empty reason means that it works. What comes after a refused thing it needs is not tried.
"""

import json
import os
import socket
import struct
import sys
import tempfile
from collections.abc import Callable

from seatrial.kit.errors import MachineError
from seatrial.runtime.process import kernel as k
from seatrial.runtime.process.userns import become_node

_NETLINK_NETFILTER, _NETLINK_SOCK_DIAG = 12, 4
_NFT_GETGEN = 10 << 8 | 16  # subsystem nftables, "which generation of the rules is this"
_NLM_F_REQUEST, _NLMSG_ERROR = 1, 2
_CONNTRACK_NEW_GROUP, _TCP_DESTROY_GROUP = 1 << 0, 1 << 0
REPLY_LIMIT_S = 5.0


def main() -> None:
    """The program."""
    reasons = {"namespaces": _reason(lambda: become_node(rootless=os.geteuid() != 0))}
    if not reasons["namespaces"]:
        trials: dict[str, Callable[[], object]] = {
            "mounts": _try_detached_mounts,
            "overlay": lambda: _try_overlay(""),
            "userxattr": lambda: _try_overlay(",userxattr"),
            "nftables": _try_nftables,
            "conntrack": lambda: _try_group(_NETLINK_NETFILTER, _CONNTRACK_NEW_GROUP),
            "sock_diag": lambda: _try_group(_NETLINK_SOCK_DIAG, _TCP_DESTROY_GROUP),
        }
        reasons |= {name: _reason(trial) for name, trial in trials.items()}
    json.dump(reasons, sys.stdout)


def _reason(trial: Callable[[], object]) -> str:
    try:
        trial()
    except MachineError as error:
        return str(error)
    except OSError as error:
        return os.strerror(error.errno or 0).lower()
    return ""


def _try_detached_mounts() -> None:
    """`mount_setattr` came last of the calls that we need, in Linux 5.12."""
    kernel = k.Kernel()
    descriptor = kernel.make_mount("tmpfs", {}, 0)
    kernel.set_mount(descriptor, k.MOUNT_ATTR_RDONLY)
    os.close(descriptor)


def _try_overlay(options: str) -> None:
    kernel = k.Kernel()
    with tempfile.TemporaryDirectory(prefix="seatrial-probe-") as place:
        for name in ("lower", "upper", "work", "root"):
            os.mkdir(f"{place}/{name}")
        layers = f"lowerdir={place}/lower,upperdir={place}/upper,workdir={place}/work"
        kernel.mount("overlay", f"{place}/root", "overlay", options=layers + options)
        kernel.unmount(f"{place}/root")


def _try_nftables() -> None:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER) as netlink:
        netlink.bind((0, 0))
        netlink.settimeout(REPLY_LIMIT_S)
        netlink.send(struct.pack("=IHHIIBBH", 20, _NFT_GETGEN, _NLM_F_REQUEST, 1, 0, 0, 0, 0))
        reply = netlink.recv(4096)
        kind, number = struct.unpack_from("=H", reply, 4)[0], struct.unpack_from("=i", reply, 16)[0]
        if kind == _NLMSG_ERROR:
            raise OSError(-number, os.strerror(-number))


def _try_group(family: int, group: int) -> None:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, family) as netlink:
        netlink.bind((0, group))
