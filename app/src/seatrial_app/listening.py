"""The listening sockets of this process, for middlewares that were never told of them.

Does: find every listening stream socket among the open descriptors, and empty their backlogs before
the server that owns them closes them.
Does not: own or close any.
Holds: nothing is raised; where descriptors cannot be listed (Windows) there are none, and the
server closes as it would have.
"""

from __future__ import annotations

import os
import socket

from seatrial_app.listener import Stopped, stop_accepting_async

FIRST_REQUEST_S = 0.3  # from a handshake to the first request: a round trip, and a slow start

_FOLDERS = ("/proc/self/fd", "/dev/fd")

#: Descriptors of our own (the probe port), which serve on until the end.
OURS: set[int] = set()


def listening_fds() -> list[int]:
    """Descriptors of listening stream sockets of this process, but ours."""
    folder = next((folder for folder in _FOLDERS if os.path.isdir(folder)), None)
    if folder is None:
        return []
    numbers = (int(name) for name in os.listdir(folder) if name.isdigit())
    return sorted(fd for fd in numbers if fd not in OURS and is_listening(fd))


def is_listening(fd: int) -> bool:
    """Whether `fd` is a socket that listens."""
    try:
        with socket.socket(fileno=os.dup(fd)) as own:
            return bool(own.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:
        return False  # no socket, or closed meanwhile


async def empty_backlogs() -> list[Stopped]:
    """Turn new connections away from every listener, and return when the event loop has accepted
    all that wait and the last of them had time to send a request."""
    import asyncio

    stopped = await asyncio.gather(*(stop_accepting_async(fd) for fd in listening_fds()))
    if stopped:
        await asyncio.sleep(FIRST_REQUEST_S)
    return list(stopped)
