"""A client fast enough to be a load: prepared requests on kept connections, answers parsed in C."""

import asyncio
import json
import ssl
import time
from collections.abc import Iterator
from typing import Any, Self

import httptools

from seatrial.cluster.launch import Running

CONNECTIONS = 64
# One list is asked so often, and the median taken.
LISTS = 9


class Connection(asyncio.Protocol):
    """One kept connection: a request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser: Any = None
        self._answer: asyncio.Future[int] | None = None
        self.body_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server left"))

    def on_body(self, body: bytes) -> None:
        self.body_bytes += len(body)

    def on_message_complete(self) -> None:
        assert self._answer is not None
        self._answer.set_result(self._parser.get_status_code())

    async def ask(self, request: bytes) -> int:
        """The status code of the answer."""
        assert self._transport is not None
        self._parser = httptools.HttpResponseParser(self)
        self._answer = asyncio.get_running_loop().create_future()
        self.body_bytes = 0
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()


class Load:
    """Many connections to one API server."""

    def __init__(self, running: Running) -> None:
        pki = running.layout.pki
        self._port = int(running.state.server.rpartition(":")[2])
        self._token = (pki / "token").read_text().strip()
        self._tls = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        self._connections: list[Connection] = []

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for _ in range(CONNECTIONS):
            _, connection = await loop.create_connection(
                Connection, "127.0.0.1", self._port, ssl=self._tls
            )
            self._connections.append(connection)
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._connections:
            connection.close()

    async def create(self, prefix: str, count: int) -> None:
        """ConfigMaps `prefix-0`, `prefix-1`, ..."""
        await self._drive(
            self._post("/api/v1/namespaces/default/configmaps", config_map(f"{prefix}-{number}"))
            for number in range(count)
        )

    async def create_for(self, seconds: float) -> float:
        """Small ConfigMaps a second."""
        until = time.perf_counter() + seconds

        def requests() -> Iterator[bytes]:
            number = 0
            while time.perf_counter() < until:
                yield self._post(
                    "/api/v1/namespaces/default/configmaps", config_map(f"made-{number}")
                )
                number += 1

        return await self._drive(requests())

    async def get_for(self, path: str, seconds: float) -> float:
        """Gets of one object a second."""
        until, request = time.perf_counter() + seconds, self._request("GET", path, b"")

        def requests() -> Iterator[bytes]:
            while time.perf_counter() < until:
                yield request

        return await self._drive(requests())

    async def create_pods(self, count: int) -> None:
        """Pods in a namespace of their own that no scheduler takes."""
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "listed"}}
        await self._drive(iter([self._post("/api/v1/namespaces", namespace)]))
        path = "/api/v1/namespaces/listed/pods"
        await self._drive(self._post(path, idle_pod(f"pod-{number}")) for number in range(count))

    async def list_ms(self, path: str) -> float:
        """The median time of a whole list."""
        request, took = self._request("GET", path, b""), []
        for _ in range(LISTS):
            began = time.perf_counter()
            code = await self._connections[0].ask(request)
            took.append((time.perf_counter() - began) * 1000)
            if code != 200:
                raise RuntimeError(f"{path} was answered with {code}")
        return sorted(took)[LISTS // 2]

    async def _drive(self, requests: Iterator[bytes]) -> float:
        """Send them all, as fast as answers come; requests a second."""
        done = 0
        began = time.perf_counter()

        async def worker(connection: Connection) -> None:
            nonlocal done
            for request in requests:
                code = await connection.ask(request)
                if code >= 400:
                    raise RuntimeError(f"answered with {code}: {request[:120]!r}")
                done += 1

        async with asyncio.TaskGroup() as group:
            for connection in self._connections:
                group.create_task(worker(connection))
        return done / (time.perf_counter() - began)

    def _post(self, path: str, obj: dict[str, Any]) -> bytes:
        return self._request("POST", path, json.dumps(obj).encode())

    def _request(self, method: str, path: str, body: bytes) -> bytes:
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {self._token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def config_map(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name},
        "data": {"key": "value"},
    }


def idle_pod(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": "listed"}},
        "spec": {
            "schedulerName": "nobody",
            "containers": [{"name": "main", "image": "bench:1"}],
        },
    }
