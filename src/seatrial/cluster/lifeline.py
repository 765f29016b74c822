"""A lifeline: a pipe as standard input; it closes when whoever started us is gone.

Whoever started us may let go of it on purpose: a line with the word RELEASE, after which its end
means nothing. So a command that dies half-way takes down what it started, and one that has done
its work does not.
"""

import asyncio
import os
import sys
from collections.abc import Callable

RELEASE = b"release\n"


async def when_standard_input_ends(then: Callable[[], None]) -> None:
    """Call `then` once, when the other end of our standard input is closed and did not release
    us."""
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: Lifeline(then), sys.stdin)


def read_line(descriptor: int) -> bytes:
    """The first line of a pipe, and not a byte more: the rest is the lifeline's. b"": it ended."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(descriptor, 1)
        if not byte:
            return b""
        line += byte
    return line


class Lifeline(asyncio.Protocol):
    """The end that is held by the one who must not outlive the other."""

    def __init__(self, then: Callable[[], None]) -> None:
        self._then = then
        self._heard = b""

    def data_received(self, data: bytes) -> None:
        """Words of whoever started us; there is only one."""
        self._heard += data

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio names it
        """The other end is closed."""
        if self._heard != RELEASE:
            self._then()
