"""A Lease API in memory that behaves, refuses on demand, and a clock that is turned by hand."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from seatrial_app.lease import Lease, Tools
from seatrial_app.lease_api import ApiError, Outdated
from seatrial_app.lease_terms import Terms

TERMS = Terms(duration_s=15.0, renew_deadline_s=10.0, retry_s=2.0)


class FakeLeases:
    """Leases with resourceVersions; `fails` is raised by that many requests to come."""

    namespace = "default"

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.fails: list[ApiError | None] = []
        self.loses_answers = False  # writes are done, and their answers lost
        self.requests: list[str] = []
        self._version = 0

    def read(self, name: str, limit_s: float) -> dict[str, Any] | None:
        self._request(f"GET {name}")
        return self.objects.get(name)

    def create(self, body: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
        name = body["metadata"]["name"]
        self._request(f"POST {name}")
        if name in self.objects:
            raise Outdated(f"{name} exists")
        return self._write(name, body)

    def update(self, body: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
        name = body["metadata"]["name"]
        self._request(f"PUT {name}")
        there = self.objects.get(name)
        version = body["metadata"]["resourceVersion"]
        if there is None or there["metadata"]["resourceVersion"] != version:
            raise Outdated(f"{name} is not at version {version}")
        return self._write(name, body)

    def spec(self, name: str) -> dict[str, Any]:
        spec: dict[str, Any] = self.objects[name]["spec"]
        return spec

    def _request(self, what: str) -> None:
        self.requests.append(what)
        failure = self.fails.pop(0) if self.fails else None
        if failure is not None:
            raise failure

    def _write(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self._version += 1
        metadata = {**body["metadata"], "resourceVersion": str(self._version)}
        self.objects[name] = {**body, "metadata": metadata}
        if self.loses_answers:
            raise ApiError("the answer was lost")
        return self.objects[name]


@dataclass
class Clock:
    """Time that passes only when someone waits; `meanwhile` is what happens in each wait."""

    now_s: float = 1000.0
    waits: list[float] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None
    left: list[int] = field(default_factory=list)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.waits.append(seconds)
        self.now_s += seconds
        self.meanwhile()
        return event.is_set()

    def tools(self) -> Tools:
        return Tools(
            now=lambda: self.now_s,
            wall=lambda: 1_700_000_000.0 + self.now_s,
            wait=self.wait,
            jitter=lambda: 0.0,
            leave=self.left.append,
        )


def lease(api: FakeLeases, clock: Clock, identity: str, **settings: Any) -> Lease:
    """A guard named `db-0` that has no thread until `acquire`."""
    settings = {"terms": TERMS, **settings}
    return Lease("db-0", identity=identity, api=api, tools=clock.tools(), **settings)
