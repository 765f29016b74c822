"""A home-made HTTP server over asyncio streams: `/`, `/slow?s=3` and `/upload`."""

import asyncio

import seatrial_app

life = seatrial_app.lifecycle()


async def talk(reader, writer):
    try:
        while await answer(reader, writer):
            pass
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the client has gone, or there will be no next request
    finally:
        writer.close()


async def answer(reader, writer):
    """One request; may the connection carry another one?"""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    path = head.split()[1]
    if path.startswith(b"/slow"):
        await asyncio.sleep(float(path.partition(b"s=")[2]))
    elif path == b"/upload":
        await reader.readexactly(int(head.partition(b"content-length:")[2].split()[0]))
    is_last = life.is_draining or b"connection: close" in head
    how = b"close" if is_last else b"keep-alive"
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: %b\r\n\r\nfair winds\n" % how
    )
    await writer.drain()
    return not is_last


seatrial_app.servers.asyncio.run(talk, "0.0.0.0", 8080, life=life, backlog=1024)
