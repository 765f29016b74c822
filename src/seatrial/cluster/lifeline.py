"""A lifeline: a pipe as standard input; it closes when whoever started us is gone."""

import asyncio
import sys
from collections.abc import Callable


async def when_standard_input_ends(then: Callable[[], None]) -> None:
    """Call `then` once, when the other end of our standard input is closed."""
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: _Lifeline(then), sys.stdin)


class _Lifeline(asyncio.Protocol):
    def __init__(self, then: Callable[[], None]) -> None:
        self._then = then

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio names it
        self._then()
