"""The kubelet's HTTP side, as an ASGI app: logs, the journal, health, pods.

    /containerLogs/NAMESPACE/POD/CONTAINER   follow previous timestamps tailLines sinceSeconds
                                             sinceTime limitBytes
    /seatrial/journal                        JSON lines of the node's journal; follow
    /healthz  /pods

Does: streams; ends a stream when its reader leaves.
Does not: authenticate: its socket is the control plane's alone.
"""

import asyncio
import json
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Mapping,
    MutableMapping,
)
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qs, unquote

from seatrial.api import timestamps
from seatrial.kit.clock import wall_time_s
from seatrial.kit.journal import Journal
from seatrial.kit.record import get_record
from seatrial.kit.tasks import Tasks
from seatrial.kubelet.containers import ContainerState, Phase
from seatrial.kubelet.kubelet import Kubelet
from seatrial.kubelet.logs import LogOptions, read

record = get_record("kubelet.server")

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[MutableMapping[str, Any], Receive, Send], Coroutine[Any, Any, None]]

TEXT, JSON, JSON_LINES = "text/plain; charset=utf-8", "application/json", "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: the pieces are sent as they come."""

    code: int
    content_type: str
    pieces: AsyncIterator[bytes]


class BadQuery(Exception):
    """A parameter cannot be read; the message says which."""


def build_server(kubelet: Kubelet, journal: Journal) -> App:
    """The app of one kubelet and its node's journal."""

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _send(_answer(kubelet, journal, scope), receive, send)

    return app


def _answer(kubelet: Kubelet, journal: Journal, scope: MutableMapping[str, Any]) -> Answer:
    path = [unquote(part) for part in str(scope["path"]).split("/") if part]
    query = {
        key: values[-1]
        for key, values in parse_qs(scope["query_string"].decode(), keep_blank_values=True).items()
    }
    try:
        return _route(kubelet, journal, path, query)
    except BadQuery as error:
        return _refuse(400, str(error))


def _route(kubelet: Kubelet, journal: Journal, path: list[str], query: dict[str, str]) -> Answer:
    if path == ["healthz"]:
        return Answer(200, TEXT, _once(b"ok"))
    if path == ["pods"]:
        pods = {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": kubelet.pods()}
        return Answer(200, JSON, _once(json.dumps(pods).encode()))
    if path == ["seatrial", "journal"]:
        return Answer(200, JSON_LINES, _journal(journal, follow=_flag(query, "follow")))
    if len(path) == 4 and path[0] == "containerLogs":
        return _logs(kubelet, path[1], path[2], path[3], query)
    return _refuse(404, "404 page not found")


def _refuse(code: int, message: str) -> Answer:
    """A refusal in plain words, as the kubelet gives them; the API server makes its Status."""
    return Answer(code, TEXT, _once(message.encode()))


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _journal(journal: Journal, *, follow: bool) -> AsyncIterator[bytes]:
    async for entry in journal.read(follow=follow):
        yield json.dumps(entry).encode() + b"\n"


def _logs(
    kubelet: Kubelet, namespace: str, pod: str, container: str, query: dict[str, str]
) -> Answer:
    worker = kubelet.worker(namespace, pod)
    if worker is None:
        return _refuse(404, f'pod "{pod}" not found')
    if container not in worker.container_names:
        return _refuse(400, f"container {container} is not valid for pod {pod}")
    state = worker.state(container)
    attempt = _attempt(state, previous=_flag(query, "previous"))
    path = worker.places.log(container, attempt)
    if attempt < 0 or not path.exists():
        if _flag(query, "previous"):
            return _refuse(
                400, f'previous terminated container "{container}" in pod "{pod}" not found'
            )
        return _refuse(400, _no_log(worker.status(), pod, container))
    return Answer(200, TEXT, read(
        path, _options(query), lambda: worker.until_ended(container, attempt)
    ))  # fmt: skip


def _attempt(state: ContainerState, *, previous: bool) -> int:
    """Which start's log: the running or last one, or the one before."""
    if previous:
        # What waits to be started again has its last end as its previous one.
        waits = state.phase is Phase.EXITED and bool(state.waiting_reason)
        return state.attempt if waits else state.attempt - 1
    return state.attempt if state.container_id else -1


def _no_log(status: Mapping[str, Any], pod: str, container: str) -> str:
    """Why a container has no log yet, in the words of the pod's own status."""
    why = _waiting_reason(status, container)
    if why in {"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"}:
        why = "trying and failing to pull image"
    return f'container "{container}" in pod "{pod}" is waiting to start: {why}'


def _waiting_reason(status: Mapping[str, Any], container: str) -> str:
    for field in ("initContainerStatuses", "containerStatuses"):
        for each in status.get(field) or ():
            if each["name"] == container:
                reason = (each["state"].get("waiting") or {}).get("reason")
                return str(reason or "ContainerCreating")
    return "ContainerCreating"


def _options(query: dict[str, str]) -> LogOptions:
    since_s = _number(query, "sinceSeconds")
    since = wall_time_s() - since_s if since_s is not None else 0.0
    if query.get("sinceTime"):
        try:
            since = timestamps.parse(query["sinceTime"])
        except timestamps.TimestampError as error:
            raise BadQuery(f"sinceTime: {error}") from error
    return LogOptions(
        follow=_flag(query, "follow"),
        timestamps=_flag(query, "timestamps"),
        tail_lines=_number(query, "tailLines"),
        since=since,
        limit_bytes=_number(query, "limitBytes"),
    )


def _flag(query: dict[str, str], name: str) -> bool:
    return query.get(name, "false").lower() in {"", "1", "t", "true"}


def _number(query: dict[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None or text == "":
        return None
    if not text.isdigit():
        raise BadQuery(f"{name}: {text!r} must be a number that is not negative")
    return int(text)


async def _send(answer: Answer, receive: Receive, send: Send) -> None:
    """Send the answer; stop when the reader leaves."""
    tasks = Tasks("kubelet.server")
    sending = tasks.start(_send_pieces(answer, send), name="send")
    leaving = tasks.start(_until_gone(receive), name="leave")
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await tasks.stop()


async def _send_pieces(answer: Answer, send: Send) -> None:
    headers = [(b"content-type", answer.content_type.encode())]
    await send({"type": "http.response.start", "status": answer.code, "headers": headers})
    async for piece in answer.pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
