"""What was under way when the trial's pods were asked to end. Pure.

That is the deletion, not SIGTERM: a pre-stop hook may let all of it end before the signal comes.
Where no node's journal and no header tells which pod was asked, each request may have met it.
"""

from collections import Counter
from dataclasses import dataclass

from seatrial.trials.checks.lost_requests import measured
from seatrial.trials.checks.stopping import deleted_pods
from seatrial.trials.traffic.outcome import KEPT, Request
from seatrial.trials.world import PodLife, World


@dataclass(frozen=True, slots=True)
class Idle:
    """Connections that were kept to a pod when it was asked to end."""

    kept: int  # how many were open and idle or in use
    told: int  # answers of that pod afterwards that said `Connection: close`


def under_way(world: World) -> int:
    """Requests that had begun and not ended when their pod was asked to end."""
    return sum(
        _may_have_met(world, request, pod)
        for pod in deleted_pods(world)
        for request in measured(world)
        if request.started < asked_to_end(pod) < request.ended
    )


def by_kind(world: World) -> dict[str, int]:
    """How many measured requests of each kind there were."""
    return dict(sorted(Counter(request.connection for request in measured(world)).items()))


def kept_connections(world: World) -> Idle:
    """The kept connections of all pods that the trial deleted."""
    kept = told = 0
    for pod in deleted_pods(world):
        mine = [each for each in world.requests if each.local and _may_have_met(world, each, pod)]
        before = {each.local: each for each in mine if each.ended <= asked_to_end(pod)}
        used_after = {each.local for each in mine if each.ended > asked_to_end(pod)}
        kept += sum(_stays(each, local in used_after) for local, each in before.items())
        told += sum(each.is_closing for each in mine if each.ended > asked_to_end(pod))
    return Idle(kept, told)


def _may_have_met(world: World, request: Request, pod: PodLife) -> bool:
    met = world.pod_of(request)
    return met is pod or (met is None and not world.has_journal)


def _stays(latest: Request, is_used_again: bool) -> bool:
    return is_used_again or (latest.connection in KEPT and not latest.is_closing)


def asked_to_end(pod: PodLife) -> float:
    """The news of its deletion, or SIGTERM where that was seen first."""
    moments = [moment for moment in (pod.deleted, pod.sigterm) if moment is not None]
    return min(moments, default=float("inf"))
