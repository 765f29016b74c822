"""The same two pages, by hand over asyncio streams: what a home-made server looks like."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

from app_notes import note, seconds


def never() -> bool:
    return False


async def serve_connection(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    is_draining: Callable[[], bool] = never,
) -> None:
    try:
        while await serve_request(reader, writer, is_draining):
            pass
    finally:
        writer.close()


async def serve_request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_draining: Callable[[], bool]
) -> bool:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return False
    url = urlsplit(head.split()[1].decode())
    if url.path == "/slow":
        note("slow")
        await asyncio.sleep(seconds(url.query))
    closes = is_draining() or b"connection: close" in head.lower()
    close = b"Connection: close\r\n" if closes else b""
    writer.write(b"HTTP/1.1 200 OK\r\n%bContent-Length: 11\r\n\r\nfair winds\n" % close)
    await writer.drain()
    return not closes


async def main(port: int) -> None:
    server = await asyncio.start_server(serve_connection, "127.0.0.1", port)
    note("up")
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
