"""One request as the driver told it; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from seatrial.trials.evidence.entry import Entry

NOT_LOST = ("ok", "skipped")
# Kinds of requests on a connection that has carried another one.
KEPT = ("kept-alive", "idle")
# Kinds whose request has not wholly come when it has begun.
PAUSED = ("silent", "half-sent", "slow-body")


@dataclass(frozen=True, slots=True)
class Request:
    """Moments are epoch seconds; 0.0 where the request never came so far."""

    id: int
    target: str
    connection: str  # the kind of its lane (driver.py); "new" where a kept one was opened for it
    outcome: str  # "ok", "refused", "reset", "EOF", "partial", "5xx", "timeout", ...
    detail: str
    started: float
    connected: float
    sent: float
    first_byte: float
    ended: float
    status: int
    local: str  # "ip:port" of the client's end
    pod: str  # name of the pod, where a header told it
    is_closing: bool  # the answer said that this connection will be closed, though it was to stay

    @property
    def is_lost(self) -> bool:
        """Was it not answered as expected?"""
        return self.outcome not in NOT_LOST

    @property
    def is_established(self) -> bool:
        """Did it have a connection?"""
        return self.connected > 0 or self.connection in KEPT


def parse_request(facts: Mapping[str, Any]) -> Request:
    """The request of a driver's line; fields that the driver left out are empty."""
    return Request(
        id=int(facts["id"]),
        target=str(facts.get("target", "")),
        connection=str(facts.get("connection", "new")),
        outcome=str(facts.get("outcome", "")),
        detail=str(facts.get("detail", "")),
        started=float(facts.get("started", 0.0)),
        connected=float(facts.get("connected", 0.0)),
        sent=float(facts.get("sent", 0.0)),
        first_byte=float(facts.get("first_byte", 0.0)),
        ended=float(facts.get("ended", 0.0)),
        status=int(facts.get("status", 0)),
        local=str(facts.get("local", "")),
        pod=str(facts.get("pod", "")),
        is_closing=bool(facts.get("closing", False)),
    )


def requests_of(entries: Iterable[Entry]) -> tuple[Request, ...]:
    """Every request of the book."""
    return tuple(parse_request(entry.facts) for entry in entries if entry.kind == "request")


@dataclass(frozen=True, slots=True)
class Counts:
    """The requests that are judged: `sent = ok + lost`. Excused ones (lost where the trial went
    further than must be survived) are counted apart.
    """

    sent: int = 0
    ok: int = 0
    lost: int = 0
    excused: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.sent + other.sent,
            self.ok + other.ok,
            self.lost + other.lost,
            self.excused + other.excused,
        )
