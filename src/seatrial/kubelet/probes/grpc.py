"""Asks a container by gRPC's health protocol (`grpc.health.v1.Health/Check`), over clear HTTP/2.

Does: one unary call with the two tiny messages of the protocol, written out by hand.
Does not: TLS; the kubelet's gRPC probe has none either.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from seatrial.kubelet.probes.http import USER_AGENT
from seatrial.kubelet.probes.outcome import Outcome, failure, success

_PATH = "/grpc.health.v1.Health/Check"
_SERVING = 1
_STATUS_NAMES = {0: "UNKNOWN", 1: "SERVING", 2: "NOT_SERVING", 3: "SERVICE_UNKNOWN"}
_UNIMPLEMENTED = 12
_NOT_FOUND = 5
READ_BYTES = 16 * 1024


@dataclass(slots=True)
class _Answer:
    """What has come back so far."""

    body: bytearray = field(default_factory=bytearray)
    headers: dict[str, str] = field(default_factory=dict)
    is_whole: bool = False


async def ask(host: str, port: int, service: str, *, timeout_s: float) -> Outcome:
    """One health check of `service` ("" is the server as a whole)."""
    place = f"{host}:{port}"
    try:
        async with asyncio.timeout(timeout_s):
            answer = await _call(host, port, service)
    except TimeoutError:
        return failure(f'timeout: failed to connect service "{place}" within {timeout_s:g}s: '
                       "context deadline exceeded")  # fmt: skip
    except OSError as error:
        words = (error.strerror or "connection failed").lower()
        return failure(f'error: failed to connect service "{place}": {words}')
    except h2.exceptions.ProtocolError as error:
        return failure(f'error: "{place}" does not speak gRPC: {error}')
    return judge(answer.headers, bytes(answer.body))


def judge(headers: dict[str, str], body: bytes) -> Outcome:
    """What an answer means."""
    code = int(headers.get("grpc-status") or 0)
    if code == _UNIMPLEMENTED:
        return failure("error: this server does not implement the grpc health protocol "
                       "(grpc.health.v1.Health)")  # fmt: skip
    if code == _NOT_FOUND:
        words = headers.get("grpc-message") or "NotFound"
        return failure(f"error: health rpc probe failed: {words}")
    if code:
        return failure(f"error: health rpc probe failed with code {code}")
    if headers.get(":status") not in {None, "200"}:
        return failure(f"error: health rpc probe failed with HTTP status {headers[':status']}")
    status = parse_status(body)
    if status == _SERVING:
        return success("service is serving")
    return failure(f"service unhealthy (responded with {_STATUS_NAMES.get(status, str(status))!r})")


def render_request(service: str) -> bytes:
    """A framed HealthCheckRequest: field 1, the service's name."""
    name = service.encode()
    message = b"\x0a" + _varint(len(name)) + name if name else b""
    return b"\x00" + len(message).to_bytes(4, "big") + message


def parse_status(body: bytes) -> int:
    """The status in a framed HealthCheckResponse: field 1, a varint; 0 when it is left out."""
    message = body[5 : 5 + int.from_bytes(body[1:5], "big")]
    if message[:1] != b"\x08" or len(message) < 2:
        return 0
    return message[1]


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


async def _call(host: str, port: int, service: str) -> _Answer:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        connection = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=True, header_encoding="utf-8")
        )
        connection.initiate_connection()
        connection.send_headers(1, _request_headers(f"{host}:{port}"))
        connection.send_data(1, render_request(service), end_stream=True)
        writer.write(connection.data_to_send())
        answer = _Answer()
        while not answer.is_whole:
            data = await reader.read(READ_BYTES)
            if not data:
                raise ConnectionResetError(104, "connection closed before the answer")
            _take(answer, connection.receive_data(data))
            writer.write(connection.data_to_send())
        return answer
    finally:
        writer.transport.abort()


def _request_headers(authority: str) -> list[tuple[str, str]]:
    return [
        (":method", "POST"), (":scheme", "http"), (":path", _PATH), (":authority", authority),
        ("content-type", "application/grpc"), ("te", "trailers"), ("user-agent", USER_AGENT),
    ]  # fmt: skip


def _take(answer: _Answer, events: Iterable[object]) -> None:
    for event in events:
        if isinstance(event, h2.events.ResponseReceived | h2.events.TrailersReceived):
            answer.headers.update({_text(key): _text(value) for key, value in event.headers})
        elif isinstance(event, h2.events.DataReceived):
            answer.body += event.data
        elif isinstance(
            event, h2.events.StreamEnded | h2.events.StreamReset | h2.events.ConnectionTerminated
        ):
            answer.is_whole = True


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")
