"""The traffic driver: one program of the standard library only, run in a pod of the cluster.

    python3 driver.py PLAN.json

Does: drives HTTP/1.1 requests at several targets, each lane on its own constant schedule (open
loop: a slow answer never delays the next request); writes one JSON line a request with every moment
and an exact outcome.
Does not: judge, retry or follow redirects; a retry would hide what a trial looks for.
Holds: a request is written exactly once; times are seconds since the epoch; at most
`in_flight_max` requests of a target are under way, the rest is counted as `skipped`; on SIGTERM no
new request starts, those in flight end, and the last line is the summary.

The lanes, by `kind`:

    new         connect, one GET, close
    kept-alive  like any careful client it looks at an idle connection before it uses it again: one
                that the server has closed already is replaced, and that is no loss
    idle        does not look: each request is the one that crosses the server's close
    in-flight   a GET whose answer takes long
    silent      connect, say nothing for `pause_s`, then one GET
    half-sent   half of the head, nothing for `pause_s`, the rest
    slow-body   a POST whose body comes in pieces over `pause_s`

Another protocol is a subclass of `Driver` with an `ask` of its own, in a program that imports this
one and calls `main` (`driver` in seatrial.toml).

A request is told by the kind of its lane once it has a connection; before that it is `new`, and so
is the first one on a connection that is kept.
"""

import asyncio
import contextlib
import errno
import fcntl
import functools
import ipaddress
import itertools
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

READ_BYTES = 65_536
HEAD_BYTES_MAX = 65_536
# Local ports are used in turn, so that none comes again within minutes: the kernel's connection
# tracking would send a new connection from a port it remembers to the pod it remembers.
LOCAL_PORTS = range(10_000, 65_000)
BIND_TRIES_MAX = 64
# Of a body only this much is kept to be compared; the rest is counted.
BODY_BYTES_KEPT = 65_536
# Lines are gathered for so long before they are written: one system call for many.
FLUSH_S = 0.02
# What standard output may hold while its reader does something else: a full pipe stops the driver.
PIPE_BYTES = 1_048_576
# A slow body: so many bytes in so many pieces.
UPLOAD_BYTES = 4_096
UPLOAD_PIECES = 4

OUTCOME_BY_ERRNO = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.ECONNABORTED: "reset",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ETIMEDOUT: "timeout",
}


class Malformed(Exception):
    """What came is no HTTP response."""


class Ended(Exception):
    """The server closed before the response was whole."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One schedule. `connections` share the rate of the kinds that keep them."""

    rate_per_s: float
    kind: str = "new"
    connections: int = 1
    path: str = ""  # "": the target's
    pause_s: float = 0.0  # from the first byte of the request (or the connection) to the last
    timeout_s: float = 0.0  # for the answer; 0: the plan's

    @property
    def keeps(self) -> bool:
        """Does it use a connection again?"""
        return self.kind in ("kept-alive", "idle")

    @property
    def looks(self) -> bool:
        """Does it look at an idle connection before it uses it again?"""
        return self.kind == "kept-alive"


Piece = tuple[float, bytes]  # a pause in seconds, and what is sent after it


@dataclass(frozen=True, slots=True)
class Target:
    """Where to, what is asked and what is expected."""

    name: str
    host: str
    port: int
    path: str = "/"
    host_header: str = ""
    expect_status: tuple[int, ...] = ()
    expect_body: str = ""
    pod_header: str = "x-pod"
    lanes: tuple[Lane, ...] = ()

    def is_expected(self, status: int) -> bool:
        """Without an expectation anything below 400 is well."""
        return status in self.expect_status if self.expect_status else status < 400

    def is_body_expected(self, lane: Lane, body: bytes) -> bool:
        """What the body must hold, where it is the target's own path that was asked."""
        return bool(lane.path) or not self.expect_body or self.expect_body.encode() in body


@functools.cache
def pieces_of(target: Target, lane: Lane) -> tuple[Piece, ...]:
    """The request, as it is sent."""
    if lane.kind == "slow-body":
        piece = (lane.pause_s / UPLOAD_PIECES, b"x" * (UPLOAD_BYTES // UPLOAD_PIECES))
        return ((0.0, head_of(target, lane)), *[piece] * UPLOAD_PIECES)
    head = head_of(target, lane)
    if lane.kind == "half-sent":
        return ((0.0, head[: len(head) // 2]), (lane.pause_s, head[len(head) // 2 :]))
    return ((lane.pause_s, head),)


def head_of(target: Target, lane: Lane) -> bytes:
    """The head of a request, whole."""
    method = "POST" if lane.kind == "slow-body" else "GET"
    lines = [
        f"{method} {lane.path or target.path} HTTP/1.1",
        f"Host: {target.host_header or target.host}",
        "User-Agent: seatrial",
        "Accept: */*",
        f"Connection: {'keep-alive' if lane.keeps else 'close'}",
    ]
    if lane.kind == "slow-body":
        lines += ["Content-Type: application/octet-stream", f"Content-Length: {UPLOAD_BYTES}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a driver is told."""

    targets: tuple[Target, ...]
    timeout_s: float = 5.0
    in_flight_max: int = 512


def parse_plan(text: str) -> Plan:
    """The plan of a JSON file."""
    wire = json.loads(text)
    targets = []
    for each in wire["targets"]:
        lanes = tuple(Lane(**lane) for lane in each.pop("lanes"))
        status = tuple(each.pop("expect_status", ()))
        targets.append(Target(**each, lanes=lanes, expect_status=status))
    return Plan(tuple(targets), wire.get("timeout_s", 5.0), wire.get("in_flight_max", 512))


@dataclass(slots=True)
class Connection:
    """One TCP connection and how often it has been used."""

    sock: socket.socket
    used: int = 0
    unread: bytes = b""

    def is_closed_by_peer(self) -> bool:
        """Has the server said goodbye (or garbage) while the connection was idle?"""
        try:
            self.unread += self.sock.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        """Let it go."""
        self.sock.close()


@dataclass(slots=True)
class Response:
    """What came back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    body_bytes: int = 0
    version: str = ""

    def is_reusable(self) -> bool:
        """May the connection carry another request?"""
        words = self.headers.get("connection", "").lower()
        if "close" in words:
            return False
        return self.version == "HTTP/1.1" or "keep-alive" in words


@dataclass(slots=True)
class Line:
    """One request as it is written: moments are epoch seconds, 0 where it never came so far."""

    id: int
    target: str
    connection: str
    due: float
    started: float = 0.0
    connected: float = 0.0
    sent: float = 0.0
    first_byte: float = 0.0
    ended: float = 0.0
    outcome: str = ""
    detail: str = ""
    status: int = 0
    bytes: int = 0
    used: int = 0
    local: str = ""
    remote: str = ""
    pod: str = ""
    redialled: bool = False
    closing: bool = False  # the answer on a connection that was to be kept said that it will close

    def wire(self) -> dict[str, object]:
        """The mapping that is written; empty fields stay out."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        kept = {
            name: round(value, 6) if isinstance(value, float) else value
            for name, value in fields.items()
            if value not in ("", 0, False) or name == "id"
        }
        return {"kind": "request", **kept}


def write_line(wire: dict[str, object]) -> None:
    """One JSON line for standard output."""
    sys.stdout.write(json.dumps(wire, separators=(",", ":")) + "\n")


def flush_lines() -> None:
    """What was written so far leaves this process."""
    sys.stdout.flush()


def widen_output() -> None:
    """Give the pipe behind standard output more room, where it is one and the system allows it."""
    with contextlib.suppress(OSError, AttributeError, ValueError):
        fcntl.fcntl(sys.stdout.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)


async def resolve(host: str, port: int) -> tuple[int, tuple[str, int]]:
    """Address family and address of a literal or a name; a name is asked for each connection."""
    family = literal_family(host)
    if family:
        return family, (host, port)
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family, _, _, _, address = found[0]
    return family, (str(address[0]), int(address[1]))


@functools.cache
def literal_family(host: str) -> int:
    """Address family of a literal; 0 for a name."""
    try:
        version = ipaddress.ip_address(host).version
    except ValueError:
        return 0
    return socket.AF_INET if version == 4 else socket.AF_INET6


@functools.cache
def own_address(family: int, address: tuple[str, int]) -> str:
    """The address that the kernel would use towards `address`; nothing is sent."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect(address)
        return str(probe.getsockname()[0])


def bind_next(sock: socket.socket, address: str, ports: Iterator[int]) -> None:
    """Bind to the next port that is free; whatever it is comes out of `getsockname`."""
    for _ in range(BIND_TRIES_MAX):
        try:
            sock.bind((address, next(ports)))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return
    sock.bind((address, 0))


async def dial(target: Target, line: Line, ports: Iterator[int]) -> Connection:
    """A new connection; `line` learns both ends even when it fails.

    The socket is bound before it connects: the port of a refused connection could not be asked for
    afterwards, and it is the key by which the trial finds the pod that refused.
    """
    family, address = await resolve(target.host, target.port)
    line.remote = f"{address[0]}:{address[1]}"
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        bind_next(sock, own_address(family, address), ports)
        line.local = "{}:{}".format(*sock.getsockname()[:2])
        await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    line.connected = time.time()
    return Connection(sock)


class Reader:
    """Reads one response from a connection."""

    def __init__(self, connection: Connection, line: Line) -> None:
        self._sock = connection.sock
        self._line = line
        self._buffer = connection.unread
        self.response = Response()

    async def read(self) -> Response:
        """The response, whole. Raises Ended, Malformed, OSError."""
        await self._read_head()
        headers = self.response.headers
        if self.response.status in (204, 304):
            return self.response
        if "chunked" in headers.get("transfer-encoding", "").lower():
            await self._read_chunks()
        elif "content-length" in headers:
            await self._take(_number(headers["content-length"], 10))
        else:
            await self._read_rest()
        return self.response

    async def _more(self) -> None:
        data = await asyncio.get_running_loop().sock_recv(self._sock, READ_BYTES)
        if not data:
            raise Ended
        if not self._line.first_byte:
            self._line.first_byte = time.time()
        self._line.bytes += len(data)
        self._buffer += data

    async def _read_head(self) -> None:
        while b"\r\n\r\n" not in self._buffer:
            if len(self._buffer) > HEAD_BYTES_MAX:
                raise Malformed("the head of the response has no end")
            await self._more()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        version, _, rest = status_line.partition(" ")
        if not version.startswith("HTTP/1."):
            raise Malformed(f"the response starts with {status_line[:40]!r}")
        self.response.version = version
        self.response.status = _number(rest[:3], 10)
        for line in lines:
            name, _, value = line.partition(":")
            self.response.headers[name.strip().lower()] = value.strip()

    async def _take(self, count: int) -> None:
        while count:
            if not self._buffer:
                await self._more()
            piece, self._buffer = self._buffer[:count], self._buffer[count:]
            count -= len(piece)
            self._keep(piece)

    async def _read_line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            if len(self._buffer) > HEAD_BYTES_MAX:
                raise Malformed("a chunk's head has no end")
            await self._more()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    async def _read_chunks(self) -> None:
        while True:
            head = await self._read_line()
            size = _number(head.partition(b";")[0].decode("latin-1").strip(), 16)
            if size == 0:
                break
            await self._take(size)
            await self._read_line()
        while await self._read_line():  # trailers end on an empty line
            pass

    async def _read_rest(self) -> None:
        self.response.headers["connection"] = "close"
        try:
            while True:
                self._keep(self._buffer)
                self._buffer = b""
                await self._more()
        except Ended:
            return

    def _keep(self, piece: bytes) -> None:
        self.response.body_bytes += len(piece)
        if len(self.response.body) < BODY_BYTES_KEPT:
            self.response.body += piece


def _number(text: str, base: int) -> int:
    try:
        number = int(text, base)
    except ValueError as error:
        raise Malformed(f"{text[:20]!r} is not a number") from error
    if number < 0:
        raise Malformed(f"{text[:20]!r} is negative")
    return number


def judge(target: Target, lane: Lane, response: Response) -> tuple[str, str]:
    """Outcome and detail of a whole response."""
    if response.status >= 500 and not target.is_expected(response.status):
        return "5xx", f"status {response.status}"
    if not target.is_expected(response.status):
        return "wrong status", f"status {response.status}"
    if not target.is_body_expected(lane, response.body):
        return "wrong body", f"no {target.expect_body!r} in {response.body[:60]!r}"
    return "ok", ""


def classify(error: BaseException, line: Line) -> tuple[str, str]:
    """Outcome and detail of an exchange that broke."""
    answered = line.first_byte > 0
    if isinstance(error, TimeoutError):
        stage = "answering" if answered else "waiting" if line.sent else "connecting"
        return "timeout", f"while {stage}"
    if isinstance(error, Malformed):
        return "malformed", str(error)
    if isinstance(error, socket.gaierror):
        return "dns", str(error)
    if isinstance(error, Ended):
        return ("partial", "EOF within the response") if answered else ("EOF", "")
    if isinstance(error, OSError):
        outcome = OUTCOME_BY_ERRNO.get(error.errno or 0, "error")
        text = os.strerror(error.errno) if error.errno else str(error)
        return ("partial", f"{text} within the response") if answered else (outcome, text)
    return "error", repr(error)


class Driver:
    """Runs a plan until it is told to stop."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._ids: Iterator[int] = itertools.count(1)
        self.ports: Iterator[int] = itertools.cycle(LOCAL_PORTS)
        self._in_flight = dict.fromkeys((target.name for target in plan.targets), 0)
        self._counts: dict[str, int] = {}
        self._stopping = asyncio.Event()
        self._flush: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        """Start no further request."""
        self._stopping.set()

    async def run(self) -> None:
        """Drive until `stop`; returns when the last request has ended and the summary is out."""
        self._tell({"kind": "hello", "at": time.time(), "targets": len(self.plan.targets)})
        async with asyncio.TaskGroup() as group:
            for target in self.plan.targets:
                for lane in target.lanes:
                    self._drive(group, target, lane)
        self._tell({"kind": "summary", "at": time.time(), "outcomes": self._counts})
        flush_lines()

    def _tell(self, wire: dict[str, object]) -> None:
        write_line(wire)
        if self._flush is None:
            self._flush = asyncio.get_running_loop().call_later(FLUSH_S, self._flush_now)

    def _flush_now(self) -> None:
        self._flush = None
        flush_lines()

    def _drive(self, group: asyncio.TaskGroup, target: Target, lane: Lane) -> None:
        if lane.rate_per_s <= 0:
            return
        if not lane.keeps:
            group.create_task(self._send_each(group, target, lane))
            return
        every_s = lane.connections / lane.rate_per_s
        for number in range(lane.connections):
            offset_s = every_s * number / lane.connections
            group.create_task(self._keep(target, lane, every_s, offset_s))

    async def _send_each(self, group: asyncio.TaskGroup, target: Target, lane: Lane) -> None:
        """Each request on a connection of its own."""
        async for due in self._schedule(1 / lane.rate_per_s, 0.0):
            line = Line(next(self._ids), target.name, "new", due)
            group.create_task(self._exchange(target, lane, line, None))

    async def _keep(self, target: Target, lane: Lane, every_s: float, offset_s: float) -> None:
        """One request after the other on one connection, as long as the server keeps it."""
        connection = None
        async for due in self._schedule(every_s, offset_s):
            line = Line(next(self._ids), target.name, "new", due)
            if lane.looks and connection is not None and connection.is_closed_by_peer():
                connection.close()
                connection, line.redialled = None, True
            connection = await self._exchange(target, lane, line, connection)
        if connection is not None:
            connection.close()

    async def _schedule(self, every_s: float, offset_s: float) -> AsyncIterator[float]:
        """Wall times at which a request is due, until the driver stops; never hurried, never
        shifted.
        """
        loop = asyncio.get_running_loop()
        epoch = time.time() - loop.time()
        first = loop.time() + offset_s
        for number in itertools.count():
            due = first + number * every_s
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await self._stopping.wait()
            if self._stopping.is_set():
                return
            yield epoch + due

    async def _exchange(self, target: Target, lane: Lane, line: Line, connection: Any) -> Any:
        """One request; the connection when it may be used again."""
        if self._in_flight[target.name] >= self.plan.in_flight_max:
            self._count("skipped")
            return connection
        self._in_flight[target.name] += 1
        try:
            return await self.ask(target, lane, line, connection)
        except Exception as error:  # noqa: BLE001 -- a bug in one exchange must not end the others
            line.outcome, line.detail = "error", repr(error)
            return None
        finally:
            self._in_flight[target.name] -= 1
            line.ended = time.time()
            self._count(line.outcome)
            self._tell(line.wire())

    async def ask(self, target: Target, lane: Lane, line: Line, connection: Any) -> Any:
        """One exchange, told in `line`; the connection (or what stands for one) if it stays."""
        line.started = time.time()
        try:
            async with asyncio.timeout(lane.timeout_s or self.plan.timeout_s):
                if connection is None:
                    async with asyncio.timeout(self.plan.timeout_s):
                        connection = await dial(target, line, self.ports)
                response = await talk(target, lane, line, connection)
        except (Malformed, Ended, OSError) as error:  # TimeoutError and gaierror are OSErrors
            line.outcome, line.detail = classify(error, line)
            if connection is not None:
                connection.close()
            return None
        line.outcome, line.detail = judge(target, lane, response)
        line.status = response.status
        line.pod = response.headers.get(target.pod_header, "")
        line.closing = lane.keeps and not response.is_reusable()
        if lane.keeps and not line.closing:
            connection.used += 1
            return connection
        connection.close()
        return None

    def _count(self, outcome: str) -> None:
        self._counts[outcome] = self._counts.get(outcome, 0) + 1


async def talk(target: Target, lane: Lane, line: Line, connection: Connection) -> Response:
    """Send the request on `connection` and read its response."""
    if connection.used or not lane.keeps:
        line.connection = lane.kind
    if connection.used:
        line.used = connection.used
        line.local = "{}:{}".format(*connection.sock.getsockname()[:2])
        line.remote = f"{target.host}:{target.port}"
    loop = asyncio.get_running_loop()
    for pause_s, data in pieces_of(target, lane):
        if pause_s:
            await asyncio.sleep(pause_s)
        await loop.sock_sendall(connection.sock, data)
    line.sent = time.time()
    return await Reader(connection, line).read()


async def _run(plan: Plan, make: Callable[[Plan], Driver]) -> None:
    """Drive until SIGTERM or SIGINT."""
    driver = make(plan)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, driver.stop)
    await driver.run()


def main(arguments: list[str], make: Callable[[Plan], Driver] = Driver) -> int:
    """Run the plan of the file named first, with the driver that `make` makes."""
    with open(arguments[0], encoding="utf-8") as file:
        plan = parse_plan(file.read())
    widen_output()
    asyncio.run(_run(plan, make))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
