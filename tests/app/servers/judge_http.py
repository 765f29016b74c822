"""One HTTP/1.1 request over a raw socket, and the name of what came back.

Does: connects, sends bytes, reads one response to its end; turns what the kernel says into the
words of judge_cells.py.
Does not: know about SIGTERM or schedules.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import Final

from judge_cells import CUT, END, NO_KEEP_ALIVE, OK, OK_CLOSE, REFUSED, RESET, SILENCE

ANSWER_LIMIT_S: Final = 12.0
"""No honest answer of the list takes longer: the slow request needs 3 s, a busy worker twice."""
RECEIVE_BYTES: Final = 65536


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
    return f"GET {path} HTTP/1.1\r\nHost: judge\r\n\r\n".encode()


def halves() -> tuple[bytes, bytes]:
    """A request cut in the middle of its headers."""
    return b"GET / HTTP/1.1\r\nHost: judge\r\nX-Ha", b"lf: sent\r\n\r\n"


class Connection:
    """A raw TCP connection to the server on trial. Close it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setblocking(False)

    async def connect(self) -> None:
        await asyncio.get_running_loop().sock_connect(self._socket, ("127.0.0.1", self._port))

    async def send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._socket, data)

    async def read(self) -> Answer | None:
        """The next response; None when the server ended the connection before it began."""
        head = b""
        while b"\r\n\r\n" not in head:
            data = await self._receive()
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
            data = await self._receive()
            if not data:
                if ends_with_connection(headers):
                    return
                raise EOFError
            body += data

    async def _receive(self) -> bytes:
        return await asyncio.get_running_loop().sock_recv(self._socket, RECEIVE_BYTES)

    def close(self) -> None:
        self._socket.close()


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
    try:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            if connect:
                await connection.connect()
            for part in parts:
                await connection.send(part)
            answer = await connection.read()
    except TimeoutError:
        return SILENCE
    except ConnectionRefusedError:
        return REFUSED
    except (ConnectionResetError, BrokenPipeError):
        return RESET
    except EOFError:
        return CUT
    finally:
        connection.close()
    return END if answer is None else answer.value()


async def next_on_idle(connection: Connection, first: Answer) -> str:
    """What a second request on a kept connection gets, unless the first answer forbade it."""
    if first.closes:
        connection.close()
        return NO_KEEP_ALIVE
    return await name_outcome(connection, request())
