"""app_ws.py with seatrial-app: a message being answered is work, and holds the exit."""

from __future__ import annotations

import app_ws
from app_asgi import Message, Receive, Send
from app_asgi import app as plain

import seatrial_app

life = seatrial_app.lifecycle()


async def polite(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] != "websocket":
        await plain(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        with life.work("message"):
            await app_ws.answer(message["text"], send)


app = seatrial_app.asgi(polite)
