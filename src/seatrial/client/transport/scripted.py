"""A transport to a `FakeApi`, with faults on demand: the living fake of every other transport.

transport = ScriptedTransport()
transport.api.put(NODE, node)
transport.fail_next(TransportError("refused"))      # the next request
client = ApiClient(transport)
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from urllib.parse import parse_qsl

import orjson

from seatrial.client.errors import ApiError, ClientError, TransportError
from seatrial.client.transport.fake_api import FakeApi
from seatrial.client.transport.inproc import AsgiApp, InProcessTransport, Receive, Scope, Send
from seatrial.client.transport.interface import Request, Response, Stream

JSON_HEADERS = [(b"content-type", b"application/json")]


class ScriptedTransport:
    """Answers from `api`; keeps every request in `requests`."""

    def __init__(self, api: FakeApi | None = None) -> None:
        self.api = api or FakeApi()
        self.requests: list[Request] = []
        self._inner = InProcessTransport(fake_app(self.api))
        self._failures: deque[tuple[Callable[[Request], bool], ClientError]] = deque()

    def fail_next(
        self, failure: ClientError, *, when: Callable[[Request], bool] | None = None
    ) -> None:
        """Let the next request (for which `when` holds) fail with this, once."""
        self._failures.append((when or (lambda _request: True), failure))

    async def send(self, request: Request) -> Response:
        """One exchange with the fake API, or the failure that is due."""
        self.requests.append(request)
        refusal = self._refusal(request)
        return refusal or await self._inner.send(request)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[Stream]:
        """One streamed exchange with the fake API, or the failure that is due."""
        self.requests.append(request)
        refusal = self._refusal(request)
        if refusal is not None:
            yield Stream(refusal.status, refusal.headers, _one(refusal.body))
            return
        async with self._inner.stream(request) as stream:
            yield stream

    async def aclose(self) -> None:
        """Refuse further requests."""
        await self._inner.aclose()

    def _refusal(self, request: Request) -> Response | None:
        for due in self._failures:
            when, failure = due
            if when(request):
                self._failures.remove(due)
                if isinstance(failure, TransportError):
                    raise failure
                status = failure.status if isinstance(failure, ApiError) else {}
                return Response(int(status.get("code") or 500), {}, orjson.dumps(status))
        return None


async def _one(body: bytes) -> AsyncIterator[bytes]:
    yield body


def fake_app(api: FakeApi) -> AsgiApp:
    """The fake API as an ASGI app, so that real transports can be tried on it too."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = await _request(scope, receive)
        if request.query.get("watch"):
            await _send_watch(api, request, receive, send)
            return
        code, body = api.answer(request)
        await _send_head(send, code)
        await send({"type": "http.response.body", "body": orjson.dumps(body)})

    return app


async def _request(scope: Scope, receive: Receive) -> Request:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = bool(message.get("more_body"))
    query = dict(parse_qsl(scope["query_string"].decode()))
    headers = {key.decode(): value.decode() for key, value in scope["headers"]}
    return Request(scope["method"], scope["path"], query=query, headers=headers, body=body)


async def _send_head(send: Send, code: int) -> None:
    await send({"type": "http.response.start", "status": code, "headers": JSON_HEADERS})


async def _send_watch(api: FakeApi, request: Request, receive: Receive, send: Send) -> None:
    async def lines() -> None:
        async with aclosing(api.watch(request, api.address(request.path))) as watch:
            async for line in watch:
                await send({"type": "http.response.body", "body": line, "more_body": True})
        left.set()

    async def leaving() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        left.set()

    left = asyncio.Event()
    await _send_head(send, 200)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(lines()), group.create_task(leaving())]
        await left.wait()
        for task in tasks:
            task.cancel()
    await send({"type": "http.response.body", "body": b""})
