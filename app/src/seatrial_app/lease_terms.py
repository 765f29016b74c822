"""The arithmetic of a Lease: whose it is, when it may be taken, when its holder must stop.

Does: read and write the Lease object; judge, from when a record was first *seen*, whether its
holder may still be at work.
Does not: read a clock. Times are seconds of one local clock that runs on while the machine sleeps;
the times inside the object are for people: clocks of two machines are never compared.
Holds: a holder stops `renew_deadline_s` after it *sent* its last renewal that succeeded, and nobody
takes the lease before `duration_s` after *seeing* that renewal, which is later: so there are never
two. Every acquisition has a higher fencing number than all before it.
Differs from Kubernetes: client-go counts a transition only when the holder changes; here each
acquisition is one, also by the same pod, because a container that restarted is not the old one.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

API_VERSION = "coordination.k8s.io/v1"
JITTER_FACTOR = 1.2
"""The longest retry is so many times `retry_s`: neighbours that started together drift apart."""


@dataclass(frozen=True)
class Terms:
    """Seconds: how long a lease holds unrenewed, when its holder gives up, how often it renews."""

    duration_s: float = 15.0
    renew_deadline_s: float = 10.0
    retry_s: float = 2.0

    def __post_init__(self) -> None:
        if not self.duration_s > self.renew_deadline_s:
            raise ValueError(
                f"duration_s {self.duration_s:g} is not above renew_deadline_s "
                f"{self.renew_deadline_s:g}: two could hold the lease"
            )
        if not self.renew_deadline_s > self.retry_s * JITTER_FACTOR > 0:
            raise ValueError(
                f"renew_deadline_s {self.renew_deadline_s:g} is not above retry_s "
                f"{self.retry_s:g} with its jitter: one missed renewal would lose the lease"
            )


@dataclass(frozen=True)
class Record:
    """What a Lease object says. `version` is its resourceVersion; "" holder: it is free."""

    holder: str
    transitions: int
    duration_s: float
    renewed: str
    acquired: str
    version: str


@dataclass(frozen=True)
class Seen:
    """A record and the local time when it was first seen to be as it is."""

    record: Record
    since_s: float


class Standing(enum.Enum):
    """Whose a lease is, for one who would like it."""

    FREE = "free"  # nobody's, or its holder did not renew in time
    OURS = "ours"  # held under our identity: by us, or by a process that was us before a restart
    THEIRS = "theirs"


def see(before: Seen | None, record: Record, now_s: float) -> Seen:
    """Note a record that was read at `now_s`; one that has not changed keeps its age."""
    if before is not None and _heartbeat(before.record) == _heartbeat(record):
        return Seen(record, before.since_s)
    return Seen(record, now_s)


def judge(seen: Seen, identity: str, now_s: float) -> Standing:
    """Whose it is at `now_s`."""
    if not seen.record.holder or now_s >= free_at_s(seen):
        return Standing.FREE
    return Standing.OURS if seen.record.holder == identity else Standing.THEIRS


def free_at_s(seen: Seen) -> float:
    """When it may be taken unless it is renewed before."""
    return seen.since_s + seen.record.duration_s


def is_renewed_by_another(before: Seen | None, seen: Seen, identity: str) -> bool:
    """Whether its holder, not us, was seen at work: it renewed while we watched."""
    is_known = before is not None and before.record.holder == seen.record.holder != ""
    return (
        is_known
        and seen.record.holder != identity
        and before is not None
        and (_heartbeat(before.record) != _heartbeat(seen.record))
    )


def taken(before: Record | None, identity: str, terms: Terms, now: str) -> Record:
    """The record with which `identity` takes the lease; its `transitions` is the fencing number."""
    transitions = before.transitions + 1 if before is not None else 1
    version = before.version if before is not None else ""
    return Record(identity, transitions, whole_s(terms.duration_s), now, now, version)


def renewed(record: Record, now: str) -> Record:
    """The record with which its holder renews it."""
    return Record(
        record.holder, record.transitions, record.duration_s, now, record.acquired, record.version
    )


def released(record: Record, now: str) -> Record:
    """The record with which its holder lets go: anyone may take it at once."""
    return Record("", record.transitions, 1, now, record.acquired, record.version)


def parse_lease(body: Mapping[str, Any]) -> Record:
    """A Lease object's record; what is absent reads as a lease that nobody holds."""
    spec = body.get("spec") or {}
    return Record(
        holder=str(spec.get("holderIdentity") or ""),
        transitions=int(spec.get("leaseTransitions") or 0),
        duration_s=float(spec.get("leaseDurationSeconds") or 0),
        renewed=str(spec.get("renewTime") or ""),
        acquired=str(spec.get("acquireTime") or ""),
        version=str((body.get("metadata") or {}).get("resourceVersion") or ""),
    )


def render_lease(record: Record, name: str, namespace: str) -> dict[str, Any]:
    """The Lease object for a record; without a version it is one to be created."""
    metadata = {"name": name, "namespace": namespace}
    if record.version:
        metadata["resourceVersion"] = record.version
    return {
        "apiVersion": API_VERSION,
        "kind": "Lease",
        "metadata": metadata,
        "spec": {
            "holderIdentity": record.holder,
            "leaseDurationSeconds": int(record.duration_s),
            "acquireTime": record.acquired,
            "renewTime": record.renewed,
            "leaseTransitions": record.transitions,
        },
    }


def micro_time(wall_s: float) -> str:
    """Kubernetes' MicroTime, `2026-01-02T03:04:05.000006Z`."""
    moment = datetime.fromtimestamp(wall_s, tz=timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def whole_s(duration_s: float) -> int:
    """The API counts whole seconds: never fewer than asked for."""
    return -int(-duration_s // 1)


def _heartbeat(record: Record) -> tuple[str, int, str]:
    return record.holder, record.transitions, record.renewed
