"""How one pod stopped: who ended it, with what code, and how long it took. Pure."""

from dataclasses import dataclass

from seatrial.api.objects import status_of
from seatrial.trials.world import PodLife, World, grace_given_s

SIGKILL_EXIT_CODE = 137
# A program that ends as the signal says (SIGTERM, or SIGINT where a wrapper passes on that one).
SIGNAL_EXIT_CODES = (130, 143)


@dataclass(frozen=True, slots=True)
class Stop:
    """The end of one pod; None where nobody saw it."""

    pod: str
    given_s: int
    exit_code: int | None
    was_killed: bool
    term_to_exit_s: float | None
    used_s: float | None  # from the deletion to the end of its last process
    ended_before_term: bool

    @property
    def is_clean(self) -> bool:
        """Did it end by itself, and well?"""
        return not self.was_killed and self.exit_code in (0, *SIGNAL_EXIT_CODES)


def read_stop(world: World, grace_default_s: int) -> Stop | None:
    """The end of the first pod that the trial deleted; None when none was deleted."""
    return next(iter(read_stops(world, grace_default_s)), None)


def read_stops(world: World, grace_default_s: int) -> tuple[Stop, ...]:
    """The end of each pod that the trial deleted, in their order."""
    return tuple(_stop(pod, grace_default_s) for pod in deleted_pods(world))


def deleted_pods(world: World) -> list[PodLife]:
    """The pods that the trial deleted, in their order; without those whose deletion nobody saw."""
    names = [each.facts.get("pod") for each in world.steps if each.facts.get("step") == "delete"]
    found = [pod for name in names for pod in world.ours if pod.name == name]
    return [pod for pod in found if pod.deleted is not None]


def _stop(pod: PodLife, grace_default_s: int) -> Stop:
    ended = pod.runs[-1].ended if pod.runs else None
    code = _exit_code(pod)
    return Stop(
        pod=pod.name,
        given_s=grace_given_s(pod, grace_default_s),
        exit_code=code,
        was_killed=pod.sigkill is not None or code == SIGKILL_EXIT_CODE,
        term_to_exit_s=_between(pod.sigterm, ended),
        used_s=_between(pod.deleted, ended if ended is not None else pod.gone),
        ended_before_term=_ended_before_term(pod, ended),
    )


def _exit_code(pod: PodLife) -> int | None:
    if pod.runs and pod.runs[-1].exit_code is not None:
        return pod.runs[-1].exit_code
    for status in (status_of(pod.last).get("containerStatuses") or [])[:1]:
        terminated = (status.get("state") or {}).get("terminated") or {}
        code = terminated.get("exitCode")
        return None if code is None else int(code)
    return None


def _ended_before_term(pod: PodLife, ended: float | None) -> bool:
    return ended is not None and pod.sigterm is not None and ended <= pod.sigterm


def _between(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round(max(0.0, end - start), 3)
