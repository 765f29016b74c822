"""app_grpc.py with seatrial-app: port."""

from __future__ import annotations

import asyncio
import sys

import app_grpc
from app_notes import note

import seatrial_app.servers.grpc


async def main(port: int) -> None:
    server = app_grpc.make(port)
    note("up")
    await seatrial_app.servers.grpc.serve(server)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
