"""Kubernetes' verbs over any transport.

Does: sends requests, decodes answers, turns Status objects into the errors of `client.errors`.
Does not: cache, retry or wait; those are the reflector, the reconciler and `waiting`.
Holds: objects handed out are the caller's own; items of a list carry their apiVersion and kind.
Differs from Kubernetes: list items get apiVersion and kind, which a server may leave out.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import orjson

from seatrial.api.kinds import Kind
from seatrial.api.objects import Object
from seatrial.client import requests
from seatrial.client.errors import ApiError, TransportError, error_from
from seatrial.client.interface import MERGE, ObjectList, PatchType, WatchEvent
from seatrial.client.transport.interface import Request, Stream, Transport
from seatrial.kit import chance

# A server ends each watch somewhere in this span, so that many clients do not return at once.
WATCH_LIMIT_S = (300, 600)
# An error's body is read up to here; a Status is far smaller.
ERROR_BYTES_MAX = 64 * 1024


class ApiClient:
    """A client of one API server; owns its transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(self, kind: Kind, name: str, namespace: str | None = None) -> Object:
        """The object; raises NotFound."""
        return await self._ask(requests.get_request(kind, name, namespace))

    async def list(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = "",
        limit: int = 0, continue_token: str = "", resource_version: str = "",
    ) -> ObjectList:  # fmt: skip
        """The collection, or a page of it; raises Gone for a continue token that is too old."""
        answer = await self._ask(
            requests.list_request(
                kind, namespace, labels=labels, fields=fields, limit=limit,
                continue_token=continue_token, resource_version=resource_version,
            )
        )  # fmt: skip
        return _object_list(kind, answer)

    async def watch(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = "",
        resource_version: str = "",
    ) -> AsyncIterator[WatchEvent]:  # fmt: skip
        """Events until the server closes the stream; raises Gone when the revision is too old."""
        request = requests.watch_request(
            kind, namespace, labels=labels, fields=fields, resource_version=resource_version,
            limit_s=round(chance.uniform(*WATCH_LIMIT_S)),
        )  # fmt: skip
        async with self._transport.stream(request) as stream:
            await _refuse_error(stream)
            async for line in _lines(stream.pieces):
                yield _watch_event(line)

    async def create(self, kind: Kind, obj: Object, namespace: str | None = None) -> Object:
        """The object as stored; raises AlreadyExists, Invalid."""
        return await self._ask(requests.create_request(kind, obj, namespace))

    async def update(self, kind: Kind, obj: Object, *, subresource: str = "") -> Object:
        """The object as stored; raises NotFound, Conflict, Invalid."""
        return await self._ask(requests.update_request(kind, obj, subresource))

    async def patch(
        self, kind: Kind, name: str, namespace: str | None, patch: Any, *,
        patch_type: PatchType = MERGE, subresource: str = "",
    ) -> Object:  # fmt: skip
        """The object as stored; raises NotFound, Conflict, Invalid."""
        request = requests.patch_request(
            kind, name, namespace, patch, patch_type=patch_type, subresource=subresource
        )
        return await self._ask(request)

    async def delete(
        self, kind: Kind, name: str, namespace: str | None = None, *,
        grace_period_s: int | None = None, propagation: str = "", uid: str = "",
    ) -> Object:  # fmt: skip
        """The object as it is now, or a Status when it is gone; raises NotFound, Conflict."""
        request = requests.delete_request(
            kind, name, namespace,
            grace_period_s=grace_period_s, propagation=propagation, uid=uid,
        )  # fmt: skip
        return await self._ask(request)

    async def create_subresource(
        self, kind: Kind, name: str, namespace: str | None, subresource: str, body: Object
    ) -> Object:
        """`pods/binding`, `pods/eviction`, `serviceaccounts/token`: the server's answer."""
        request = requests.subresource_request(kind, name, namespace, subresource, body)
        return await self._ask(request)

    @asynccontextmanager
    async def read(
        self, path: str, query: dict[str, str] | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """A raw GET, streamed, without a time limit."""
        request = Request("GET", path, query=query or {}, timeout_s=None)
        async with self._transport.stream(request) as stream:
            await _refuse_error(stream)
            yield stream.pieces

    async def aclose(self) -> None:
        """Close the transport."""
        await self._transport.aclose()

    async def _ask(self, request: Request) -> Object:
        response = await self._transport.send(request)
        if response.status >= 400:
            raise _api_error(response.status, response.body, response.headers)
        return _decode(response.body, request)


def _decode(body: bytes, request: Request) -> Object:
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        what = f"{request.method} {request.path}"
        raise TransportError(f"{what} was answered with something that is not JSON") from error
    if not isinstance(decoded, dict):
        raise TransportError(f"{request.method} {request.path} was not answered with an object")
    return decoded


def _object_list(kind: Kind, answer: Object) -> ObjectList:
    items = answer.get("items") or []
    for item in items:
        item.setdefault("apiVersion", kind.api_version)
        item.setdefault("kind", kind.kind)
    meta = answer.get("metadata") or {}
    version = str(meta.get("resourceVersion") or "")
    return ObjectList(items, version, str(meta.get("continue") or ""))


def _watch_event(line: bytes) -> WatchEvent:
    try:
        decoded = orjson.loads(line)
        event, obj = WatchEvent(decoded["type"], decoded["object"]), decoded["object"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise TransportError(f"a watch sent a line that is no event: {line[:80]!r}") from error
    if decoded["type"] == "ERROR":
        raise error_from(obj)
    return event


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Whole lines out of pieces that end anywhere; a line cut off by the end is dropped."""
    started: list[bytes] = []
    async for piece in pieces:
        *whole, rest = piece.split(b"\n")
        for line in whole:
            started.append(line)
            joined = b"".join(started)
            started.clear()
            if joined.strip():
                yield joined
        if rest:
            started.append(rest)


async def _refuse_error(stream: Stream) -> None:
    """Raise what the server refused with; nothing for a good answer."""
    if stream.status < 400:
        return
    body = b""
    async for piece in stream.pieces:
        body += piece
        if len(body) >= ERROR_BYTES_MAX:
            break
    raise _api_error(stream.status, body, stream.headers)


def _api_error(code: int, body: bytes, headers: Mapping[str, str]) -> ApiError:
    try:
        status = orjson.loads(body)
    except orjson.JSONDecodeError:
        status = None
    if not isinstance(status, dict) or status.get("kind") != "Status":
        text = body.decode(errors="replace").strip() or f"the server answered {code}"
        status = {"kind": "Status", "status": "Failure", "message": text}
    status = {**status, "code": int(status.get("code") or code)}
    if "retry-after" in headers and "details" not in status:
        status["details"] = {"retryAfterSeconds": headers["retry-after"]}
    return error_from(status)
