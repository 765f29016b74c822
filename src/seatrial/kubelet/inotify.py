"""Waits for changes in a directory, by the kernel's inotify; the one file that knows of it."""

import asyncio
import ctypes
import os
from pathlib import Path
from types import TracebackType

from seatrial.kubelet.errors import KubeletFailure

IN_MODIFY, IN_MOVED_TO, IN_CREATE, IN_DELETE_SELF = 0x2, 0x80, 0x100, 0x400
_EVENTS = IN_MODIFY | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF
READ_BYTES = 64 * 1024

_libc = ctypes.CDLL(None, use_errno=True)


class WatchFailure(KubeletFailure):
    """The kernel refuses another watch (fs.inotify.max_user_instances, max_user_watches)."""


class DirectoryWatch:
    """`with DirectoryWatch(path) as watch: await watch.changed()`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1
        self._changed = asyncio.Event()

    def __enter__(self) -> "DirectoryWatch":
        self._descriptor = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise self._refused()
        if _libc.inotify_add_watch(self._descriptor, os.fsencode(self._path), _EVENTS) < 0:
            refused = self._refused()
            os.close(self._descriptor)
            raise refused
        asyncio.get_running_loop().add_reader(self._descriptor, self._read)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:  # fmt: skip
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)

    async def changed(self) -> None:
        """Until something in the directory has changed since the last call."""
        await self._changed.wait()
        self._changed.clear()

    def _read(self) -> None:
        os.read(self._descriptor, READ_BYTES)
        self._changed.set()

    def _refused(self) -> WatchFailure:
        reason = os.strerror(ctypes.get_errno()).lower()
        return WatchFailure(f"cannot watch {self._path}: {reason}",
                            remedy="raise fs.inotify.max_user_instances")  # fmt: skip
