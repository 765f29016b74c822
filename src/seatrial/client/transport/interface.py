"""The contract of a transport: one HTTP exchange with an API server, whole or streamed."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. `path` starts with "/"; `query` is not yet quoted."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    # None: no limit (watches, followed logs).
    timeout_s: float | None = 30.0


@dataclass(frozen=True, slots=True)
class Response:
    """What came back, whole. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Stream:
    """What comes back, piece by piece; pieces end anywhere."""

    status: int
    headers: Mapping[str, str]
    pieces: AsyncIterator[bytes]


class Transport(Protocol):
    """One way to an API server.

    Raises TransportError (client.errors) when no answer comes: refused, reset, timed out, TLS.
    """

    async def send(self, request: Request) -> Response: ...

    def stream(self, request: Request) -> AbstractAsyncContextManager[Stream]: ...

    async def aclose(self) -> None: ...
