"""One HTTP/1.1 request over a raw socket, and the name of what came back.

Does: connects, sends bytes, reads one response to its end; turns what the kernel says into the
words of judge_cells.py.
Does not: know about SIGTERM or schedules.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final

from judge_cells import CUT, END, NO_KEEP_ALIVE, OK, OK_CLOSE, REFUSED, RESET, SILENCE

ANSWER_LIMIT_S: Final = 12.0
"""No honest answer of the list takes longer: the slow request needs 3 s, a busy worker twice."""
RECEIVE_BYTES: Final = 65536
HOST: Final = "judge"
"""What requests and TLS call the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole response: its status and whether it ends the connection."""

    status: int
    closes: bool

    def value(self) -> str:
        if self.status != 200:
            return str(self.status)
        return OK_CLOSE if self.closes else OK


def request(path: str = "/") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()


def halves() -> tuple[bytes, bytes]:
    """A request cut in the middle of its headers."""
    return b"GET / HTTP/1.1\r\nHost: judge\r\nX-Ha", b"lf: sent\r\n\r\n"


class Connection:
    """A raw TCP connection to the server on trial, TLS on top where given. Close it."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._port = port
        self._tls = tls
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def connect(self) -> None:
        """Shake hands, both times with TLS."""
        await asyncio.get_running_loop().sock_connect(self._socket, ("127.0.0.1", self._port))
        if self._tls is not None:
            self._streams = await asyncio.open_connection(
                sock=self._socket, ssl=self._tls, server_hostname=HOST
            )

    async def send(self, data: bytes) -> None:
        if self._streams is None:
            await asyncio.get_running_loop().sock_sendall(self._socket, data)
            return
        _, writer = self._streams
        writer.write(data)
        await writer.drain()

    async def receive(self) -> bytes:
        """What has come; nothing at the end of the connection."""
        if self._streams is None:
            return await asyncio.get_running_loop().sock_recv(self._socket, RECEIVE_BYTES)
        reader, _ = self._streams
        return await reader.read(RECEIVE_BYTES)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].transport.abort()
        self._socket.close()

    async def read(self) -> Answer | None:
        """The next response; None when the server ended the connection before it began."""
        head = b""
        while b"\r\n\r\n" not in head:
            data = await self.receive()
            if not data:
                if head:
                    raise EOFError
                return None
            head += data
        head, _, body = head.partition(b"\r\n\r\n")
        status, headers = parse_head(head)
        await self._read_body(headers, body)
        return Answer(status=status, closes=says_close(headers))

    async def _read_body(self, headers: dict[str, str], body: bytes) -> None:
        while not is_whole(headers, body):
            data = await self.receive()
            if not data:
                if ends_with_connection(headers):
                    return
                raise EOFError
            body += data


def parse_head(head: bytes) -> tuple[int, dict[str, str]]:
    """Status and headers (lower-case names) of a response head without its empty line."""
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}


def says_close(headers: dict[str, str]) -> bool:
    return "close" in headers.get("connection", "").lower()


def ends_with_connection(headers: dict[str, str]) -> bool:
    return "content-length" not in headers and "transfer-encoding" not in headers


def is_whole(headers: dict[str, str], body: bytes) -> bool:
    if "content-length" in headers:
        return len(body) >= int(headers["content-length"])
    if "transfer-encoding" in headers:
        return body.endswith(b"0\r\n\r\n")
    return False


async def name_outcome(connection: Connection, *parts: bytes, connect: bool = False) -> str:
    """Send what is left of a request, say in one word what came of it, and close.

    A client that was told to close does so: servers linger for it.
    """

    async def ask() -> str:
        if connect:
            await connection.connect()
        for part in parts:
            await connection.send(part)
        answer = await connection.read()
        return END if answer is None else answer.value()

    try:
        return await named(ask())
    finally:
        connection.close()


async def named(answer: Awaitable[str]) -> str:
    """``answer``, or the word for what became of its connection."""
    try:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            return await answer
    except TimeoutError:
        return SILENCE
    except ConnectionRefusedError:
        return REFUSED
    except (ConnectionResetError, BrokenPipeError):
        return RESET
    except ssl.SSLError:
        return END
    except EOFError:
        return CUT


async def next_on_idle(connection: Connection, first: Answer) -> str:
    """What a second request on a kept connection gets, unless the first answer forbade it."""
    if first.closes:
        connection.close()
        return NO_KEEP_ALIVE
    return await name_outcome(connection, request())
