"""Where a body ends: pure scanners that are fed bytes and say how many of them belong to it.

Does: count down a length; walk chunks and trailers; take all until the connection ends.
Does not: change a byte: bodies go on verbatim, chunk extensions and trailers included.
Holds: no byte after the end is taken; a size line or trailers over their bound are refused.
"""

from __future__ import annotations

from typing import Protocol

from seatrial_app.command.bounds import CHUNK_LINE_BYTES, TRAILERS_BYTES
from seatrial_app.command.head import Body, Framing, Refused

HEX = b"0123456789abcdefABCDEF"
SIZE_DIGITS_MAX = 15


class Scanner(Protocol):
    """Knows the end of one body."""

    done: bool

    def take(self, data: bytearray) -> int:
        """How many of the first bytes of `data` belong to the body; sets `done` at its end.

        Called again with what follows them. Raises Refused for what cannot be framed.
        """


def scanner_for(body: Body) -> Scanner:
    """A new scanner for a body that begins now."""
    if body.framing is Framing.CHUNKED:
        return ChunkScanner()
    if body.framing is Framing.UNTIL_CLOSE:
        return EndlessScanner()
    return LengthScanner(body.length)


class LengthScanner:
    """So many bytes; none is done at once."""

    def __init__(self, length: int) -> None:
        self._left = length
        self.done = length == 0

    def take(self, data: bytearray) -> int:
        taken = min(self._left, len(data))
        self._left -= taken
        self.done = self._left == 0
        return taken


class EndlessScanner:
    """Everything; only the end of the connection is its end."""

    done = False

    def take(self, data: bytearray) -> int:
        return len(data)


class ChunkScanner:
    """Size line, data, line end, again; a size of zero, trailers, an empty line."""

    def __init__(self) -> None:
        self.done = False
        self._left = 0  # bytes of the current chunk, with the line end after it
        self._trailers: int | None = None  # bytes of trailers so far, once they have begun

    def take(self, data: bytearray) -> int:
        at = 0
        while at < len(data) and not self.done:
            step = self._step(data, at)
            if step == 0:
                break
            at += step
        return at

    def _step(self, data: bytearray, at: int) -> int:
        if self._left > 2:
            step = min(self._left - 2, len(data) - at)
            self._left -= step
            return step
        if self._left:
            return self._line_end(data, at)
        return self._line(data, at)

    def _line_end(self, data: bytearray, at: int) -> int:
        if len(data) - at < 2:
            return 0
        if data[at : at + 2] != b"\r\n":
            raise Refused(400, "a chunk is longer than its size says")
        self._left = 0
        return 2

    def _line(self, data: bytearray, at: int) -> int:
        end = data.find(b"\r\n", at)
        bound = CHUNK_LINE_BYTES if self._trailers is None else TRAILERS_BYTES - self._trailers
        if (end if end >= 0 else len(data)) - at > bound:
            raise Refused(400, "a chunk's size line or the trailers are too long")
        if end < 0:
            return 0
        line = bytes(data[at:end])
        if self._trailers is not None:
            self._trailers += len(line) + 2
            self.done = not line
        else:
            size = _size(line)
            self._left = size + 2 if size else 0
            self._trailers = None if size else 0
        return len(line) + 2


def _size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip(b" \t")
    if not digits or digits.translate(None, HEX) or len(digits) > SIZE_DIGITS_MAX or b"\n" in line:
        raise Refused(400, f"chunk size {digits[:40]!r} is not a number")
    return int(digits, 16)
