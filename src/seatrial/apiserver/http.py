"""A request and an answer as the API server sees them, and the way between them and ASGI.

Holds: at most `BODY_BYTES_MAX` bytes of a body are ever kept in memory.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qs, quote

from seatrial.api import status
from seatrial.apiserver.config import BODY_BYTES_MAX
from seatrial.apiserver.refusal import Refused

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
SendPiece: TypeAlias = Callable[[bytes], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


class Query:
    """The URL's query; a parameter that is given twice counts once, the first time."""

    __slots__ = ("values",)

    def __init__(self, raw: bytes) -> None:
        self.values: dict[str, list[str]] = (
            parse_qs(raw.decode("utf-8", "replace"), keep_blank_values=True) if raw else {}
        )

    def get(self, name: str, default: str = "") -> str:
        """The parameter's first value."""
        found = self.values.get(name)
        return found[0] if found else default

    def flag(self, name: str) -> bool:
        """A boolean as Go's conversion reads it: there, and not "false" or "0"."""
        found = self.values.get(name)
        return found is not None and found[0].lower() not in {"false", "0"}

    def __contains__(self, name: str) -> bool:
        return name in self.values


@dataclass(slots=True)
class Request:
    """One request; header names are lower-case, the path is still quoted."""

    method: str
    path: str
    query: Query
    headers: Mapping[str, str]
    receive: Receive

    async def body(self) -> bytes:
        """The whole body. Raises Refused (413) beyond the limit, (400) when it is cut short."""
        pieces: list[bytes] = []
        size = 0
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                # Half a body may read as a whole one that asks for something else.
                raise Refused(status.bad_request("the client left before its body was whole"))
            piece = message.get("body", b"")
            size += len(piece)
            if size > BODY_BYTES_MAX:
                raise Refused(status.too_large(BODY_BYTES_MAX))
            pieces.append(piece)
            if not message.get("more_body", False):
                break
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    body: bytes
    code: int = 200
    content_type: str = JSON
    headers: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Streamed:
    """An answer that comes piece by piece: `run` sends them, and is cancelled when the client or
    the server goes away. It is always started, so what it owns is freed in its own `finally`.
    """

    run: Callable[[SendPiece], Awaitable[None]]
    code: int = 200
    content_type: str = JSON
    headers: Sequence[tuple[str, str]] = ()


def request_from(scope: Scope, receive: Receive) -> Request:
    """The request that an ASGI server hands over."""
    return Request(
        method=scope["method"],
        path=_raw_path(scope),
        query=Query(scope.get("query_string", b"")),
        headers={
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        },
        receive=receive,
    )


def _raw_path(scope: Scope) -> str:
    """The path as it came: only so is "%2F" in a name no new segment."""
    raw: bytes | None = scope.get("raw_path")
    return quote(scope["path"]) if raw is None else raw.decode("ascii", "replace")


async def send_answer(answer: Answer, send: Send) -> None:
    """Send it whole."""
    headers = _headers(answer.content_type, answer.headers)
    headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def send_start(streamed: Streamed, send: Send) -> None:
    """Send the head; the caller sends the pieces."""
    headers = _headers(streamed.content_type, streamed.headers)
    await send({"type": "http.response.start", "status": streamed.code, "headers": headers})


def _headers(content_type: str, more: Sequence[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", content_type.encode("latin-1")),
        (b"cache-control", b"no-cache, private"),
        *((name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in more),
    ]
