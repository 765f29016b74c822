"""Ways of asking, against real sockets on the loopback."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import h2.config
import h2.connection
import h2.events
import pytest

from seatrial.kubelet.probes import grpc, http, tcp
from seatrial.kubelet.probes.outcome import Result

HOST = "127.0.0.1"
LIMIT_S = 20.0


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[int]:
    """A server on a free port; its connections are over when this is."""
    connections: list[asyncio.Task[object]] = []

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.append(task)
        try:
            await serve(reader, writer)
        finally:
            writer.close()
            await writer.wait_closed()

    running = await asyncio.start_server(one, HOST, 0)
    async with running:
        yield running.sockets[0].getsockname()[1]
    await asyncio.gather(*connections)


@asynccontextmanager
async def server(answer: bytes, requests: list[bytes]) -> AsyncIterator[int]:
    """Answers each connection's first bytes with `answer`, then closes it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.read(4096))
        writer.write(answer)

    async with serving(serve) as port:
        yield port


def reply(line: str, *headers: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {line}", "Content-Length: 2", *headers, "", "ok")).encode()


@pytest.mark.parametrize(
    ("answer", "result", "output"),
    [
        (reply("200 OK"), Result.SUCCESS, "ok"),
        (reply("302 Found"), Result.SUCCESS, "ok"),
        (reply("503 Busy"), Result.FAILURE, "HTTP probe failed with statuscode: 503"),
        (reply("302 Found", "Location: http://elsewhere.example/"), Result.SUCCESS,
         "Probe terminated redirects, Response body: ok"),
    ],
)  # fmt: skip
async def test_http_answers(answer: bytes, result: Result, output: str) -> None:
    requests: list[bytes] = []
    async with server(answer, requests) as port:
        url = http.url_of({"path": "/ready?full=1"}, pod_ip=HOST, port=port)
        headers = http.headers_of({"httpHeaders": [{"name": "X-Probe", "value": "yes"}]})
        got = await http.ask(url, headers, timeout_s=LIMIT_S)
    assert (got.result, got.output) == (result, output)
    text = requests[0].decode()
    assert text.startswith("GET /ready?full=1 HTTP/1.1\r\n")
    assert "User-Agent: kube-probe/1.37\r\n" in text
    assert "X-Probe: yes\r\n" in text


async def test_http_refused_and_silent() -> None:
    async with server(b"", []) as port:
        url = http.url_of({}, pod_ip=HOST, port=port)
        got = await http.ask(url, {}, timeout_s=LIMIT_S)
        assert got.output == f'Get "http://{HOST}:{port}/": EOF'
    got = await http.ask(url, {}, timeout_s=LIMIT_S)
    where = f"{HOST}:{port}"
    assert got.output == f'Get "http://{where}/": dial tcp {where}: connect: connection refused'


async def test_tcp() -> None:
    async with server(b"", []) as port:
        assert (await tcp.ask(HOST, port, timeout_s=LIMIT_S)).result is Result.SUCCESS
    got = await tcp.ask(HOST, port, timeout_s=LIMIT_S)
    assert got.output == f"dial tcp {HOST}:{port}: connect: connection refused"


@asynccontextmanager
async def grpc_server(message: bytes, code: int, asked: list[bytes]) -> AsyncIterator[int]:
    """Answers one call with `message` and the gRPC status `code`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        connection.initiate_connection()
        writer.write(connection.data_to_send())
        while data := await reader.read(4096):
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.DataReceived):
                    asked.append(event.data)
                if isinstance(event, h2.events.StreamEnded):
                    connection.send_headers(1, [(":status", "200")])
                    if message:
                        framed = b"\x00" + len(message).to_bytes(4, "big") + message
                        connection.send_data(1, framed)
                    connection.send_headers(1, [("grpc-status", str(code))], end_stream=True)
            writer.write(connection.data_to_send())

    async with serving(serve) as port:
        yield port


@pytest.mark.parametrize(
    ("message", "code", "result"),
    [
        (b"\x08\x01", 0, Result.SUCCESS),
        (b"\x08\x02", 0, Result.FAILURE),
        (b"", 12, Result.FAILURE),
        (b"", 5, Result.FAILURE),
    ],
)
async def test_grpc_health(message: bytes, code: int, result: Result) -> None:
    asked: list[bytes] = []
    async with grpc_server(message, code, asked) as port:
        got = await grpc.ask(HOST, port, "shop", timeout_s=LIMIT_S)
    assert got.result is result
    assert asked == [b"\x00\x00\x00\x00\x06\x0a\x04shop"]


async def test_grpc_refused() -> None:
    async with server(b"", []) as port:
        pass
    got = await grpc.ask(HOST, port, "", timeout_s=LIMIT_S)
    assert got.result is Result.FAILURE
    assert got.output.startswith(f'error: failed to connect service "{HOST}:{port}"')
