"""Containers' output: pipes read by the node's loop, lines in CRI's format, rotated by size (edge).

Holds: nothing is lost and nothing is held back: each read is in the file before the next; files are
appended to and renamed, never rewritten. LOG.1 is the newest rotated file.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from seatrial.kit.clock import wall_time_s
from seatrial.kit.errors import SeatrialError
from seatrial.kit.files import explain_os_error
from seatrial.kit.record import get_record
from seatrial.runtime.log_format import LineCutter, Stream, render_line

record = get_record("runtime.logs")

READ_BYTES = 64 * 1024  # a pipe's default capacity


@dataclass(frozen=True, slots=True)
class LogLimits:
    """The kubelet's containerLogMaxSize and containerLogMaxFiles."""

    file_bytes_max: int = 10 * 1024 * 1024
    files_max: int = 5


class LogFile:
    """One container's log."""

    def __init__(self, path: Path, limits: LogLimits) -> None:
        self._path = path
        self._limits = limits
        path.parent.mkdir(parents=True, exist_ok=True)
        self._open()

    def write(self, data: bytes) -> None:
        """Append; what does not fit on a full disk is lost, as with any engine, and recorded."""
        try:
            os.write(self._descriptor, data)
            self._size += len(data)
            if self._size >= self._limits.file_bytes_max:
                self._rotate()
        except OSError as error:
            failure: SeatrialError = explain_os_error(error, f"cannot write {self._path}")
            record.warning("log.lost", bytes=len(data), why=str(failure))

    def close(self) -> None:
        """No more output will come."""
        os.close(self._descriptor)

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(self._path, flags, 0o640)
        self._size = os.fstat(self._descriptor).st_size

    def _rotate(self) -> None:
        names = [Path(f"{self._path}.{number}") for number in range(1, self._limits.files_max)]
        for older, newer in zip(reversed(names), [*reversed(names[:-1]), self._path], strict=True):
            if newer.exists():
                newer.replace(older)
        full = self._descriptor
        self._open()
        os.close(full)


class Drain:
    """Reads one pipe as data comes; `give` receives the bytes."""

    def __init__(self, descriptor: int, give: Callable[[bytes], None]) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._give = give
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(descriptor, self._read)

    def finish(self) -> None:
        """Read what is there still, then close; whoever could write more has ended."""
        while self._descriptor >= 0 and self._read():
            pass
        self._close()

    def _read(self) -> bool:
        """Whether there may be more at once."""
        try:
            data = os.read(self._descriptor, READ_BYTES)
        except BlockingIOError:
            return False
        if data:
            self._give(data)
        else:
            self._close()
        return bool(data)

    def _close(self) -> None:
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1


class LogStream:
    """One stream of a container on its way into the log."""

    def __init__(self, descriptor: int, stream: Stream, log: LogFile) -> None:
        self._stream: Stream = stream
        self._log = log
        self._cutter = LineCutter()
        self._drain = Drain(descriptor, lambda data: self._write(self._cutter.feed(data)))

    def finish(self) -> None:
        """Write the rest; the last line may lack its newline."""
        self._drain.finish()
        self._write(self._cutter.finish())

    def _write(self, lines: list[tuple[bytes, bool]]) -> None:
        if lines:
            at = wall_time_s()
            entries = (render_line(at, self._stream, line, partial=part) for line, part in lines)
            self._log.write(b"".join(entries))


class ContainerLog:
    """Both streams of a container. Raises SeatrialError when the log cannot be made."""

    def __init__(self, path: Path, limits: LogLimits) -> None:
        (out, self._out_end), (err, self._err_end) = _pipe(), _pipe()
        try:
            self._log = LogFile(path, limits)
        except OSError as error:
            for descriptor in (out, err, *self.ends):
                os.close(descriptor)
            raise explain_os_error(error, f"cannot make the log {path}") from error
        self._streams = [LogStream(out, "stdout", self._log), LogStream(err, "stderr", self._log)]

    @property
    def ends(self) -> tuple[int, int]:
        """What the container's process gets as standard output and standard error."""
        return self._out_end, self._err_end

    def finish(self) -> None:
        """The container's processes have ended: write the rest and close."""
        os.close(self._out_end)
        os.close(self._err_end)
        for stream in self._streams:
            stream.finish()
        self._log.close()


def _pipe() -> tuple[int, int]:
    try:
        return os.pipe2(os.O_CLOEXEC)
    except OSError as error:
        raise explain_os_error(error, "cannot make a pipe for output") from error


class Output:
    """A command's output, kept up to `bytes_max`; what comes beyond that is read and dropped."""

    def __init__(self, bytes_max: int) -> None:
        self.kept = b""
        self._bytes_max = bytes_max
        ours, self.end = _pipe()
        self._drain = Drain(ours, self._keep)

    def finish(self) -> bytes:
        """What was written until now."""
        os.close(self.end)
        self._drain.finish()
        return self.kept

    def _keep(self, data: bytes) -> None:
        self.kept += data[: self._bytes_max - len(self.kept)]
