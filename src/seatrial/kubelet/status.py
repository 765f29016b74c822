"""What a pod's status says, from what the pod machine knows.

Does: container statuses, phase, conditions, addresses.
Does not: write it (`status_writer` does), nor touch conditions of others (readiness gates,
DisruptionTarget).
"""

from dataclasses import dataclass
from typing import Any

from seatrial.api import timestamps
from seatrial.api.objects import Object, metadata, spec_of
from seatrial.kubelet.conditions import conditions
from seatrial.kubelet.containers import (
    ContainerShape,
    ContainerState,
    Hook,
    Phase,
    PodShape,
    PodState,
    Role,
    Termination,
)
from seatrial.kubelet.phases import phase_of

CONTAINER_ID_SCHEME = "seatrial://"
UNKNOWN_END = Termination(
    exit_code=137,
    reason="ContainerStatusUnknown",
    message="The container could not be located when the pod was terminated",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why the kubelet ended a pod itself: phase Failed, with this reason."""

    reason: str
    message: str


def status_of(
    pod: Object, shape: PodShape, seen: PodState, *,
    node_ip: str, now: float, is_over: bool = False, verdict: Verdict | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The status of `pod`. `is_over`: it was stopped for good and nothing of it runs any more."""
    phase = phase_of(shape, seen, is_over=is_over)
    if verdict is not None:
        phase = "Failed"
    status: dict[str, Any] = {
        "phase": phase,
        "conditions": conditions(pod, shape, seen, phase=phase, now=now),
        "hostIP": node_ip,
        "hostIPs": [{"ip": node_ip}],
        "startTime": timestamps.render(seen.started_at),
    }
    if verdict is not None:
        status |= {"reason": verdict.reason, "message": verdict.message}
    if seen.ip:
        status |= {"podIP": seen.ip, "podIPs": [{"ip": seen.ip}]}
    generation = metadata(pod).get("generation")
    if generation is not None:
        status["observedGeneration"] = generation
    idle = "PodInitializing" if shape.inits else "ContainerCreating"
    if shape.inits:
        status["initContainerStatuses"] = [
            container_status(each, seen.of(each), idle=idle, is_over=is_over)
            for each in shape.inits
        ]
    status["containerStatuses"] = [
        container_status(each, seen.of(each), idle=idle, is_over=is_over) for each in shape.mains
    ]
    return status


def container_status(
    shape: ContainerShape, state: ContainerState, *, idle: str, is_over: bool
) -> dict[str, Any]:
    """One entry of `containerStatuses`. `idle` is the waiting reason when there is no other."""
    now, last = _states(state, idle=idle, is_over=is_over)
    is_running = "running" in now
    ready = state.ready and is_running
    if shape.role is Role.INIT:
        ready = state.ended is not None and state.ended.exit_code == 0
    return {
        "name": shape.name,
        "state": now,
        "lastState": last,
        "ready": ready,
        "restartCount": state.attempt,
        "image": state.image or shape.wire.get("image", ""),
        "imageID": state.image_id,
        **({"containerID": _identity(state.container_id)} if state.container_id else {}),
        "started": is_running and state.started,
    }


def _states(
    state: ContainerState, *, idle: str, is_over: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """`state` and `lastState`."""
    last = {"terminated": _terminated(state.last)} if state.last else {}
    if state.phase is Phase.RUNNING and state.post_start is not Hook.RUNNING:
        return {"running": {"startedAt": timestamps.render(state.started_at)}}, last
    if state.phase is Phase.RUNNING:
        return {"waiting": {"reason": "ContainerCreating"}}, last
    if state.ended is not None and (not state.waiting_reason or is_over):
        return {"terminated": _terminated(state.ended)}, last
    if is_over:
        return {"terminated": _terminated(UNKNOWN_END)}, last
    waiting = {"reason": state.waiting_reason or idle}
    if state.waiting_message:
        waiting["message"] = state.waiting_message
    if state.ended is not None:
        last = {"terminated": _terminated(state.ended)}
    return {"waiting": waiting}, last


def _terminated(ended: Termination) -> dict[str, Any]:
    wire: dict[str, Any] = {"exitCode": ended.exit_code, "reason": ended.reason}
    if ended.signal:
        wire["signal"] = ended.signal
    if ended.message:
        wire["message"] = ended.message
    wire["startedAt"] = timestamps.render(ended.started_at) if ended.started_at else None
    wire["finishedAt"] = timestamps.render(ended.finished_at) if ended.finished_at else None
    if ended.container_id:
        wire["containerID"] = _identity(ended.container_id)
    return wire


def _identity(container_id: str) -> str:
    return f"{CONTAINER_ID_SCHEME}{container_id}"


def is_host_network(pod: Object) -> bool:
    """Shares its node's network namespace."""
    return bool(spec_of(pod).get("hostNetwork"))
