"""Locks between processes that wait for their turn, where `kit.files.held` refuses. (edge)

Holds: the kernel lets go when the process ends, however it ends. Whoever waits here is in a thread,
or waits for work of milliseconds.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seatrial.kit.files import PRIVATE_FILE


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock file `path` exclusively; wait while others hold it."""
    descriptor = open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def open_lock(path: Path) -> int:
    """A descriptor of the lock file `path`, made when it is missing; nothing is held yet."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)


def try_alone(descriptor: int) -> bool:
    """Take the lock if nobody else has it; whether it was taken. A share held before is lost."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def share(descriptor: int) -> None:
    """Hold the lock together with others; wait while one holds it alone."""
    fcntl.flock(descriptor, fcntl.LOCK_SH)
