"""Two wires as one: what one side says, the other hears, until both have ended (edge).

Does: pass bytes both ways, with pressure; pass an end of one half on as just that.
Does not: close the client's wire: who called says goodbye to it.
Holds: ends when both have ended, or when the child's side is gone and all it said was passed on.
"""

from __future__ import annotations

import asyncio

from seatrial_app.command.wire import Wire


async def tunnel(client: Wire, child: Wire) -> None:
    """Until it is over; the child's wire is closed then."""
    there = asyncio.ensure_future(_pass_on(client, child))
    child.on_lost = lambda: _cancel(there)
    try:
        await _pass_on(child, client)
        if not child.lost:
            await asyncio.wait({there})
    finally:
        there.cancel()
        child.close()


def _cancel(task: asyncio.Future[None]) -> None:
    task.cancel()


async def _pass_on(source: Wire, sink: Wire) -> None:
    while not sink.lost:
        if source.buffer:
            sink.write(source.take(len(source.buffer)))
            await sink.wait_room()
        elif source.ended:
            break
        else:
            await source.wait_news()
    sink.end()
