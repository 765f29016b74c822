"""Being asked to stop, at any moment: while a part comes up it is given up, afterwards it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from seatrial.kit.errors import SeatrialError


class StoppedEarly(SeatrialError):
    """Asked to stop before it was ready."""


class Stop:
    """One request to stop, by a signal or the end of a lifeline; asking again is nothing."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._patience: asyncio.Timeout | None = None

    def ask(self) -> None:
        """Stop, now or as soon as can be."""
        if not self._asked.is_set() and self._patience is not None:
            self._patience.reschedule(asyncio.get_running_loop().time())
        self._asked.set()

    async def wait(self) -> None:
        """Until it was asked."""
        await self._asked.wait()

    @asynccontextmanager
    async def gives_up(self) -> AsyncIterator[None]:
        """What runs in the block is cancelled when stopping is asked. Raises StoppedEarly."""
        # A deadline that is "now": the loop's own way to cancel a block, and only that block.
        try:
            async with asyncio.timeout(None) as self._patience:
                if self._asked.is_set():
                    self._patience.reschedule(0)
                yield
        except TimeoutError as error:
            if self._asked.is_set():
                raise StoppedEarly("it was told to stop before it was ready") from error
            raise
        finally:
            self._patience = None
