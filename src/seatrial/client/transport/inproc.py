"""An ASGI app called directly, in the same loop: no socket, no thread, no copy.

Does: one ASGI `http` scope for each request; streams piece by piece with back-pressure; tells the
app `http.disconnect` when the caller leaves or is cancelled, as a server over a socket would.
Does not: start the app's lifespan, nor limit how many requests run.
Holds: an app is not cancelled in the middle of a whole exchange because its caller went away: it
sees the disconnect and finishes, as over a socket, so a write is never half done.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

from seatrial.client.errors import TransportError
from seatrial.client.transport.interface import Request, Response, Stream
from seatrial.kit.record import get_record
from seatrial.kit.tasks import Tasks

record = get_record("client.inproc")

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Scope: TypeAlias = MutableMapping[str, Any]
AsgiApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

# Pieces a streaming app may be ahead of its reader before its `send` waits.
PIECES_AHEAD_MAX = 64
# How long an app may take to end after `http.disconnect` before it is cancelled.
DISCONNECT_LIMIT_S = 5.0


class InProcessTransport:
    """A transport whose server is an ASGI app in this loop; `token` says who we are."""

    def __init__(self, app: AsgiApp, *, token: str = "") -> None:
        self._app = app
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self._tasks = Tasks("inproc", on_failure=_record_failure)
        self._closed = False

    async def send(self, request: Request) -> Response:
        """One whole exchange."""
        exchange = self._begin(request, ahead_max=0)
        try:
            await exchange.wait_started()
            body = b"".join([piece async for piece in exchange.pieces()])
        finally:
            exchange.disconnect()
        return Response(exchange.status, exchange.headers, body)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[Stream]:
        """One exchange, piece by piece; leaving the block disconnects."""
        exchange = self._begin(request, ahead_max=PIECES_AHEAD_MAX)
        try:
            await exchange.wait_started()
            yield Stream(exchange.status, exchange.headers, exchange.pieces())
        finally:
            exchange.disconnect()
            await exchange.wait_ended(DISCONNECT_LIMIT_S)

    async def aclose(self) -> None:
        """Refuse new requests and end the open ones."""
        self._closed = True
        await self._tasks.stop(limit_s=DISCONNECT_LIMIT_S)

    def _begin(self, request: Request, *, ahead_max: int) -> "_Exchange":
        if self._closed:
            raise TransportError(f"{request.method} {request.path}: the transport is closed")
        exchange = _Exchange(request, ahead_max=ahead_max)
        scope = _scope(request, self._headers)
        run = self._app(scope, exchange.receive, exchange.send)
        exchange.task = self._tasks.start(_awaited(run), name=request.path)
        exchange.task.add_done_callback(exchange.end)
        return exchange


class _Exchange:
    """One request on its way through the app: what the app has sent, what it may still be told."""

    task: "asyncio.Task[None]"

    def __init__(self, request: Request, *, ahead_max: int) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self._request: Request | None = request
        self._what = f"{request.method} {request.path}"
        self._limit_s = request.timeout_s
        self._until: float | None = None
        if request.timeout_s is not None:
            self._until = asyncio.get_running_loop().time() + request.timeout_s
        self._ahead_max = ahead_max  # 0: no limit
        self._waiting: list[bytes] = []
        self._ended = False
        self._failure: BaseException | None = None
        self._disconnected = asyncio.Event()
        self._news = asyncio.Event()
        self._room = asyncio.Event()

    async def receive(self) -> Message:
        """ASGI: the body, whole; after that, nothing until the caller leaves."""
        if self._request is not None:
            body, self._request = self._request.body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._disconnected.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """ASGI: the head once, then pieces; after a disconnect they are dropped."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            raw = message.get("headers") or ()
            self.headers = {key.decode().lower(): value.decode("latin-1") for key, value in raw}
            self._news.set()
            return
        if self._disconnected.is_set():
            return
        if piece := message.get("body"):
            self._waiting.append(piece)
        if not message.get("more_body"):
            self._ended = True
        self._news.set()
        while self._ahead_max and len(self._waiting) >= self._ahead_max and not self._ended:
            self._room.clear()
            await self._room.wait()

    def end(self, task: "asyncio.Task[None]") -> None:
        """The app returned, failed or was cancelled."""
        if not self._ended:
            self._failure = task.exception() if not task.cancelled() else asyncio.CancelledError()
            self._failure = self._failure or TransportError("the app ended without an answer")
        self._ended = True
        self._news.set()

    async def wait_started(self) -> None:
        """Until the head of the answer is there."""
        while not self.status and not self._ended:
            await self._next()
        if not self.status:
            raise TransportError(f"{self._what}: no answer: {self._failure!r}") from self._failure

    async def pieces(self) -> AsyncIterator[bytes]:
        """Pieces as the app sends them."""
        while True:
            waiting, self._waiting = self._waiting, []
            self._room.set()
            for piece in waiting:
                yield piece
            if self._waiting:
                continue
            if self._ended:
                break
            await self._next()
        if self._failure is not None:
            what = f"{self._what}: the answer was cut"
            raise TransportError(f"{what}: {self._failure!r}") from self._failure

    def disconnect(self) -> None:
        """Tell the app that nobody listens any more."""
        self._disconnected.set()
        self._ended = True
        self._room.set()

    async def wait_ended(self, limit_s: float) -> None:
        """Until the app has returned; it is cancelled after `limit_s`."""
        await asyncio.wait({self.task}, timeout=limit_s)
        if not self.task.done():
            self.task.cancel()
            await asyncio.wait({self.task}, timeout=limit_s)

    async def _next(self) -> None:
        # The limit is held here, not around the caller's block: a timeout that fires while the
        # caller awaits something of its own would cancel the wrong thing.
        self._news.clear()
        try:
            async with asyncio.timeout_at(self._until):
                await self._news.wait()
        except TimeoutError as error:
            raise TransportError(f"{self._what} took longer than {self._limit_s} s") from error


def _record_failure(task: str, failure: BaseException) -> None:
    # The caller, if it still listens, is told by its exchange.
    record.warning("inproc.app_failed", task=task, error=repr(failure))


async def _awaited(work: Awaitable[None]) -> None:
    await work


def _scope(request: Request, extra: dict[str, str]) -> dict[str, Any]:
    headers = {"host": "inproc", **request.headers, **extra}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": quote(request.path).encode(),
        "query_string": urlencode(request.query).encode() if request.query else b"",
        "root_path": "",
        "headers": [
            (key.lower().encode(), value.encode("latin-1")) for key, value in headers.items()
        ],
        "client": ("inproc", 0),
        "server": ("inproc", 0),
    }
