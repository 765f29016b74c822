"""The world of one voyage: the lives of its pods, its traffic, its steps, as values. Pure.

Does: says where in its life a pod was at a moment, and which pod a connection was sent to.
Does not: read books (`reading.py` does), judge.
Holds: a moment that nobody saw is None, never guessed. Where a node's journal speaks, it is
believed before the API's statuses, which are rounded to whole seconds and late.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seatrial.api.objects import Object, metadata
from seatrial.trials.evidence.entry import Entry
from seatrial.trials.traffic.outcome import Request

ROLE_LABEL = "seatrial.dev/role"
# A connection is older than the journal's stamp by no more than this (two processes, one clock).
FLOW_SLACK_S = 0.25


@dataclass(slots=True)
class Span:
    """From and to, in epoch seconds; `end` is None while it lasts."""

    start: float
    end: float | None = None

    def covers(self, at: float) -> bool:
        """Is `at` within?"""
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(slots=True)
class Run:
    """One run of the main container: from its process' start to its exit."""

    started: float
    ended: float | None = None
    exit_code: int | None = None
    accepted: float | None = None  # when it first answered or took a connection, as clients saw it


@dataclass(slots=True)
class PodLife:
    """Everything that happened to one pod; None where nobody saw it."""

    name: str
    uid: str
    ip: str = ""
    created: float | None = None
    scheduled: float | None = None
    ready: list[Span] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    deleted: float | None = None
    sigterm: float | None = None
    sigkill: float | None = None
    closings: list[tuple[float, int]] = field(default_factory=list)  # of listeners: when, port
    ports: set[int] = field(default_factory=set)  # that Services send to
    gone: float | None = None
    in_slice: list[Span] = field(default_factory=list)  # ready in any EndpointSlice
    in_rules: dict[str, list[Span]] = field(default_factory=dict)  # by Service
    has_readiness_probe: bool = False
    last: Object = field(default_factory=dict)  # as last seen
    is_ours: bool = True  # False for the driver

    @property
    def listener_closed(self) -> float | None:
        """When the listener that Services send to closed; None when nobody saw it."""
        moments = [at for at, port in self.closings if not self.ports or port in self.ports]
        return min(moments, default=None)

    def run_at(self, at: float) -> Run | None:
        """The run that was the latest to have started by then."""
        started = [run for run in self.runs if run.started <= at]
        return started[-1] if started else None

    def is_ready_at(self, at: float) -> bool:
        """Was the API told that it is Ready?"""
        return any(span.covers(at) for span in self.ready)

    def left_rules_after(self, at: float, service: str = "") -> float | None:
        """When the nodes' rules let go of it, at or after `at`; None when not seen."""
        spans = (
            self.in_rules.get(service, [])
            if service
            else [span for each in self.in_rules.values() for span in each]
        )
        ends = [span.end for span in spans if span.end is not None and span.end >= at]
        return min(ends, default=None)


@dataclass(slots=True)
class World:
    """One voyage, as its book tells it."""

    pods: dict[str, PodLife] = field(default_factory=dict)  # by uid
    requests: tuple[Request, ...] = ()
    flows: dict[str, list[tuple[float, str]]] = field(default_factory=dict)  # local -> (at, pod ip)
    # Endpoints that the rules of a Service held, by time.
    endpoints: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    steps: list[Entry] = field(default_factory=list)
    has_journal: bool = False

    @property
    def ours(self) -> list[PodLife]:
        """The application's pods, by creation."""
        return [pod for pod in self.pods.values() if pod.is_ours]

    def pod_of(self, request: Request) -> PodLife | None:
        """The pod that the request was sent to; None when nobody saw it."""
        flows = self.flows.get(request.local, [])
        index = bisect_right(flows, (request.ended + FLOW_SLACK_S, "￿")) - 1
        if index >= 0:
            return self._by_ip(flows[index][1], request.started)
        return next((pod for pod in self.ours if request.pod and pod.name == request.pod), None)

    def endpoint_count_at(self, service: str, at: float) -> int | None:
        """How many endpoints the rules of a Service held; None when not seen."""
        counts = [count for when, count in self.endpoints.get(service, []) if when <= at]
        return counts[-1] if counts else None

    def moment(self, step: str, which: int = 0) -> float | None:
        """When the trial took that step for the `which`-th time."""
        moments = [entry.at for entry in self.steps if entry.facts.get("step") == step]
        return moments[which] if -len(moments) <= which < len(moments) else None

    def _by_ip(self, ip: str, at: float) -> PodLife | None:
        holders = [pod for pod in self.pods.values() if pod.ip == ip]
        living = [pod for pod in holders if pod.gone is None or pod.gone + 60 >= at]
        return (living or holders)[-1] if holders else None


def grace_given_s(pod: PodLife, default_s: int) -> int:
    """The grace period of its deletion."""
    given = metadata(pod.last).get("deletionGracePeriodSeconds")
    return int(given) if given else default_s


def journal_namespace(facts: Mapping[str, Any]) -> str:
    """The namespace that a journal's line is about; "" for a flow."""
    return str(facts.get("pod") or facts.get("service") or "").partition("/")[0]
