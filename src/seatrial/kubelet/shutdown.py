"""How a container is stopped: grace, preStop, TERM, KILL — as a function of what has happened.

Does: says the next step of one container's termination, and until when there is nothing to do.
Does not: send anything.
Holds: the hook runs at most once and never with a grace period of zero; TERM comes before KILL and
each once; KILL comes no later than the grace period (at least MINIMUM_GRACE_S) after TERM.

The grace period is the object's `deletionGracePeriodSeconds` when it is being deleted, else the
probe's own (when a probe asked for the kill), else `spec.terminationGracePeriodSeconds`. What the
hook and the wait for a sidecar's turn took, in whole seconds, is taken off it.

Differs from Kubernetes:
- When a second delete shortens the grace period, a preStop hook that has begun is not begun again.
- When the kubelet is restarted in the middle of a termination, the pod's containers are gone with
  it; Kubernetes starts the whole grace period again.
"""

from dataclasses import dataclass, replace
from typing import Any

from seatrial.api.objects import Object, metadata, spec_of
from seatrial.kubelet.containers import (
    ContainerShape,
    Hook,
    PodShape,
    PodState,
    Role,
    Stop,
    Stopping,
)

# A container gets at least this long between TERM and KILL, whatever was asked for.
MINIMUM_GRACE_S = 2.0
# The pod's object is on its way out, or is gone already.
FINAL_STOPS = frozenset({"Deleted", "Vanished"})
DEFAULT_GRACE_S = 30.0


@dataclass(frozen=True, slots=True)
class RunPreStop:
    """Run the preStop hook for at most `limit_s`."""

    limit_s: float


@dataclass(frozen=True, slots=True)
class SendTerm:
    """Send the stop signal."""


@dataclass(frozen=True, slots=True)
class SendKill:
    """Send SIGKILL."""


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Nothing to do before `at`, if nothing happens; None: for ever."""

    at: float | None


Step = RunPreStop | SendTerm | SendKill | WaitUntil


def pod_grace_s(pod: Object) -> float:
    """The grace period of a pod that is to stop, in seconds."""
    asked = metadata(pod).get("deletionGracePeriodSeconds")
    if asked is not None:
        return float(asked)
    return spec_grace_s(pod)


def spec_grace_s(pod: Object) -> float:
    """`spec.terminationGracePeriodSeconds`, or its default."""
    own = spec_of(pod).get("terminationGracePeriodSeconds")
    return DEFAULT_GRACE_S if own is None else float(own)


def probe_grace_s(pod: Object, probe: dict[str, Any]) -> float:
    """The grace period of a kill that this probe asked for; a deletion's own goes first."""
    if metadata(pod).get("deletionGracePeriodSeconds") is not None:
        return pod_grace_s(pod)
    own = probe.get("terminationGracePeriodSeconds")
    return spec_grace_s(pod) if own is None else float(own)


def shorten(stopping: Stopping, grace_s: float, *, now: float) -> Stopping:
    """A later, shorter wish takes effect from now; a longer one is ignored."""
    deadline = now + grace_s
    if stopping.term_sent_at is not None:
        deadline = now + max(grace_s, MINIMUM_GRACE_S)
    if deadline >= stopping.began_at + stopping.grace_s:
        return stopping
    return replace(stopping, grace_s=deadline - stopping.began_at)


def merge_stops(before: Stop | None, wish: Stop) -> Stop:
    """The stop in force after one more wish: an end is final, and only ever comes sooner."""
    if before is None or before.reason not in FINAL_STOPS:
        return wish
    deadline = min(before.began_at + before.grace_s, wish.began_at + wish.grace_s)
    return Stop(wish.reason, before.began_at, deadline - before.began_at)


def is_its_turn(shape: PodShape, seen: PodState, container: ContainerShape) -> bool:
    """May TERM be sent? Sidecars wait for the mains and for every sidecar after themselves."""
    if container.role is not Role.SIDECAR:
        return True
    sidecars = shape.sidecars
    later = sidecars[sidecars.index(container) + 1 :]
    return not any(seen.of(each).is_under_way for each in (*shape.mains, *later))


def next_step(stopping: Stopping, *, has_pre_stop: bool, turn: bool, now: float) -> Step:
    """What to do for a container that runs and is to stop."""
    if stopping.kill_sent:
        return WaitUntil(None)
    if stopping.term_sent_at is not None:
        kill_at = _kill_at(stopping, stopping.term_sent_at)
        return SendKill() if now >= kill_at else WaitUntil(kill_at)
    deadline = stopping.began_at + stopping.grace_s
    if has_pre_stop and stopping.grace_s > 0 and stopping.hook is Hook.NONE:
        return RunPreStop(stopping.grace_s)
    if stopping.hook is Hook.RUNNING and now < deadline:
        return WaitUntil(deadline)
    if not turn and now < deadline:
        return WaitUntil(deadline)
    return SendTerm()


def _kill_at(stopping: Stopping, term_sent_at: float) -> float:
    """TERM's time plus what is left of the grace period, counted as Kubernetes counts it."""
    spent_s = int(term_sent_at - stopping.began_at)
    return term_sent_at + max(stopping.grace_s - spent_s, MINIMUM_GRACE_S)
