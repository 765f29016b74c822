"""An ASGI application with a WebSocket that echoes; a message ``3`` takes it 3 s."""

from __future__ import annotations

import asyncio

from app_asgi import Message, Receive, Send
from app_asgi import app as plain
from app_notes import note


async def app(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] != "websocket":
        await plain(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await answer(message["text"], send)


async def answer(text: str, send: Send) -> None:
    if text.isdigit():
        note("slow")
        await asyncio.sleep(int(text))
    await send({"type": "websocket.send", "text": text})
