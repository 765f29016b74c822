"""What follows when a container has ended, or could not be started; pure.

Does: the next try's time, the waiting reason and message that are shown until then, the Events.
Does not: know of tasks or clocks; the time is an argument.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from seatrial.api.objects import Object, name_of, namespace_of, uid_of
from seatrial.kubelet.containers import (
    ContainerShape,
    ContainerState,
    Hook,
    Phase,
    Role,
    Termination,
)
from seatrial.kubelet.durations import go_duration
from seatrial.kubelet.errors import ContainerFailure, ImageRefusal
from seatrial.kubelet.restarts import (
    CRASH_BACKOFF,
    IMAGE_BACKOFF,
    SYNC_RETRY_S,
    crashes_after,
    restart_at,
    restarts,
)

# How long the first reason of a failure is shown before the back-off's own takes its place: about
# as long as the kubelet needs to look again.
REASON_SHOWN_S = 1.0
# What a failed start looks like to those who read exit codes (as containerd reports it).
START_ERROR_CODE = 128

Told = tuple[Literal["Normal", "Warning"], str, str]  # type, reason and message of an Event


@dataclass(frozen=True, slots=True)
class Waiting:
    """A waiting reason with its message."""

    reason: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """New fields of the container's state, Events, and what is shown REASON_SHOWN_S later."""

    fields: dict[str, Any]
    events: tuple[Told, ...] = ()
    later: Waiting | None = field(default=None)


def start_error(message: str, container_id: str, *, now: float) -> Termination:
    """The end of a container whose process would not start."""
    return Termination(
        exit_code=START_ERROR_CODE, reason="StartError", message=message,
        finished_at=now, started_at=now, container_id=container_id,
    )  # fmt: skip


def runs_again(
    shape: ContainerShape, state: ContainerState, ended: Termination, *, pod_is_ending: bool
) -> bool:
    """Will there be another attempt?"""
    if pod_is_ending or (shape.role is Role.INIT and ended.exit_code == 0):
        return False
    return state.must_restart or restarts(shape, ended.exit_code)


def after_end(
    pod: Object, shape: ContainerShape, state: ContainerState, ended: Termination, *,
    again: bool, first: Waiting | None = None,
) -> Aftermath:  # fmt: skip
    """An attempt is over. `first`: why, where that has a waiting reason of its own."""
    fields: dict[str, Any] = {
        "phase": Phase.EXITED, "ended": ended, "stopping": None, "ready": False, "started": False,
        "waiting_reason": "", "waiting_message": "", "retry_at": 0.0,
    }  # fmt: skip
    if not again:
        return Aftermath(fields)
    if state.post_start is Hook.FAILED:
        first = Waiting("PostStartHookError", "PostStartHook failed")
    crashes = crashes_after(state, ended)
    retry_at = restart_at(crashes, ended)
    fields |= {"crashes": crashes + 1, "retry_at": retry_at, "post_start": Hook.NONE}
    events: tuple[Told, ...] = ()
    back_off: Waiting | None = None
    if retry_at:
        back_off, event = _crash_back_off(pod, shape.name, CRASH_BACKOFF.delay_s(crashes))
        events = (event,)
    if first is not None:
        fields["retry_at"] = max(retry_at, ended.finished_at + REASON_SHOWN_S)
    shown = first or back_off
    if shown is not None:
        fields |= {"waiting_reason": shown.reason, "waiting_message": shown.message}
    return Aftermath(fields, events, back_off if first is not None else None)


def _crash_back_off(pod: Object, name: str, delay_s: float) -> tuple[Waiting, Told]:
    where = f"{name_of(pod)}_{namespace_of(pod)}({uid_of(pod)})"
    waiting = Waiting(
        "CrashLoopBackOff",
        f"back-off {go_duration(delay_s)} restarting failed container={name} pod={where}",
    )
    message = f"Back-off restarting failed container {name} in pod {where}"
    return waiting, ("Warning", "BackOff", message)


def after_refusal(
    shape: ContainerShape, state: ContainerState, error: ContainerFailure, *, now: float
) -> Aftermath:
    """There is no container: its image, its configuration or the runtime refused."""
    is_image = isinstance(error, ImageRefusal)
    failures = state.image_failures + 1 if is_image else 0
    delay_s = IMAGE_BACKOFF.delay_s(failures) if is_image else SYNC_RETRY_S
    fields: dict[str, Any] = {
        "phase": Phase.WAITING if state.ended is None else Phase.EXITED,
        "waiting_reason": error.reason, "waiting_message": str(error),
        "retry_at": now + delay_s, "image_failures": failures,
    }  # fmt: skip
    if error.reason != "ErrImagePull":
        words = error.reason if is_image else str(error)
        return Aftermath(fields, (("Warning", "Failed", f"Error: {words}"),))
    image = shape.wire.get("image", "")
    back_off = f'Back-off pulling image "{image}"'
    events: tuple[Told, ...] = (
        ("Normal", "BackOff", back_off),
        ("Warning", "Failed", "Error: ImagePullBackOff"),
    )
    later = Waiting("ImagePullBackOff", f"{back_off}: ErrImagePull: {error}")
    return Aftermath(fields, events, later)
