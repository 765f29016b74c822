"""Configuration files that change under a running application: ConfigMaps and Secrets in a volume.

    with watch("/etc/app", apply):            # apply(change), on a thread of its own
        ...
    async with Changes("/etc/app") as changes:
        async for change in changes: ...

Does: read all files of a folder (or one file) as one consistent value; notice the kubelet's swap of
the `..data` link, or any other write; wait until it is quiet; tell what is new if contents differ.
Does not: see changes of a `subPath` mount: the kubelet never updates those. Nor does it parse.
Holds: the files of one change all belong to one version; a change is told once; who is slow is
told the newest, never a queue of old ones; a callback that fails is logged and called again at the
next change.

The kubelet takes up to a minute or so to bring a changed ConfigMap into a pod; that is its part.
Without inotify (macOS, Windows, some network file systems) the files are looked at every `every_s`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

from seatrial_app.watch_events import Events, open_events

DATA_LINK = "..data"
"""The kubelet's link to the folder with the current version; it is swapped by one rename."""

DEBOUNCE_S = 0.2
DEBOUNCE_MAX_S = 2.0
"""A change is told when nothing happened for the first, and at the latest after the second."""

EVERY_S = 10.0
"""Between two looks where nothing tells of changes; with inotify, a look just to be sure."""

READ_TRIES_MAX = 5
"""A version that vanishes while it is read has been replaced: read the next one."""

FILE_BYTES_MAX = 4 << 20
"""A ConfigMap holds 1 MiB at most; what is larger here is not configuration."""

log = logging.getLogger("seatrial_app")

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Change:
    """What is there now, and which names are new, different or gone since the last time."""

    files: Files
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def difference(before: Files, after: Files) -> Change | None:
    """The change from one set of files to another; None where there is none."""
    changed = tuple(sorted(n for n, content in after.items() if before.get(n) != content))
    removed = tuple(sorted(before.keys() - after.keys()))
    return Change(after, changed, removed) if changed or removed else None


def quiet_s(first_s: float, now_s: float, debounce_s: float) -> float:
    """How long to wait for quiet, when the first event came at `first_s`; 0: tell now."""
    return max(0.0, min(debounce_s, first_s + DEBOUNCE_MAX_S - now_s))


def read_files(path: Path) -> dict[str, bytes]:
    """All files of a folder, or the one file, as one version (edge). Nothing there: no files."""
    for _ in range(READ_TRIES_MAX):
        version = _version(path)
        try:
            read = _read(version, path)
        except FileNotFoundError:
            continue  # swapped meanwhile
        if _version(path) == version:
            return read
    return _read_what_is_there(path)


class Watch:
    """Watches until stopped; `files` is what is there as far as was told."""

    def __init__(
        self,
        path: str | Path,
        callback: Callable[[Change], object],
        *,
        debounce_s: float = DEBOUNCE_S,
        every_s: float = EVERY_S,
        events: Events | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Watching begins at once; what is there now is no change."""
        self._path = Path(path)
        self._callback = callback
        self._debounce_s = debounce_s
        self._every_s = every_s
        self._clock = clock
        folder = self._path if self._path.is_dir() else self._path.parent
        self._events = events or open_events(folder)  # before the first read: nothing is missed
        self.files: Files = read_files(self._path)
        self._thread = threading.Thread(target=self._run, name="seatrial-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Watch no more; returns when no callback runs. Again is nothing."""
        self._events.stop()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            while not self._events.is_stopped:
                if self._events.wait(self._every_s):
                    self._wait_quiet()
                if not self._events.is_stopped:
                    self._look()
        finally:
            self._events.close()

    def _wait_quiet(self) -> None:
        first_s = self._clock()
        while self._events.wait(quiet_s(first_s, self._clock(), self._debounce_s)):
            if quiet_s(first_s, self._clock(), self._debounce_s) == 0:
                return

    def _look(self) -> None:
        try:
            change = difference(self.files, read_files(self._path))
        except OSError as error:
            log.warning("watching %s: %s", self._path, error)
            return
        if change is None:
            return
        self.files = change.files
        log.info("%s changed: %s", self._path, ", ".join((*change.changed, *change.removed)))
        try:
            self._callback(change)
        except Exception:
            log.exception("the callback for %s failed", self._path)


def watch(path: str | Path, callback: Callable[[Change], object], **settings: Any) -> Watch:
    """Call `callback(change)` on a thread of its own whenever the files change."""
    return Watch(path, callback, **settings)


class Changes:
    """The same as an asynchronous iterator; the newest change where several came meanwhile."""

    def __init__(self, path: str | Path, **settings: Any) -> None:
        self._path = path
        self._settings = settings
        self._told: Files = {}
        self._newest: Files | None = None

    async def __aenter__(self) -> Changes:
        import asyncio  # only for those who have a loop, and so have it already

        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()
        self._watch = Watch(self._path, self._from_thread, **self._settings)
        self._told = self._watch.files
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._loop.run_in_executor(None, self._watch.stop)

    def __aiter__(self) -> Changes:
        return self

    async def __anext__(self) -> Change:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            change = difference(self._told, self._newest or {})
            if change is not None:  # there and back again is no change
                self._told = change.files
                return change

    @property
    def files(self) -> Files:
        """What is there, as far as the iterator has told."""
        return self._told

    def _from_thread(self, change: Change) -> None:
        self._loop.call_soon_threadsafe(self._note, change)

    def _note(self, change: Change) -> None:
        self._newest = change.files
        self._arrived.set()


def _version(path: Path) -> Path:
    """Where the current version lies: behind the `..data` link, or here."""
    folder = path if path.is_dir() else path.parent
    link = folder / DATA_LINK
    return link.resolve() if link.is_symlink() else folder


def _read(version: Path, path: Path) -> dict[str, bytes]:
    """The files of one version; FileNotFoundError when it vanishes meanwhile."""
    if not path.is_dir():
        one = version / path.name
        return {path.name: _content(one)} if one.is_file() else {}
    names = (entry for entry in sorted(version.iterdir()) if not entry.name.startswith(".."))
    return {entry.name: _content(entry) for entry in names if entry.is_file()}


def _read_what_is_there(path: Path) -> dict[str, bytes]:
    try:
        return _read(_version(path), path)
    except FileNotFoundError:
        return {}


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(FILE_BYTES_MAX)
