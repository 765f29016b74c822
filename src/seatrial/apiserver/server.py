"""An ASGI app on several sockets of one loop: TCP or unix, with or without TLS. *(edge)*

Does: uvicorn's HTTP/1.1 protocol (httptools) under listeners of our own, because one uvicorn server
has one TLS setting for all its sockets and wakes ten times a second.
Holds: a request's head is at most `HEAD_BYTES_MAX` long; a unix socket of ours has mode 0600 before
it listens; leaving ends streams first, then waits `DRAIN_LIMIT_S` for whole answers, then cuts.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from seatrial.apiserver.certificates import Tls
from seatrial.apiserver.http import App
from seatrial.kit.errors import Bug
from seatrial.kit.files import PRIVATE_FILE, explain_os_error
from seatrial.kit.record import get_record

record = get_record("apiserver.server")

# Request line and headers, bytes; a signed token takes some 1,200 of them.
HEAD_BYTES_MAX = 64 * 1024
# How long whole answers may take when the server stops, seconds.
DRAIN_LIMIT_S = 3.0
# An idle connection is kept this long, seconds; longer than clients keep theirs (Go: 90).
KEEP_ALIVE_S = 120
BACKLOG = 1024


@dataclass(frozen=True, slots=True)
class Listener:
    """One place to listen: a bound socket, or a unix path that is made; TLS or plain."""

    sock: socket.socket | None = None
    unix: Path | None = None
    tls: Tls | None = None


@runtime_checkable
class Stoppable(Protocol):
    """An app with streams that it can end."""

    def stop(self) -> None:
        """End them, for good."""


@asynccontextmanager
async def serve(app: App, listeners: Sequence[Listener]) -> AsyncIterator[None]:
    """Serve inside the block; an app with `stop` is told to end its streams on the way out.

    Raises MachineError when a unix socket cannot be made.
    """
    server = _Server(app)
    try:
        for listener in listeners:
            await server.listen(listener)
        yield
    finally:
        await server.close()


class _Server:
    def __init__(self, app: App) -> None:
        self._app = app
        # The cast: our ASGI types are wider than uvicorn's.
        self._config = uvicorn.Config(
            cast("Any", app),
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
        )
        self._config.load()
        self._state = ServerState()
        self._servers: list[asyncio.Server] = []
        self._paths: list[Path] = []

    async def listen(self, listener: Listener) -> None:
        sock = listener.sock if listener.sock is not None else self._unix_socket(listener.unix)
        context: ssl.SSLContext | None = listener.tls.context() if listener.tls else None
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: _BoundedProtocol(self._config, self._state, {}),
            sock=sock,
            ssl=context,
            backlog=BACKLOG,
        )
        self._servers.append(server)

    def _unix_socket(self, path: Path | None) -> socket.socket:
        if path is None:
            raise Bug("a listener has neither a socket nor a path")
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.bind(str(path))
            # Nobody can connect before `listen`, so the mode is right from the first moment.
            path.chmod(PRIVATE_FILE)
        except OSError as error:
            sock.close()
            raise explain_os_error(error, f"cannot make the socket {path}") from error
        self._paths.append(path)
        sock.setblocking(False)
        return sock

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        for path in self._paths:
            path.unlink(missing_ok=True)
        app: object = self._app
        if isinstance(app, Stoppable):
            app.stop()
        for connection in tuple(self._state.connections):
            connection.shutdown()
        await self._drain()
        for connection in tuple(self._state.connections):
            connection.transport.abort()

    async def _drain(self) -> None:
        tasks = set(self._state.tasks)
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=DRAIN_LIMIT_S)
        for task in late:
            task.cancel()
        if late:
            record.warning("requests.cut", count=len(late), limit_s=DRAIN_LIMIT_S)
            await asyncio.wait(late)


class _BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 whose request heads have a limit."""

    # Bytes of a head that has not ended yet.
    _head_bytes = 0
    _is_in_body = False
    _heads_ended = 0

    def data_received(self, data: bytes) -> None:
        ended, was_in_body = self._heads_ended, self._is_in_body
        super().data_received(data)
        # What ends a body is no head either, however long it is.
        if was_in_body or self._is_in_body or self._heads_ended != ended:
            self._head_bytes = 0
            return
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self.send_400_response("request header fields too large")

    def on_headers_complete(self) -> None:
        self._is_in_body = True
        self._heads_ended += 1
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_in_body = False
        super().on_message_complete()
