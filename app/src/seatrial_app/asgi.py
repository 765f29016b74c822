"""The middleware for any ASGI application: `app = seatrial_app.asgi(app)`.

Does: take SIGTERM in front of the server when the application starts (lifespan, else the first
request), count requests, answer with `Connection: close` while draining (HTTP/1 only), hold the
lifespan's shutdown for registered work, and answer `/livez` and `/readyz` where asked to.
Does not: import a server; know more of one than `attach` finds out.
Holds: a response that the application has begun is never touched but for that header.
"""

from __future__ import annotations

from collections.abc import Awaitable, MutableMapping
from typing import Any, Callable

from seatrial_app.health import Answer, Paths, answer, chosen_paths, send_asgi
from seatrial_app.lifecycle import Lifecycle, lifecycle
from seatrial_app.waiting import until

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_CLOSE = (b"connection", b"close")
_MARK = "seatrial_app"  # in a scope: the lifecycle of the middleware that has it in hand


class Middleware:
    """An ASGI application around an ASGI application."""

    def __init__(self, app: Application, life: Lifecycle, paths: Paths | None = None) -> None:
        self.app = app
        self.lifecycle = life
        self._paths = paths
        self.is_attached = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _MARK in scope:
            await self._inside(scope, receive, send)
            return
        if not self.is_attached:
            self.is_attached = True
            self._attach()
        scope = {**scope, _MARK: self.lifecycle}
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An integration around us does it all, but for the paths that only we were told of."""
        found = self._health(scope)
        if found is not None:
            await send_asgi(found, send)
        else:
            await self.app(scope, receive, send)

    def __getattr__(self, name: str) -> Any:
        """What else is asked of it (`app.state`, `app.routes`) is the application's own."""
        if name == "app":
            raise AttributeError(name)  # being copied: there is no application yet
        return getattr(self.app, name)

    def _attach(self) -> None:
        from seatrial_app.servers import any_asgi, uvicorn  # none of them imports its server

        if not uvicorn.attach_running(self.lifecycle):
            any_asgi.attach_running(self.lifecycle)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._health(scope)
        if found is not None:
            await send_asgi(found, self._closing(send))
            return
        with self.lifecycle.requests:
            if scope["type"] == "http" and scope.get("http_version", "1.1").startswith("1"):
                await self.app(scope, receive, self._closing(send))
            else:
                await self.app(scope, receive, send)

    def _health(self, scope: Scope) -> Answer | None:
        if self._paths is None or scope["type"] != "http":
            return None
        return answer(scope["path"], scope.get(_MARK, self.lifecycle), self._paths)

    def _closing(self, send: Send) -> Send:
        async def send_and_close(message: Message) -> None:
            if message["type"] == "http.response.start" and self.lifecycle.is_draining:
                message = {**message, "headers": with_close(message.get("headers", ()))}
            await send(message)

        return send_and_close

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def receive_late() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await until(self.lifecycle, self.lifecycle.works)
            return message

        async def send_and_declare(message: Message) -> None:
            if message["type"] == "lifespan.shutdown.complete":
                await until(self.lifecycle, self.lifecycle.blockers)
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self.lifecycle.server_started()

        await self.app(scope, receive_late, send_and_declare)


def with_close(headers: Any) -> list[tuple[bytes, bytes]]:
    """`headers` with `connection: close` instead of whatever they said of the connection."""
    kept = [(name, value) for name, value in headers if name.lower() != b"connection"]
    return [*kept, _CLOSE]


def asgi(
    app: Application, life: Lifecycle | None = None, *, health: Paths | bool = False
) -> Middleware:
    """`app` with the shutdown that Kubernetes asks for.

    `life`: the process-wide lifecycle by default. `health`: answer /livez and /readyz (True) or
    other paths, before `app` is asked.
    """
    return Middleware(app, life or lifecycle(), chosen_paths(health))
