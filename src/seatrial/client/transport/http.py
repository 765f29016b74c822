"""HTTP/1.1 to an API server over TCP, TLS or a unix socket (edge).

Does: keep connections open between requests, stream, verify the server.
Does not: follow redirects, use proxies, speak HTTP/2, retry writes.
Holds: an idle connection is dropped before the server would drop it, so that a write does not meet
a closing one.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from seatrial.client.credentials import Credentials, NoCredentials
from seatrial.client.errors import TransportError
from seatrial.client.transport.interface import Request, Response, Stream

# Each watch holds a connection of its own; a busy process has some dozens.
CONNECTIONS_MAX = 1024
CONNECT_LIMIT_S = 10.0
# Shorter than the 5 s after which uvicorn drops an idle connection.
IDLE_KEPT_S = 4.0
# A line of a watch may hold a whole object (1.5 MiB in etcd); reads are in pieces of this size.
READ_BYTES_MAX = 256 * 1024

REMEDY = "is that server up, and is its address in the kubeconfig right?"


@dataclass(frozen=True, slots=True)
class HttpTarget:
    """Where a server is and how to trust it.

    `url` is `https://HOST:PORT[/PREFIX]`; with a unix `socket` its host is only a name. `tls` None
    over https: the system's authorities.
    """

    url: str
    socket: Path | None = None
    tls: ssl.SSLContext | None = None
    # The name its certificate must have, where that is not the host of `url`.
    server_name: str = ""
    credentials: Credentials = field(default_factory=NoCredentials)


class HttpTransport:
    """A transport over sockets."""

    def __init__(self, target: HttpTarget) -> None:
        self._target = target
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def send(self, request: Request) -> Response:
        """One whole exchange."""
        async with self.stream(request) as stream:
            body = b"".join([piece async for piece in stream.pieces])
        return Response(stream.status, stream.headers, body)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[Stream]:
        """One exchange, piece by piece; leaving the block closes the connection if it is unread."""
        what = f"{request.method} {request.path}"
        answer = await self._ask(request, what)
        try:
            headers = {key.lower(): value for key, value in answer.headers.items()}
            yield Stream(answer.status, headers, _pieces(answer, what))
        finally:
            answer.release() if answer.content.at_eof() else answer.close()

    async def aclose(self) -> None:
        """Close all connections."""
        self._closed = True
        if self._session is not None:
            await self._session.close()

    async def _ask(self, request: Request, what: str) -> aiohttp.ClientResponse:
        session = self._open()
        headers = {**request.headers, **await self._target.credentials.headers()}
        limits = aiohttp.ClientTimeout(total=request.timeout_s, sock_connect=CONNECT_LIMIT_S)
        try:
            return await session.request(
                request.method, self._url(request), headers=headers,
                data=request.body or None, timeout=limits, allow_redirects=False,
                server_hostname=self._target.server_name or None,
            )  # fmt: skip
        except TimeoutError as error:
            raise TransportError(
                f"{what} at {self._place} got no answer in time", remedy=REMEDY
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise TransportError(f"{what} at {self._place}: {error}", remedy=REMEDY) from error

    def _url(self, request: Request) -> URL:
        query = f"?{urlencode(request.query)}" if request.query else ""
        return URL(f"{self._target.url.rstrip('/')}{quote(request.path)}{query}", encoded=True)

    @property
    def _place(self) -> str:
        return str(self._target.socket or self._target.url)

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise TransportError(f"the transport to {self._place} is closed")
        if self._session is None:  # made here, because it belongs to the running loop
            self._session = aiohttp.ClientSession(
                connector=self._connector(), read_bufsize=READ_BYTES_MAX
            )
        return self._session

    def _connector(self) -> aiohttp.BaseConnector:
        if self._target.socket is not None:
            return aiohttp.UnixConnector(
                str(self._target.socket), limit=CONNECTIONS_MAX, keepalive_timeout=IDLE_KEPT_S
            )
        return aiohttp.TCPConnector(
            ssl=self._target.tls or True, limit=CONNECTIONS_MAX, keepalive_timeout=IDLE_KEPT_S
        )


async def _pieces(answer: aiohttp.ClientResponse, what: str) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.content.iter_any():
            yield piece
    except TimeoutError as error:
        raise TransportError(f"{what}: the answer did not end in time") from error
    except (aiohttp.ClientError, OSError) as error:
        raise TransportError(f"{what}: the answer was cut: {error}") from error


def unix_transport(socket: Path, *, credentials: Credentials | None = None) -> HttpTransport:
    """Plain HTTP over a unix socket."""
    return HttpTransport(
        HttpTarget("http://localhost", socket=socket, credentials=credentials or NoCredentials())
    )
