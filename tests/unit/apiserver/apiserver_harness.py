"""An API server over a store in memory, asked in process."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import orjson

from seatrial.apiserver.app import ApiServerApp, build_app
from seatrial.apiserver.config import ADMIN, ApiServerConfig, Watching
from seatrial.apiserver.kubelets import KubeletConnector
from seatrial.client.transport.inproc import InProcessTransport
from seatrial.client.transport.interface import Request, Response
from seatrial.store.memory import MemoryStore

TOKEN = "admin"
JSON = "application/json"
MERGE = "application/merge-patch+json"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PODS = "/api/v1/namespaces/default/pods"


class Harness:
    """Requests to a server of its own."""

    def __init__(
        self,
        kubelets: KubeletConnector,
        watching: Watching,
        *,
        store: MemoryStore | None = None,
    ) -> None:
        self.store = store or MemoryStore()
        config = ApiServerConfig(tokens={TOKEN: ADMIN}, ca_pem="PEM", watching=watching)
        self.app: ApiServerApp = build_app(config, self.store, kubelets)
        self.transport = InProcessTransport(self.app, token=TOKEN)

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        accept: str = JSON,
        content_type: str = JSON,
        **query: str,
    ) -> Response:
        """One exchange, whatever comes of it."""
        data = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        headers = {"accept": accept, "content-type": content_type}
        return await self.transport.send(Request(method, path, query, headers, data))

    async def ok(self, method: str, path: str, body: Any = None, **more: str) -> Any:
        """The decoded body of an exchange that must succeed."""
        response = await self.send(method, path, body, **more)
        assert response.status < 300, response.body
        return orjson.loads(response.body)

    async def refused(
        self, code: int, method: str, path: str, body: Any = None, **more: str
    ) -> Any:
        """The Status of an exchange that must be refused with `code`."""
        response = await self.send(method, path, body, **more)
        status = orjson.loads(response.body)
        assert (response.status, status["kind"], status["code"]) == (code, "Status", code), status
        return status

    async def create(self, path: str, *objects: Any) -> list[Any]:
        """Create several."""
        return [await self.ok("POST", path, each) for each in objects]

    @asynccontextmanager
    async def watch(self, path: str, **query: str) -> AsyncIterator["Lines"]:
        """The lines of a watch."""
        accept = query.pop("accept", JSON)
        request = Request("GET", path, {"watch": "1", **query}, {"accept": accept}, timeout_s=None)
        async with self.transport.stream(request) as stream:
            assert stream.status == 200
            yield Lines(stream.pieces)


class Lines:
    """JSON lines, whole ones."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    async def next(self) -> Any:
        """The next line; None when the server has ended the stream."""
        while b"\n" not in self._rest:
            piece = await anext(self._pieces, None)
            if piece is None:
                return None
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return orjson.loads(line)

    async def take(self, count: int) -> list[tuple[str, str]]:
        """The type and name of the next lines."""
        lines = [await self.next() for _ in range(count)]
        return [(each["type"], each["object"]["metadata"].get("name", "")) for each in lines]


def namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def pod(name: str, *, node: str = "", finalizers: Iterable[str] = (), **labels: str) -> Any:
    spec: dict[str, Any] = {"containers": [{"name": "main", "image": "web:1"}]}
    if node:
        spec["nodeName"] = node
    metadata: dict[str, Any] = {"name": name, "labels": labels}
    if finalizers:
        metadata["finalizers"] = list(finalizers)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def config_map(name: str, **data: str) -> Any:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def deployment(name: str, *, replicas: int = 1) -> Any:
    template = {
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [{"name": "main", "image": "web:1"}]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": template,
        },
    }


def service(name: str, **spec: Any) -> Any:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"ports": [{"port": 80}], "selector": {"app": name}, **spec},
    }
