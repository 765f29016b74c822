"""A parent holds the listeners, its workers accept: let them take what waits, and say when.

Does: turn new connections away from each listener, then wait until handshakes under way have
ended, no listener has a connection waiting, and those just taken had time to send their request.
Does not: accept anything itself, or close the listeners.
Holds: no wait is longer than it was told; nothing is raised.
"""

from __future__ import annotations

import os
import selectors
import socket
import time
from collections.abc import Iterable
from typing import Callable

from seatrial_app import handshakes
from seatrial_app.listener import Listening, refuse_new
from seatrial_app.listening import FIRST_REQUEST_S

LOOK_S = 0.02  # no event says that another process has accepted: one has to look


def empty_backlog(
    listening: Iterable[Listening],
    left_s: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], object] = time.sleep,
) -> bool:
    """Refuse new connections and wait, at most `left_s`, until the workers have taken the rest.

    True when nobody waits any more.
    """
    deadline = clock() + left_s
    held = [one for one in listening if refuse_new(one)]
    while not all(map(is_empty, held)):
        if clock() >= deadline:
            return False
        wait(LOOK_S)
    if held:
        wait(max(0.0, min(FIRST_REQUEST_S, deadline - clock())))
    return True


def is_empty(listening: Listening) -> bool:
    """Nobody waits to be accepted here, and no handshake is under way."""
    try:
        with socket.socket(fileno=_duplicate(listening)) as own:
            return not handshakes.KERNEL.under_way(own) and not _is_readable(own)
    except OSError:
        return True  # closed, or a kernel that does not say: nothing to wait for


def _duplicate(listening: Listening) -> int:
    return os.dup(listening if isinstance(listening, int) else listening.fileno())


def _is_readable(listening: socket.socket) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(listening, selectors.EVENT_READ)
        return bool(selector.select(0))
