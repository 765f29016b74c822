"""Programs as a user runs them: to their end, or followed line by line while they run."""

import errno
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

# For one step of anything under test, on a loaded machine; nothing is expected to come near it.
LIMIT_S = 40.0
BIN = Path(sys.executable).parent
SEATRIAL = str(BIN / "seatrial")


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that has ended."""

    code: int
    out: str
    err: str


class Refused(AssertionError):
    """A program that should have succeeded did not."""


def run(
    argv: Sequence[str],
    environment: Mapping[str, str],
    *,
    text: str = "",
    limit_s: float = LIMIT_S,
    may_fail: bool = False,
) -> Finished:
    """Run a program to its end, with `text` as its standard input."""
    done = subprocess.run(
        argv, env=dict(environment), input=text, capture_output=True, text=True, timeout=limit_s,
        check=False, cwd="/",
    )  # fmt: skip
    if done.returncode and not may_fail:
        raise Refused(f"{' '.join(argv)} → {done.returncode}\n{done.stdout}\n{done.stderr}")
    return Finished(done.returncode, done.stdout, done.stderr)


class Following(AbstractContextManager["Following"]):
    """A program that runs on, its standard output and error read line by line."""

    def __init__(
        self, argv: Sequence[str], environment: Mapping[str, str], *, terminal: bool = False
    ) -> None:
        """Start it, with a pipe or a terminal to write to."""
        self._output, its_end = pty.openpty() if terminal else os.pipe()
        self.process = subprocess.Popen(
            argv, env=dict(environment), stdin=subprocess.DEVNULL, stdout=its_end, stderr=its_end,
            cwd="/",
        )  # fmt: skip
        os.close(its_end)
        self.lines: list[str] = []
        self._rest = b""

    def until(self, wanted: str | Callable[[str], bool], *, limit_s: float = LIMIT_S) -> str:
        """Read on to the first line that holds `wanted`; that line."""
        is_wanted = (lambda line: wanted in line) if isinstance(wanted, str) else wanted
        ends = time.monotonic() + limit_s
        while (line := self._line(ends)) is not None:
            self.lines.append(line)
            if is_wanted(line):
                return line
        raise AssertionError(f"never saw {wanted} but only {self.lines}")

    def end(self, *, limit_s: float = LIMIT_S) -> int:
        """Read on to its end; its exit code."""
        ends = time.monotonic() + limit_s
        while (line := self._line(ends)) is not None:
            self.lines.append(line)
        return self.process.wait(max(0.0, ends - time.monotonic()))

    def _line(self, ends: float) -> str | None:
        while b"\n" not in self._rest:
            fresh = self._read(max(0.0, ends - time.monotonic()))
            if not fresh:
                return None
            self._rest += fresh
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()

    def _read(self, limit_s: float) -> bytes:
        ready, _, _ = select.select([self._output], [], [], limit_s)
        try:
            return os.read(self._output, 65536) if ready else b""
        except OSError as error:
            if error.errno == errno.EIO:  # so a terminal says that its last writer has left
                return b""
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._output)
