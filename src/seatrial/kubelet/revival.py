"""What is known of a pod that was on this node before the kubelet started; pure.

Its containers are gone with the processes that held them, as after the reboot of a machine: those
that ran ended with code 255 for a reason nobody knows, init containers run again, restarts count.
"""

from types import MappingProxyType
from typing import Any

from seatrial.api import timestamps
from seatrial.api.objects import Object, status_of
from seatrial.kubelet.containers import (
    ContainerShape,
    ContainerState,
    Phase,
    PodState,
    Role,
    Stage,
    Termination,
    shape_of,
)
from seatrial.kubelet.status import CONTAINER_ID_SCHEME

LOST_CODE = 255
FINISHED_PHASES = frozenset({"Succeeded", "Failed"})


def was_here(pod: Object) -> bool:
    """Did a kubelet of this node start anything of the pod before?"""
    return any(entry.get("containerID") for entry in _entries(pod).values()) or is_finished(pod)


def is_finished(pod: Object) -> bool:
    """Its phase says that it came to its end."""
    return status_of(pod).get("phase") in FINISHED_PHASES


def revive(pod: Object, *, now: float) -> PodState:
    """The state to begin with."""
    entries, finished = _entries(pod), is_finished(pod)
    states = {
        each.name: _state(each, entries.get(each.name) or {}, now, finished=finished)
        for each in shape_of(pod).all
    }
    started_at = status_of(pod).get("startTime")
    return PodState(
        stage=Stage.GONE if finished else Stage.ABSENT,
        ip=status_of(pod).get("podIP") or "",
        started_at=timestamps.parse(started_at) if started_at else now,
        containers=MappingProxyType(states),
    )


def _entries(pod: Object) -> dict[str, dict[str, Any]]:
    status = status_of(pod)
    every = (
        *(status.get("initContainerStatuses") or []),
        *(status.get("containerStatuses") or []),
    )
    return {entry["name"]: entry for entry in every}


def _state(
    shape: ContainerShape, entry: dict[str, Any], now: float, *, finished: bool
) -> ContainerState:
    if not entry.get("containerID"):
        return ContainerState()
    ended = _ended(entry, now)
    attempt = int(entry.get("restartCount") or 0)
    known = ContainerState(
        attempt=attempt,
        next_attempt=attempt + 1,
        container_id=str(entry["containerID"]).removeprefix(CONTAINER_ID_SCHEME),
        image=entry.get("image") or "",
        image_id=entry.get("imageID") or "",
        phase=Phase.EXITED,
        ended=ended,
        last=_termination((entry.get("lastState") or {}).get("terminated")),
    )
    if finished or shape.role is Role.MAIN:
        return known
    # A new sandbox: init containers and sidecars run again, in their order.
    return ContainerState(
        attempt=attempt, next_attempt=attempt + 1, last=ended,
        image=known.image, image_id=known.image_id,
    )  # fmt: skip


def _ended(entry: dict[str, Any], now: float) -> Termination:
    state = entry.get("state") or {}
    known = _termination(state.get("terminated"))
    if known is not None:
        return known
    if "waiting" in state:
        before = _termination((entry.get("lastState") or {}).get("terminated"))
        if before is not None:
            return before
    started_at = (state.get("running") or {}).get("startedAt")
    return Termination(
        exit_code=LOST_CODE,
        reason="Unknown",
        started_at=timestamps.parse(started_at) if started_at else 0.0,
        finished_at=now,
        container_id=str(entry["containerID"]).removeprefix(CONTAINER_ID_SCHEME),
    )


def _termination(wire: dict[str, Any] | None) -> Termination | None:
    if not wire:
        return None
    started_at, finished_at = wire.get("startedAt"), wire.get("finishedAt")
    return Termination(
        exit_code=int(wire.get("exitCode") or 0),
        reason=wire.get("reason") or "",
        message=wire.get("message") or "",
        signal=int(wire.get("signal") or 0),
        started_at=timestamps.parse(started_at) if started_at else 0.0,
        finished_at=timestamps.parse(finished_at) if finished_at else 0.0,
        container_id=str(wire.get("containerID") or "").removeprefix(CONTAINER_ID_SCHEME),
    )
