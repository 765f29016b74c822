"""Heads of HTTP/1.x messages: parse them strictly, say how their body is framed, write them anew.

Does: read a request or response head from its bytes; decide framing, keep-alive and upgrade; render
the head that goes on to the other side: hop-by-hop fields gone, X-Forwarded-*, `Connection` set.
Does not: read bodies (`framing.py`), touch sockets.
Holds: a request that two readers could frame differently is refused, never guessed (length and
chunked at once, lengths that disagree, folded lines, bare line ends, unknown codings); fields that
are not hop-by-hop go on in their order, name case and bytes.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

TOKEN = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
VISIBLE = bytes(range(0x21, 0x7F)) + bytes(range(0x80, 0x100))
END = b"\r\n\r\n"

IDEMPOTENT = frozenset((b"GET", b"HEAD", b"OPTIONS", b"TRACE", b"PUT", b"DELETE"))
"""Methods that may be sent again on a new connection (RFC 9110, 9.2.2)."""

HOP_BY_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"te", b"upgrade", b"http2-settings")
)
"""Fields for one connection only; Transfer-Encoding goes on because the body goes on as framed."""

FORWARDED = frozenset((b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"))

Field = tuple[bytes, bytes, bytes]
"""Name in lower case, name as written, value without blanks around it."""


class Refused(Exception):
    """A message that cannot be passed on: the status to answer, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Framing(enum.Enum):
    """How the end of a body is known."""

    NONE = "none"
    LENGTH = "length"
    CHUNKED = "chunked"
    UNTIL_CLOSE = "until close"


@dataclass(frozen=True)
class Body:
    """A body's framing; `length` in bytes where it is by length."""

    framing: Framing
    length: int = 0


NO_BODY = Body(Framing.NONE)
CHUNKED_BODY = Body(Framing.CHUNKED)
UNTIL_CLOSE = Body(Framing.UNTIL_CLOSE)


@dataclass(frozen=True)
class Request:
    """A request's head."""

    method: bytes
    target: bytes
    minor: int
    fields: tuple[Field, ...]
    body: Body
    keeps_alive: bool
    upgrades: bool

    @property
    def may_be_repeated(self) -> bool:
        return self.method in IDEMPOTENT


@dataclass(frozen=True)
class Response:
    """A response's head; `line` is its first line as the child wrote it."""

    line: bytes
    status: int
    fields: tuple[Field, ...]
    body: Body
    keeps_alive: bool

    @property
    def is_interim(self) -> bool:
        return 100 <= self.status < 200 and self.status != 101


@dataclass(frozen=True)
class Peer:
    """Who asked, for X-Forwarded-*: the client's address, if it has one, and the scheme."""

    address: bytes | None
    scheme: bytes = b"http"


def parse_request(head: bytes) -> Request:
    """`head` is everything before the empty line. Raises Refused with the status to answer."""
    first, fields = _split(head, 400)
    method, target, minor = _request_line(first)
    connection = _options(fields, b"connection")
    # What HTTP/1.0 clients mean by keep-alive differs from ours: closing is always right.
    keeps_alive = minor == 1 and b"close" not in connection
    return Request(
        method=method,
        target=target,
        minor=minor,
        fields=fields,
        body=_request_body(fields, minor),
        keeps_alive=keeps_alive,
        upgrades=method == b"CONNECT" or (minor == 1 and b"upgrade" in connection),
    )


def parse_response(head: bytes, request: Request) -> Response:
    """`head` is everything before the empty line. Raises Refused(502) for what is no response."""
    first, fields = _split(head, 502)
    version, _, rest = first.partition(b" ")
    code = rest.partition(b" ")[0]
    if version not in (b"HTTP/1.1", b"HTTP/1.0") or not code.isdigit() or len(code) != 3:
        raise Refused(502, f"the server answered {first[:80]!r}, which is not HTTP/1.x")
    status = int(code)
    connection = _options(fields, b"connection")
    body = _response_body(fields, status, request)
    if version == b"HTTP/1.0":
        keeps_alive = b"keep-alive" in connection
    else:
        keeps_alive = b"close" not in connection
    return Response(
        line=b"HTTP/1.1" + first[8:],
        status=status,
        fields=fields,
        body=body,
        keeps_alive=keeps_alive and body is not UNTIL_CLOSE,
    )


def render_request(request: Request, peer: Peer) -> bytes:
    """The head that the child gets."""
    lines = [b"%s %s HTTP/1.%d" % (request.method, request.target, request.minor)]
    dropped = FORWARDED | (frozenset() if request.upgrades else _per_hop(request.fields))
    lines += [
        b"%s: %s" % (name, value) for low, name, value in request.fields if low not in dropped
    ]
    lines += _forwarded(request.fields, peer)
    return b"\r\n".join(lines) + END


def render_response(response: Response, *, close: bool) -> bytes:
    """The head that the client gets; `close` says that this connection ends after it."""
    lines = [response.line]
    switches = response.status == 101
    dropped = frozenset() if switches else _per_hop(response.fields)
    if response.body is CHUNKED_BODY:
        dropped |= {b"content-length"}  # chunked wins (RFC 9112, 6.3); the length must go
    lines += [
        b"%s: %s" % (name, value) for low, name, value in response.fields if low not in dropped
    ]
    if close and not switches:
        lines.append(b"Connection: close")
    return b"\r\n".join(lines) + END


def render_refusal(status: int, why: str) -> bytes:
    """A whole response of our own; the connection is closed after it."""
    reason = REASONS.get(status, "Error")
    text = f"{status} {reason}: {why}\n".encode()
    again = b"Retry-After: 1\r\n" if status == 503 else b""
    return (
        b"HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n"
        b"%sConnection: close\r\n\r\n%s"
    ) % (status, reason.encode(), len(text), again, text)


REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


def _split(head: bytes, status: int) -> tuple[bytes, tuple[Field, ...]]:
    if b"\0" in head:
        raise Refused(status, "a zero byte in the headers")
    first, *rest = head.split(b"\r\n")
    fields = []
    for line in rest:
        name, colon, value = line.partition(b":")
        if not colon or not name or name.translate(None, TOKEN):
            raise Refused(status, f"header line {line[:80]!r} has no field name")
        if b"\n" in value or b"\r" in value:
            raise Refused(status, f"header {name[:80]!r} holds a bare line end")
        fields.append((name.lower(), name, value.strip(b" \t")))
    return first, tuple(fields)


def _request_line(line: bytes) -> tuple[bytes, bytes, int]:
    parts = line.split(b" ")
    if len(parts) != 3:
        raise Refused(400, f"request line {line[:80]!r} is not METHOD TARGET VERSION")
    method, target, version = parts
    if not method or method.translate(None, TOKEN) or not target or target.translate(None, VISIBLE):
        raise Refused(400, f"request line {line[:80]!r} is not METHOD TARGET VERSION")
    if version not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise Refused(400, f"version {version[:20]!r} is not HTTP/1.x")
    return method, target, int(version[-1:])


def _request_body(fields: Iterable[Field], minor: int) -> Body:
    codings = [value.lower() for low, _, value in fields if low == b"transfer-encoding"]
    lengths = {value for low, _, value in fields if low == b"content-length"}
    if codings:
        if lengths or minor == 0:
            raise Refused(400, "transfer-encoding with content-length or HTTP/1.0")
        if codings != [b"chunked"]:
            raise Refused(501, f"transfer-encoding {codings[0][:40]!r} is not chunked")
        return CHUNKED_BODY
    if not lengths:
        return NO_BODY
    return _by_length(lengths, 400)


def _response_body(fields: Iterable[Field], status: int, request: Request) -> Body:
    if request.method == b"HEAD" or status < 200 or status in (204, 304):
        return NO_BODY
    codings = [value.lower() for low, _, value in fields if low == b"transfer-encoding"]
    if codings:
        return CHUNKED_BODY if codings == [b"chunked"] else UNTIL_CLOSE
    lengths = {value for low, _, value in fields if low == b"content-length"}
    return _by_length(lengths, 502) if lengths else UNTIL_CLOSE


def _by_length(lengths: set[bytes], status: int) -> Body:
    value = lengths.pop()
    if lengths or not value.isdigit() or len(value) > 18:
        raise Refused(status, f"content-length {value[:40]!r} is not one number")
    return Body(Framing.LENGTH, int(value)) if int(value) else NO_BODY


def _per_hop(fields: Iterable[Field]) -> frozenset[bytes]:
    """Hop-by-hop fields: the known ones and those that Connection names, framing excepted."""
    named = _options(fields, b"connection") - {b"content-length", b"transfer-encoding", b"host"}
    return HOP_BY_HOP | named


def _options(fields: Iterable[Field], name: bytes) -> frozenset[bytes]:
    values = [value for low, _, value in fields if low == name]
    if not values:
        return frozenset()
    return frozenset(part.strip(b" \t").lower() for value in values for part in value.split(b","))


def _forwarded(fields: Iterable[Field], peer: Peer) -> list[bytes]:
    chain = [value for low, _, value in fields if low == b"x-forwarded-for" and value]
    if peer.address:
        chain.append(peer.address)
    lines = [b"X-Forwarded-For: " + b", ".join(chain)] if chain else []
    lines.append(b"X-Forwarded-Proto: " + (_first(fields, b"x-forwarded-proto") or peer.scheme))
    host = _first(fields, b"x-forwarded-host") or _first(fields, b"host")
    return [*lines, b"X-Forwarded-Host: " + host] if host else lines


def _first(fields: Iterable[Field], name: bytes) -> bytes:
    return next((value for low, _, value in fields if low == name), b"")
