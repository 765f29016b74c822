"""The log format of CRI: `2016-10-06T00:17:09.669794202Z stdout F line`.

Holds: one output line longer than LINE_BYTES_MAX becomes several entries, all but the last tagged
`P` (partial), as containerd does.
"""

from datetime import UTC, datetime
from typing import Literal

Stream = Literal["stdout", "stderr"]

LINE_BYTES_MAX = 16 * 1024  # containerd's max_container_log_line_size


def render_time(at_s: float) -> str:
    """RFC 3339 with nanoseconds, UTC; `at_s` is seconds since the epoch."""
    seconds, nanoseconds = divmod(round(at_s * 1e9), 1_000_000_000)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


def render_line(at_s: float, stream: Stream, line: bytes, *, partial: bool = False) -> bytes:
    """One entry with its newline; `line` comes without."""
    return f"{render_time(at_s)} {stream} {'P' if partial else 'F'} ".encode() + line + b"\n"


class LineCutter:
    """Bytes as they come from a pipe → whole lines and parts of too long ones."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[tuple[bytes, bool]]:
        """The (line, is partial) pairs that `data` completes."""
        *lines, rest = (self._rest + data).split(b"\n")
        pieces = [piece for line in lines for piece in _pieces(line)]
        while len(rest) > LINE_BYTES_MAX:
            pieces.append((rest[:LINE_BYTES_MAX], True))
            rest = rest[LINE_BYTES_MAX:]
        self._rest = rest
        return pieces

    def finish(self) -> list[tuple[bytes, bool]]:
        """What was written after the last newline, if anything."""
        rest, self._rest = self._rest, b""
        return [(rest, False)] if rest else []


def _pieces(line: bytes) -> list[tuple[bytes, bool]]:
    cuts = range(0, max(len(line), 1), LINE_BYTES_MAX)
    return [(line[at : at + LINE_BYTES_MAX], at + LINE_BYTES_MAX < len(line)) for at in cuts]
