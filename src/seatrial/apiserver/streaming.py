"""A streamed answer on its way: until it ends, the client leaves or the server stops.

Holds: when the client leaves, what makes the pieces is cancelled and awaited; when the server
stops, the stream ends as if it had been said to its end: clients come back without an error.
"""

import asyncio
from collections.abc import Awaitable

from seatrial.apiserver.http import Receive, Send, Streamed, send_start


async def send_stream(
    streamed: Streamed, receive: Receive, send: Send, *, stopping: asyncio.Event
) -> None:
    """Send head, pieces and end."""
    await send_start(streamed, send)
    # The head reaches the client before the first piece is there.
    await send({"type": "http.response.body", "body": b"", "more_body": True})

    async def send_piece(piece: bytes) -> None:
        await send({"type": "http.response.body", "body": piece, "more_body": True})

    await _until_first(streamed.run(send_piece), _gone(receive), stopping.wait())
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _until_first(*works: Awaitable[object]) -> None:
    """Run all until one ends; cancel and await the others; raise what failed."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_awaited(work)) for work in works]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()


async def _awaited(work: Awaitable[object]) -> None:
    await work
