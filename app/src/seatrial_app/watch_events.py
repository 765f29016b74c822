"""What tells that a folder has changed: inotify on Linux, else the clock (edge).

Does: wait for an event, a time limit, or `stop` from another thread.
Does not: say what changed: whoever is woken looks.
Holds: no event is missed that comes after it was opened; a folder that is replaced by another of
the same name is watched again; where inotify is not to be had, every wait ends by its limit.
"""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import struct
import sys
import threading
from pathlib import Path
from typing import Protocol

_IN_CLOSE_WRITE, _IN_MOVED_FROM, _IN_MOVED_TO = 0x8, 0x40, 0x80
_IN_CREATE, _IN_DELETE, _IN_DELETE_SELF, _IN_MOVE_SELF = 0x100, 0x200, 0x400, 0x800
_IN_IGNORED = 0x8000
_IN_ONLYDIR = 0x1000000
WATCHED = (
    _IN_CLOSE_WRITE | _IN_MOVED_FROM | _IN_MOVED_TO | _IN_CREATE | _IN_DELETE
    | _IN_DELETE_SELF | _IN_MOVE_SELF | _IN_ONLYDIR
)  # fmt: skip
GONE = _IN_DELETE_SELF | _IN_MOVE_SELF | _IN_IGNORED
_EVENT = struct.Struct("iIII")
_READ_BYTES = 65536


class Events(Protocol):
    """Tells of changes to one folder. `wait` and `close` are for one thread, `stop` for any."""

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called."""

    def wait(self, limit_s: float) -> bool:
        """Until something changed (True), or the limit or a stop (False)."""

    def stop(self) -> None:
        """End the wait, now and for good."""

    def close(self) -> None:
        """Give back what it holds of the system."""


def open_events(folder: Path) -> Events:
    """The best there is here."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # no inotify instances left: the clock will do
            return InotifyEvents(folder)
    return ClockEvents()


class ClockEvents:
    """Knows nothing: every wait lasts to its limit."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    @property
    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    def wait(self, limit_s: float) -> bool:
        self._stopped.wait(limit_s)
        return False

    def stop(self) -> None:
        self._stopped.set()

    def close(self) -> None:
        return


class InotifyEvents:
    """The kernel's own events."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError where inotify is not to be had; a folder that is not there may come."""
        import ctypes  # only those who watch pay for it

        self._libc = ctypes.CDLL(None, use_errno=True)
        self._errno = ctypes.get_errno
        self._folder = folder
        self._fd = self._checked(self._libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK))
        self._woken, self._waker = os.pipe()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._fd, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._lock = threading.Lock()
        self.is_stopped = False
        self._is_watching = False
        try:
            self._watch_folder()
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                self.close()  # no watches left, say: the clock will do
                raise

    def wait(self, limit_s: float) -> bool:
        if not self._is_watching and self._watch_again():
            return True  # it is there again: whatever came before is not known
        if self.is_stopped or not self._selector.select(limit_s):
            return False
        return not self.is_stopped and self._read()

    def stop(self) -> None:
        with self._lock:
            if not self.is_stopped:
                self.is_stopped = True
                os.write(self._waker, b"!")

    def close(self) -> None:
        with self._lock:
            self.is_stopped = True
            self._selector.close()
            for fd in (self._fd, self._woken, self._waker):
                os.close(fd)

    def _watch_again(self) -> bool:
        with contextlib.suppress(OSError):  # not there yet: the next wait tries again
            self._watch_folder()
        return self._is_watching

    def _watch_folder(self) -> None:
        path = os.fsencode(self._folder)
        self._checked(self._libc.inotify_add_watch(self._fd, path, WATCHED))
        self._is_watching = True

    def _read(self) -> bool:
        data = os.read(self._fd, _READ_BYTES)
        if is_gone(data):
            self._is_watching = False
        return bool(data)

    def _checked(self, result: int) -> int:
        if result < 0:
            code = self._errno()
            raise OSError(code, os.strerror(code))
        return result


def is_gone(data: bytes) -> bool:
    """Whether one of these inotify events says that the folder itself has gone."""
    at = 0
    while at + _EVENT.size <= len(data):
        _, mask, _, length = _EVENT.unpack_from(data, at)
        if mask & GONE:
            return True
        at += _EVENT.size + length
    return False
