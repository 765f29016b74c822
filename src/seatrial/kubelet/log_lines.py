"""The CRI log format: `TIME stdout|stderr F|P TEXT`, one piece of a line each; pure."""

from dataclasses import dataclass

from seatrial.api import timestamps


@dataclass(frozen=True, slots=True)
class LogLine:
    """One piece of output. `is_partial`: its line goes on in the next piece of that stream."""

    timestamp: bytes
    stream: bytes
    is_partial: bool
    text: bytes

    @property
    def at(self) -> float:
        """When it was written, seconds since the epoch."""
        return timestamps.parse(self.timestamp.decode())


def parse(line: bytes) -> LogLine | None:
    """One line of a log file, with or without its newline; None when it is not of that format."""
    fields = line.rstrip(b"\n").split(b" ", 3)
    if len(fields) < 3:
        return None
    text = fields[3] if len(fields) == 4 else b""
    return LogLine(fields[0], fields[1], is_partial=fields[2] == b"P", text=text)


def render(line: LogLine, *, timestamps: bool) -> bytes:
    """What a reader of the log sees of it."""
    end = b"" if line.is_partial else b"\n"
    return (line.timestamp + b" " if timestamps else b"") + line.text + end
