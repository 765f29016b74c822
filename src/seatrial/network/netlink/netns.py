"""Being in another network namespace for a moment (edge).

Does: run one synchronous function with the calling thread inside the namespace at a path.
Holds: the thread is back in its own namespace whatever the function does; nothing may await inside.
"""

import ctypes
import os
from collections.abc import Callable
from typing import TypeVar

from seatrial.kit.errors import Bug
from seatrial.network.errors import NetworkError

T = TypeVar("T")

OWN_NETNS = "/proc/thread-self/ns/net"
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def in_netns(path: str, work: Callable[[], T]) -> T:
    """The result of `work`, run inside the network namespace at `path`.

    Raises NetworkError when the namespace is gone or not ours to enter.
    """
    home = os.open(OWN_NETNS, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _enter(path)
        try:
            return work()
        finally:
            if _libc.setns(home, _CLONE_NEWNET) != 0:
                raise Bug("cannot return to the node's network namespace")
    finally:
        os.close(home)


def _enter(path: str) -> None:
    try:
        there = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise NetworkError(f"network namespace {path} cannot be opened: {error}") from error
    try:
        if _libc.setns(there, _CLONE_NEWNET) != 0:
            reason = os.strerror(ctypes.get_errno()).lower()
            raise NetworkError(f"network namespace {path} cannot be entered: {reason}")
    finally:
        os.close(there)
