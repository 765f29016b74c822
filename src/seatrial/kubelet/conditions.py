"""A pod's conditions, with Kubernetes' reasons and messages."""

from collections.abc import Sequence
from typing import Any

from seatrial.api import timestamps
from seatrial.api.objects import Object, condition_of, metadata, spec_of
from seatrial.kubelet.containers import Phase, PodShape, PodState, Role, Stage
from seatrial.kubelet.phases import PodPhase

Condition = dict[str, Any]


def conditions(
    pod: Object, shape: PodShape, seen: PodState, *, phase: PodPhase, now: float
) -> list[Condition]:
    """The conditions that the kubelet owns; transition times are kept where nothing changed."""
    containers_ready = _containers_ready(shape, seen, phase)
    found = (
        _answer("PodReadyToStartContainers", is_true=seen.stage is Stage.READY),
        _initialized(shape, seen, phase),
        _ready(pod, containers_ready),
        {**containers_ready, "type": "ContainersReady"},
        _answer("PodScheduled", is_true=True),
    )
    return [_dated(pod, each, now) for each in found]


def _answer(kind: str, *, is_true: bool, reason: str = "", message: str = "") -> Condition:
    answer: Condition = {"type": kind, "status": "True" if is_true else "False"}
    if reason:
        answer["reason"] = reason
    if message:
        answer["message"] = message
    return answer


def _initialized(shape: PodShape, seen: PodState, phase: PodPhase) -> Condition:
    if phase == "Succeeded":
        return _answer("Initialized", is_true=True, reason="PodCompleted")
    incomplete = [
        each.name
        for each in shape.inits
        if not (
            seen.of(each).has_been_started and seen.of(each).started
            if each.role is Role.SIDECAR
            else _ended_well(seen, each.name)
        )
    ]
    # Once initialized, a pod stays so: a sidecar's restart does not undo it.
    if not incomplete or any(seen.of(each).has_been_started for each in shape.mains):
        return _answer("Initialized", is_true=True)
    message = f"containers with incomplete status: [{' '.join(incomplete)}]"
    return _answer("Initialized", is_true=False, reason="ContainersNotInitialized", message=message)


def _ended_well(seen: PodState, name: str) -> bool:
    state = seen.containers.get(name)
    return (
        state is not None
        and state.phase is Phase.EXITED
        and state.ended is not None
        and state.ended.exit_code == 0
    )


def _containers_ready(shape: PodShape, seen: PodState, phase: PodPhase) -> Condition:
    if phase == "Succeeded":
        return _answer("Ready", is_true=False, reason="PodCompleted")
    if phase == "Failed":
        return _answer("Ready", is_true=False, reason="PodFailed")
    unready = [each.name for each in (*shape.sidecars, *shape.mains) if not seen.of(each).ready]
    if not unready:
        return _answer("Ready", is_true=True)
    message = f"containers with unready status: [{' '.join(unready)}]"
    return _answer("Ready", is_true=False, reason="ContainersNotReady", message=message)


def _ready(pod: Object, containers_ready: Condition) -> Condition:
    """Ready: the containers are, and every readiness gate is."""
    if containers_ready["status"] != "True":
        return containers_ready
    messages = _closed_gates(pod, spec_of(pod).get("readinessGates") or [])
    if not messages:
        return containers_ready
    return _answer(
        "Ready", is_true=False, reason="ReadinessGatesNotReady", message=", ".join(messages)
    )


def _closed_gates(pod: Object, gates: Sequence[dict[str, Any]]) -> list[str]:
    messages = []
    for gate in gates:
        kind = gate["conditionType"]
        condition = condition_of(pod, kind)
        if condition is None:
            messages.append(
                f'corresponding condition of pod readiness gate "{kind}" does not exist.'
            )
        elif condition.get("status") != "True":
            found = condition.get("status")
            messages.append(f'the status of pod readiness gate "{kind}" is not "True", but {found}')
    return messages


def _dated(pod: Object, condition: Condition, now: float) -> Condition:
    before = condition_of(pod, condition["type"])
    same = before is not None and before.get("status") == condition["status"]
    since = before.get("lastTransitionTime") if before and same else None
    dated = {
        **condition,
        "lastProbeTime": None,
        "lastTransitionTime": since or timestamps.render(now),
    }
    generation = metadata(pod).get("generation")
    if generation is not None:
        dated["observedGeneration"] = generation
    return dated
