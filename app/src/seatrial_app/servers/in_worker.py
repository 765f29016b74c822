"""An application in a worker process whose parent holds the signals: it only lets connections go.

Does: close connections while draining, for ASGI, WSGI and RSGI applications, and WebSockets after
that; declare ready when the application has started; give the parent a lifecycle of its own.
Does not: take a signal: the parent tells its workers (beacon.py).
Holds: a response is never touched but for how its connection ends.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable
from typing import Any, Callable

from seatrial_app.asgi import Middleware, Receive, Scope, Send
from seatrial_app.lifecycle import PROBE_PORT_VARIABLE, Lifecycle
from seatrial_app.servers.websockets import WebSockets

CLOSE = ("Connection", "close")

Headers = Iterable[tuple[str, str]]


def parent_lifecycle() -> Lifecycle:
    """A lifecycle for the parent: from the environment, and without a probe port.

    Its workers answer the probes, who know whether the application is ready.
    """
    return Lifecycle(environ={**os.environ, PROBE_PORT_VARIABLE: ""})


class WorkerMiddleware(Middleware):
    """The ASGI middleware without signals, which also says good-bye to WebSockets."""

    def __init__(self, app: Any, life: Lifecycle) -> None:
        super().__init__(app, life)
        self.is_attached = True
        self._websockets = WebSockets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._started(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._talk(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def _started(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except Exception:
            self.lifecycle.server_started()  # it speaks no lifespan, and serves all the same
            raise

    async def _talk(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = self._websockets.add(send)
        try:
            await super().__call__(scope, receive, websocket.send)
        finally:
            self._websockets.discard(websocket)

    def close_websockets(self) -> None:
        """When the window is over and registered work is done. Any thread may call."""
        self._websockets.close()


def closing_wsgi(app: Callable[..., Any], life: Lifecycle) -> Callable[..., Any]:
    """A WSGI application whose answers close their connection while draining.

    gunicorn drops headers that speak of the connection and asks its response object, which owns
    `start_response`; elsewhere the header is added.
    """

    def serve(environ: Any, start_response: Any) -> Any:
        def start(status: str, headers: Any, *exc_info: Any) -> Any:
            if life.is_draining:
                headers = _close_wsgi(start_response, headers)
            return start_response(status, headers, *exc_info)

        return app(environ, start)

    return serve


def _close_wsgi(start_response: Any, headers: Headers) -> Headers:
    response: Any = getattr(start_response, "__self__", None)
    if not hasattr(response, "force_close"):
        return with_close(headers)
    response.force_close()
    return headers


def with_close(headers: Headers) -> list[tuple[str, str]]:
    """`headers` with `Connection: close` instead of whatever they said of the connection."""
    return [*((name, value) for name, value in headers if name.lower() != "connection"), CLOSE]


def is_asgi(app: Any) -> bool:
    """Whether calling `app` gives a coroutine."""
    return inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(type(app).__call__)


class ClosingRsgi:
    """An RSGI application (granian's own interface) around an RSGI application."""

    def __init__(self, app: Any, life: Lifecycle) -> None:
        self._app = app
        self._life = life

    def __getattr__(self, name: str) -> Any:
        """`__rsgi_init__`, `__rsgi_del__` and the rest are the application's own."""
        return getattr(self._app, name)

    async def __rsgi__(self, scope: Any, protocol: Any) -> Any:
        app = getattr(self._app, "__rsgi__", self._app)
        if scope.proto == "http" and scope.http_version.startswith("1"):
            protocol = _ClosingProtocol(protocol, self._life)
        return await app(scope, protocol)


class _ClosingProtocol:
    """An RSGI HTTP protocol whose `response_*` say `Connection: close` while draining."""

    def __init__(self, protocol: Any, life: Lifecycle) -> None:
        self._protocol = protocol
        self._life = life

    def __call__(self) -> Any:
        return self._protocol()

    def __aiter__(self) -> Any:
        return self._protocol.__aiter__()

    def __getattr__(self, name: str) -> Any:
        called = getattr(self._protocol, name)
        if not name.startswith("response_") or not self._life.is_draining:
            return called
        return lambda status, headers, *rest: called(status, with_close(headers), *rest)
