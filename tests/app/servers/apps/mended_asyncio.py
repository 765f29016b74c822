"""app_asyncio.py with seatrial-app: port. The protocol is ours, so letting go is ours too."""

from __future__ import annotations

import asyncio
import sys
from functools import partial

import app_asyncio
from app_notes import note

import seatrial_app.servers.asyncio


async def main(port: int) -> None:
    life = seatrial_app.lifecycle()
    handler = partial(app_asyncio.serve_connection, is_draining=lambda: life.is_draining)
    note("up")
    await seatrial_app.servers.asyncio.serve(handler, "127.0.0.1", port)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
