"""Following one pod or job through the API server: list, then watch (edge).

Does: the service account of the pod we run in; any other API server that is described to it.
Does not: read a kubeconfig (the `seatrial` command does, and describes what it says).
Holds: no polling: after one list, changes come by a watch, renewed when the server ends it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from seatrial.waiter.connection import Connection, Deadline, client_tls
from seatrial.waiter.http1 import Body, Head, Malformed, get_request, parse_head
from seatrial.waiter.objects import (
    WATCH_S,
    WatchEnded,
    judge_event,
    judge_list,
    judge_status,
    list_path,
    watch_path,
)
from seatrial.waiter.targets import Object, Trust
from seatrial.waiter.urls import TargetError, parse_port, show_address
from seatrial.waiter.verdicts import State, Verdict, not_yet

if TYPE_CHECKING:
    import ssl

ACCOUNT_DIRECTORY = "/var/run/secrets/kubernetes.io/serviceaccount"
# How much longer than the server's own limit a watch may be silent before its line is dead.
WATCH_SLACK_S = 10.0
# An object has at most 1.5 MiB in etcd.
OBJECT_BYTES_MAX = 4 * 1_048_576

Report = Callable[[Verdict], None]


class Api(NamedTuple):
    """An API server and who we are there. `tls` None: plain HTTP."""

    host: str
    port: int
    namespace: str
    headers: Callable[[], list[tuple[str, str]]]
    tls: Callable[[], ssl.SSLContext] | None
    prefix: str = ""
    server_name: str = ""


def account_api(environment: Mapping[str, str], directory: str = ACCOUNT_DIRECTORY) -> Api | None:
    """The cluster that we are a pod of; None outside of one. Raises TargetError without token."""
    host, port = (
        environment.get(f"KUBERNETES_SERVICE_{part}", default)
        for part, default in (("HOST", ""), ("PORT", "443"))
    )
    if not host:
        return None

    def headers() -> list[tuple[str, str]]:  # read each time: kubelet replaces it
        return [("Authorization", f"Bearer {read_text(directory, 'token')}")]

    try:
        namespace = read_text(directory, "namespace")
        headers()
    except OSError as error:
        raise TargetError(
            f"pods and jobs need a service account, and {directory} has none: "
            "set automountServiceAccountToken: true"
        ) from error
    trust = Trust(ca=f"{directory}/ca.crt")
    number = parse_port(port, shown="KUBERNETES_SERVICE_PORT")
    return Api(host, number, namespace, headers, lambda: client_tls(trust))


def read_text(directory: str, name: str) -> str:
    """A small file. Raises OSError."""
    with open(f"{directory}/{name}", encoding="utf-8") as file:
        return file.read().strip()


def follow(target: Object, api: Api, limit_s: float, report: Report) -> Verdict:
    """Report each state until it is ready or never will be, or the watch ends; the last one.

    Raises OSError; ValueError for answers that are not the API's.
    """
    verdict, version = look(target, api, limit_s)
    if verdict.state is not State.NOT_YET or not version:
        return verdict
    report(verdict)
    deadline = Deadline(WATCH_S + WATCH_SLACK_S)
    with Connection(api.host, api.port, deadline) as connection:
        head, content = ask(connection, api, watch_path(target, version))
        if head.status != 200:
            return judge_status(target, head.status, read_object(content))
        for line in lines_of(content):
            try:
                verdict = judge_event(target, parse_json(line))
            except WatchEnded as error:
                return not_yet(str(error))
            if verdict.state is not State.NOT_YET:
                return verdict
            report(verdict)
    return verdict


def look(target: Object, api: Api, limit_s: float) -> tuple[Verdict, str]:
    """The object now, and the version to watch from; no version: it may not be watched."""
    with Connection(api.host, api.port, Deadline(limit_s)) as connection:
        head, content = ask(connection, api, list_path(target))
        found = read_object(content)
    if head.status != 200:
        return judge_status(target, head.status, found), ""
    return judge_list(target, found)


def ask(connection: Connection, api: Api, path: str) -> tuple[Head, Pieces]:
    """A GET on a fresh connection; the head and the content that follows."""
    if api.tls is not None:
        connection.secure(api.tls(), api.server_name or api.host)
    authority = show_address(api.host, api.port)
    headers = [("Accept", "application/json"), *api.headers()]
    connection.send(get_request(api.prefix + path, authority, *headers))
    received = b""
    while True:
        data = connection.receive()
        received += data
        found = parse_head(received)
        if found is not None:
            return found[0], Pieces(connection, *found)
        if not data:
            raise Malformed("the API server closed the connection without an answer")


class Pieces:
    """The content of an answer, as it comes."""

    def __init__(self, connection: Connection, head: Head, rest: bytes) -> None:
        self._connection = connection
        self._body = Body(head)
        self._rest = rest

    def next(self) -> bytes | None:
        """More of it; None at its end."""
        while True:
            data, self._rest = self._rest, b""
            content = self._body.feed(data) if data else b""
            if content:
                return content
            if self._body.is_whole:
                return None
            self._rest = self._connection.receive()
            if not self._rest:
                return None


def lines_of(content: Pieces) -> Iterator[bytes]:
    """Whole lines of a watch."""
    rest = b""
    while (piece := content.next()) is not None:
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line for line in lines if line.strip())
        check_size(rest)


def read_object(content: Pieces) -> Mapping[str, Any]:
    """A whole answer."""
    whole = b""
    while (piece := content.next()) is not None:
        whole += piece
        check_size(whole)
    return parse_json(whole)


def check_size(data: bytes) -> None:
    """Raises Malformed for what is larger than any object."""
    if len(data) > OBJECT_BYTES_MAX:
        raise Malformed(f"more than {OBJECT_BYTES_MAX} bytes")


def parse_json(data: bytes) -> Mapping[str, Any]:
    """A JSON object. Raises ValueError."""
    import json

    found = json.loads(data)
    if not isinstance(found, dict):
        raise Malformed("not a JSON object")
    return found
