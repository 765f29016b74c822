"""A bare ASGI application: `/`, `/slow?s=3` and `/upload`."""

import asyncio
import socket

POD = socket.gethostname().encode()


async def app(scope, receive, send):
    if scope["type"] == "http":
        await answer(scope, receive, send)
    elif scope["type"] == "lifespan":
        await live(receive, send)


async def live(receive, send):
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


async def answer(scope, receive, send):
    if scope["path"] == "/slow":
        await asyncio.sleep(float(scope["query_string"].removeprefix(b"s=")))
    elif scope["path"] == "/upload":
        while (await receive()).get("more_body"):
            pass
    body = b"fair winds\n"
    headers = [
        (b"content-type", b"text/plain"),
        (b"content-length", b"%d" % len(body)),
        (b"x-pod", POD),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
