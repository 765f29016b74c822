"""Reads a container's log for `kubectl logs`: from where, how much, and on as it grows.

Does: tail, since, timestamps, limits; follows across a rotation until the container has ended.
Does not: write logs (the runtime does).
Holds: lines that were rotated out before the reader came are not read, as in Kubernetes.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from io import SEEK_END, BufferedReader
from pathlib import Path

from seatrial.kit.tasks import Tasks
from seatrial.kubelet import log_lines
from seatrial.kubelet.inotify import DirectoryWatch

# A piece of log sent at once.
PIECE_BYTES = 64 * 1024
TAIL_BLOCK_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class LogOptions:
    """What of a log is wanted."""

    follow: bool = False
    timestamps: bool = False
    tail_lines: int | None = None
    since: float = 0.0  # epoch seconds; 0: from the beginning
    limit_bytes: int | None = None


async def read(
    path: Path, options: LogOptions, ended: Callable[[], Awaitable[None]]
) -> AsyncIterator[bytes]:
    """The wanted log in pieces. `ended` returns when the container has ended."""
    left = options.limit_bytes
    async for raw in _raw(path, options, ended):
        piece = _rendered(raw, options)
        if left is not None:
            piece = piece[:left]
            left -= len(piece)
        if piece:
            yield piece
        if left == 0:
            return


async def _raw(
    path: Path, options: LogOptions, ended: Callable[[], Awaitable[None]]
) -> AsyncIterator[bytes]:
    """Whole lines of the file, several at a time."""
    reader = _Reader(path, options.tail_lines)
    try:
        if not options.follow:
            for lines in reader.lines():
                yield lines
            return
        async for lines in _follow(reader, path, ended):
            yield lines
    finally:
        reader.close()


async def _follow(
    reader: "_Reader", path: Path, ended: Callable[[], Awaitable[None]]
) -> AsyncIterator[bytes]:
    tasks = Tasks(f"log/{path.name}")
    with DirectoryWatch(path.parent) as watch:
        end = tasks.start(_await(ended), name="end")
        try:
            while True:
                is_last = end.done()
                for lines in reader.lines():
                    yield lines
                if is_last:
                    return
                change = tasks.start(watch.changed(), name="change")
                await asyncio.wait({end, change}, return_when=asyncio.FIRST_COMPLETED)
                change.cancel()
        finally:
            await tasks.stop()


async def _await(ended: Callable[[], Awaitable[None]]) -> None:
    await ended()


class _Reader:
    """Whole lines of a file that grows, and that may be renamed and begun anew."""

    def __init__(self, path: Path, tail_lines: int | None) -> None:
        self._path = path
        self._file = path.open("rb")
        self._rest = b""
        if tail_lines is not None:
            self._file.seek(tail_offset(self._file, tail_lines))

    def lines(self) -> "list[bytes]":
        """Pieces of whole lines that have come since the last call."""
        pieces = self._drain()
        if self._is_rotated():
            pieces += self._drain()
            self._file.close()
            self._file = self._path.open("rb")
            pieces += self._drain()
        return pieces

    def close(self) -> None:
        self._file.close()

    def _drain(self) -> list[bytes]:
        pieces = []
        while data := self._file.read(PIECE_BYTES):
            whole, newline, self._rest = (self._rest + data).rpartition(b"\n")
            if newline:
                pieces.append(whole + newline)
        return pieces

    def _is_rotated(self) -> bool:
        try:
            return self._path.stat().st_ino != _inode(self._file)
        except FileNotFoundError:
            return False  # the pod is being removed, or a rotation is half done


def _inode(file: BufferedReader) -> int:
    return Path(f"/proc/self/fd/{file.fileno()}").stat().st_ino


def tail_offset(file: BufferedReader, lines: int) -> int:
    """Where the last `lines` lines begin."""
    end = file.seek(0, SEEK_END)
    if lines <= 0:
        return end
    at, wanted = end, lines + 1  # the newline before the first wanted line, too
    while at > 0:
        size = min(TAIL_BLOCK_BYTES, at)
        at -= size
        file.seek(at)
        block = file.read(size)
        found = block.count(b"\n")
        if found >= wanted:
            for _ in range(wanted):
                cut = block.rfind(b"\n")
                block = block[:cut]
            return at + cut + 1
        wanted -= found
    return 0


def _rendered(raw: bytes, options: LogOptions) -> bytes:
    parsed = (log_lines.parse(line) for line in raw.splitlines(keepends=True))
    return b"".join(
        log_lines.render(line, timestamps=options.timestamps)
        for line in parsed
        if line is not None and (not options.since or line.at >= options.since)
    )
