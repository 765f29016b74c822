"""One file or one stream → its text (edge).

Does: refuses, each in one line, what is no text of reasonable size.
Holds: never waits for a writer and never reads more than the limit, whatever the name leads to.
"""

import codecs
import os
import stat
import sys
from typing import BinaryIO

from seatrial.kit.errors import UsageError
from seatrial.kit.text import human_bytes

# As nodes with places, text takes ~50 times its size in memory; etcd takes objects of 1.5 MiB.
FILE_BYTES_MAX = 10 << 20
_SORTS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Unreadable(UsageError):
    """No text could be had from what was named; `line` where there is one, else 0."""

    def __init__(self, message: str, *, remedy: str = "", line: int = 0) -> None:
        super().__init__(message, remedy=remedy)
        self.line = line


def read_file(path: str) -> str:
    """The text of a file. Raises Unreadable."""
    try:
        # Without O_NONBLOCK, opening a pipe waits for somebody who writes to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb", buffering=0) as file:
            status = os.fstat(descriptor)
            _refuse_special(status)
            # A read of as much as there might be would first find room for all of it.
            content = file.read(status.st_size + 1)
            grown = file.read(FILE_BYTES_MAX) if len(content) > status.st_size else b""
            return decode(content + grown)
    except OSError as error:
        raise Unreadable(f"cannot be read: {_lower(error.strerror)}") from error


def read_stream(stream: BinaryIO | None) -> str:
    """All of a stream; of standard input without one. Raises Unreadable."""
    if stream is None:
        # None where whoever started us closed it.
        if sys.stdin is None:
            raise Unreadable("is closed", remedy="pipe manifests to `seatrial lint -`")
        stream = sys.stdin.buffer
    return decode(stream.read(FILE_BYTES_MAX + 1))


def decode(content: bytes) -> str:
    """UTF-8 with or without a mark. Raises Unreadable."""
    if len(content) > FILE_BYTES_MAX:
        raise _too_big(len(content), "more than ")
    if content.startswith(_UTF_16):
        raise Unreadable("is UTF-16", remedy="save it as UTF-8")
    nul = content.find(0)
    if nul >= 0:
        raise Unreadable("is binary: it has a NUL byte", line=content.count(b"\n", 0, nul) + 1)
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"is not UTF-8: the byte 0x{content[error.start]:02x} cannot be there"
        raise Unreadable(message, remedy="save it as UTF-8", line=line) from error


def _refuse_special(status: os.stat_result) -> None:
    for is_sort, name in _SORTS:
        if is_sort(status.st_mode):
            raise Unreadable(f"is {name}", remedy="pipe its content to `seatrial lint -`")
    if status.st_size > FILE_BYTES_MAX:
        raise _too_big(status.st_size)


def _too_big(size: int, more: str = "") -> Unreadable:
    shown = human_bytes(min(size, FILE_BYTES_MAX) if more else size)
    return Unreadable(
        f"is {more}{shown}, and at most {human_bytes(FILE_BYTES_MAX)} are read of a file",
        remedy="split it, or leave it out with --exclude",
    )


def _lower(text: str | None) -> str:
    """`no such file or directory`: the system's words as ours begin."""
    return (text or "for an unknown reason")[:1].lower() + (text or "for an unknown reason")[1:]
