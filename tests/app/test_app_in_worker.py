"""Applications in workers: connections let go, WebSockets closed with a word."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from seatrial_app import Lifecycle
from seatrial_app.asgi import Message
from seatrial_app.servers.in_worker import (
    ClosingRsgi,
    WorkerMiddleware,
    closing_wsgi,
    is_asgi,
    with_close,
)
from seatrial_app.testing import ManualPace

CLOSED = {"type": "websocket.close", "code": 1012, "reason": "service restart"}


@pytest.fixture
def life() -> Lifecycle:
    return Lifecycle(environ={}, pace=ManualPace(), leave_process=lambda _code: None)


# -- WSGI ------------------------------------------------------------------------------------------


def wsgi(_environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("connection", "keep-alive")])
    return [b"fair winds"]


def test_a_wsgi_answer_says_close_only_while_draining(life: Lifecycle) -> None:
    said: list[tuple[str, list[tuple[str, str]]]] = []
    app = closing_wsgi(wsgi, life)
    app({}, lambda status, headers: said.append((status, headers)))
    life.begin()
    app({}, lambda status, headers: said.append((status, headers)))
    assert said[0][1][-1] == ("connection", "keep-alive")
    assert said[1] == ("200 OK", [("Content-Type", "text/plain"), ("Connection", "close")])


def test_a_server_that_drops_the_header_is_asked_for_the_close(life: Lifecycle) -> None:
    class Response:
        """As gunicorn's: owns ``start_response``."""

        is_forced = False

        def force_close(self) -> None:
            self.is_forced = True

        def start_response(self, _status: str, headers: list[tuple[str, str]]) -> None:
            self.headers = headers

    response = Response()
    life.begin()
    closing_wsgi(wsgi, life)({}, response.start_response)
    assert response.is_forced
    assert ("Connection", "close") not in response.headers


# -- RSGI ------------------------------------------------------------------------------------------


class Protocol:
    def __init__(self) -> None:
        self.headers: list[tuple[str, str]] = []

    def response_str(self, _status: int, headers: list[tuple[str, str]], _body: str) -> None:
        self.headers = headers


async def rsgi(_scope: Any, protocol: Any) -> None:
    protocol.response_str(200, [("a", "b")], "fair winds")


@pytest.mark.parametrize(
    ("version", "headers"),
    [("1.1", [("a", "b"), ("Connection", "close")]), ("2", [("a", "b")])],
)
async def test_an_rsgi_answer_says_close_in_http_1(
    life: Lifecycle, version: str, headers: list[tuple[str, str]]
) -> None:
    protocol = Protocol()
    scope = SimpleNamespace(proto="http", http_version=version)
    app = ClosingRsgi(rsgi, life)
    await app.__rsgi__(scope, protocol)
    assert protocol.headers == [("a", "b")]
    life.begin()
    await app.__rsgi__(scope, protocol)
    assert protocol.headers == headers


def test_close_replaces_what_was_said_of_the_connection() -> None:
    assert with_close([("Connection", "keep-alive"), ("a", "b")]) == [
        ("a", "b"),
        ("Connection", "close"),
    ]


# -- ASGI ------------------------------------------------------------------------------------------


async def asgi(_scope: Any, _receive: Any, _send: Any) -> None:
    """Says nothing."""


class AsgiObject:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Says nothing."""


def test_asgi_and_wsgi_are_told_apart() -> None:
    assert is_asgi(asgi)
    assert is_asgi(AsgiObject())
    assert not is_asgi(wsgi)


class Talk:
    """One WebSocket under the middleware, and what the server was given to send."""

    def __init__(self, middleware: WorkerMiddleware) -> None:
        self._middleware = middleware
        self._received: asyncio.Queue[Message] = asyncio.Queue()
        self.sent: asyncio.Queue[Message] = asyncio.Queue()

    async def run(self) -> None:
        await self._middleware({"type": "websocket"}, self._received.get, self.sent.put)

    def client_says(self, kind: str) -> None:
        self._received.put_nowait({"type": kind})

    async def server_says(self) -> Message:
        return await self.sent.get()


async def echo(_scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send"})


async def test_an_open_websocket_is_closed_with_a_word(life: Lifecycle) -> None:
    middleware = WorkerMiddleware(echo, life)
    talk = Talk(middleware)
    async with asyncio.TaskGroup() as group:
        group.create_task(talk.run())
        talk.client_says("websocket.connect")
        assert (await talk.server_says())["type"] == "websocket.accept"
        await asyncio.to_thread(middleware.close_websockets)
        assert await talk.server_says() == CLOSED
        talk.client_says("websocket.disconnect")


async def test_who_sends_after_the_close_is_told_so(life: Lifecycle) -> None:
    middleware = WorkerMiddleware(echo, life)
    talk = Talk(middleware)
    running = asyncio.ensure_future(talk.run())
    talk.client_says("websocket.connect")
    await talk.server_says()
    middleware.close_websockets()
    assert await talk.server_says() == CLOSED
    talk.client_says("websocket.receive")
    with pytest.raises(OSError, match="websocket was closed"):
        await running


async def test_a_websocket_that_comes_too_late_is_closed_at_once(life: Lifecycle) -> None:
    middleware = WorkerMiddleware(echo, life)
    middleware.close_websockets()
    talk = Talk(middleware)
    async with asyncio.TaskGroup() as group:
        group.create_task(talk.run())
        talk.client_says("websocket.connect")
        assert (await talk.server_says())["type"] == "websocket.accept"
        assert await talk.server_says() == CLOSED
        talk.client_says("websocket.disconnect")


async def test_who_speaks_no_lifespan_is_ready_all_the_same(life: Lifecycle) -> None:
    async def refuses(_scope: Any, _receive: Any, _send: Any) -> None:
        raise AssertionError("http only")

    nobody: Any = None
    with pytest.raises(AssertionError):
        await WorkerMiddleware(refuses, life)({"type": "lifespan"}, nobody, nobody)
    assert life.is_ready
