"""app_asyncio.py with seatrial-app: port."""

from __future__ import annotations

import asyncio
import sys

import app_asyncio
from app_notes import note

import seatrial_app.servers.asyncio


async def main(port: int) -> None:
    note("up")
    await seatrial_app.servers.asyncio.serve(app_asyncio.serve_connection, "127.0.0.1", port)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
