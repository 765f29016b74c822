"""A pod's phase, from the states of its containers."""

from dataclasses import dataclass
from typing import Literal

from seatrial.kubelet.containers import ContainerShape, Phase, PodShape, PodState
from seatrial.kubelet.pod_machine import is_finished, is_initialized

PodPhase = Literal["Pending", "Running", "Succeeded", "Failed"]


@dataclass(frozen=True, slots=True)
class _Count:
    """How many mains are where."""

    running: int = 0
    waiting: int = 0  # and never ran
    stopped: int = 0
    succeeded: int = 0


def phase_of(shape: PodShape, seen: PodState, *, is_over: bool) -> PodPhase:
    """The phase; `is_over`: the pod was stopped for good, so that nothing will run again."""
    count = _count(shape.mains, seen)
    if is_over:
        all_well = count.stopped == len(shape.mains) == count.succeeded
        return "Succeeded" if all_well else "Failed"
    if is_finished(shape, seen):
        inits_well = is_initialized(shape, seen)
        return "Succeeded" if inits_well and count.succeeded == len(shape.mains) else "Failed"
    if not is_initialized(shape, seen) or count.waiting:
        return "Pending"
    # Whoever has stopped will be restarted: otherwise the pod were finished.
    return "Running"


def _count(mains: tuple[ContainerShape, ...], seen: PodState) -> _Count:
    states = [seen.of(each) for each in mains]
    ended = [each.ended for each in states if each.ended is not None]
    running = sum(each.phase is Phase.RUNNING and each.is_settled for each in states)
    return _Count(
        running=running,
        stopped=len(ended),
        waiting=len(states) - running - len(ended),
        succeeded=sum(each.exit_code == 0 for each in ended),
    )
