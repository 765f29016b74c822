"""Health answers: `/livez` and `/readyz`, as values, and as ASGI and WSGI applications.

Does: answer 200 or 503 with the snapshot as JSON.
Does not: check anything: readiness is declared, dependencies are checked on their own threads, so
an answer costs nothing and never waits.
Holds: live whatever the state: a server that drains is not to be killed for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from seatrial_app.lifecycle import Lifecycle
from seatrial_app.snapshot import Snapshot

OK, UNAVAILABLE = 200, 503
_REASONS = {OK: "OK", UNAVAILABLE: "Service Unavailable"}


class Paths(NamedTuple):
    """What the probes ask for."""

    live: str = "/livez"
    ready: str = "/readyz"


def chosen_paths(health: Paths | bool) -> Paths | None:
    """The paths to answer: the usual ones for True, none for False."""
    if isinstance(health, bool):
        return Paths() if health else None
    return health


class Answer(NamedTuple):
    """A whole response."""

    status: int
    body: bytes

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(self.body))),
            ("Cache-Control", "no-store"),
        ]

    @property
    def status_line(self) -> str:
        """`503 Service Unavailable`"""
        return f"{self.status} {_REASONS[self.status]}"


def answer(path: str, life: Lifecycle, paths: Paths) -> Answer | None:
    """What a probe for `path` hears; None if `path` is nobody's."""
    if path == paths.live:
        return render(life.snapshot(), is_good=life.is_live)
    if path == paths.ready:
        return render(life.snapshot(), is_good=life.is_ready)
    return None


def render(snapshot: Snapshot, *, is_good: bool) -> Answer:
    """A snapshot as an answer."""
    import json  # only those who are probed pay for it

    body = json.dumps(snapshot.to_dict()).encode() + b"\n"
    return Answer(OK if is_good else UNAVAILABLE, body)


async def send_asgi(found: Answer, send: Any) -> None:
    """An answer over ASGI."""
    headers = [(name.lower().encode(), value.encode()) for name, value in found.headers]
    await send({"type": "http.response.start", "status": found.status, "headers": headers})
    await send({"type": "http.response.body", "body": found.body})


def send_wsgi(found: Answer, start_response: Any) -> Iterable[bytes]:
    """An answer over WSGI."""
    start_response(found.status_line, found.headers)
    return [found.body]
