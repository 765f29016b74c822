"""Background work that outlives its request: ``/work?s=3`` answers at once and works on.

ASGI, WSGI and RSGI, for servers whose integration has to await it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from app_asgi import Message, Receive, Send
from app_asgi import app as plain_asgi
from app_notes import note, seconds
from app_wsgi import app as plain_wsgi

import seatrial_app


def begin_work(query: str) -> None:
    hold = seatrial_app.lifecycle().work("report")

    def work() -> None:
        with hold:
            time.sleep(seconds(query))
            note("worked")

    threading.Thread(target=work, daemon=True).start()
    note("working")


async def asgi(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "http" and scope["path"] == "/work":
        begin_work(scope["query_string"].decode())
    await plain_asgi(scope, receive, send)


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/work":
        begin_work(environ["QUERY_STRING"])
    return plain_wsgi(environ, start_response)


async def rsgi(scope: Any, protocol: Any) -> None:
    if scope.path == "/work":
        begin_work(scope.query_string)
    protocol.response_str(200, [("content-type", "text/plain")], "fair winds\n")
