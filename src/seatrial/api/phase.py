"""A pod's phase from its containers' statuses, as the kubelet computes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seatrial.api.objects import Object, spec_of
from seatrial.api.pods import Phase, containers_of, init_containers_of, is_sidecar, sidecars_of


@dataclass(slots=True)
class _Count:
    pending_init: int = 0
    failed_init: int = 0
    pending_sidecar: int = 0
    running: int = 0
    waiting: int = 0
    unknown: int = 0
    stopped: int = 0
    succeeded: int = 0


def phase_from(
    pod: Object, statuses: Mapping[str, Mapping[str, Any]], *, is_ended: bool = False
) -> Phase:
    """The phase that `statuses` (by container name) mean.

    `is_ended`: no container will be started again, whatever the restart policy (the pod is being
    deleted, or was evicted).
    """
    count = _Count()
    for container in init_containers_of(pod):
        if not is_sidecar(container):
            _count_init(count, statuses.get(container["name"]))
    for container in sidecars_of(pod):
        _count_sidecar(count, statuses.get(container["name"]))
    for container in containers_of(pod):
        _count_main(count, statuses.get(container["name"]))
    return _phase(
        count,
        restart_policy=spec_of(pod).get("restartPolicy", "Always"),
        has_started=has_started(pod, statuses),
        is_ended=is_ended,
    )


def has_started(pod: Object, statuses: Mapping[str, Mapping[str, Any]]) -> bool:
    """Any main container has run."""
    found = (statuses.get(each["name"]) for each in containers_of(pod))
    return any(each is not None and _has_run(each) for each in found)


def _has_run(status: Mapping[str, Any]) -> bool:
    state = status.get("state") or {}
    return bool("running" in state or "terminated" in state or _last_exit(status) is not None)


def _phase(count: _Count, *, restart_policy: str, has_started: bool, is_ended: bool) -> Phase:
    if is_ended and not count.running:
        is_whole = count.stopped and not (count.pending_init or count.waiting or count.unknown)
        return "Succeeded" if is_whole and count.stopped == count.succeeded else "Failed"
    if count.failed_init and restart_policy == "Never":
        return "Failed"
    if count.pending_init or (count.pending_sidecar and not has_started) or count.waiting:
        return "Pending"
    if count.unknown:
        return "Pending"
    if count.running:
        return "Running"
    if not count.stopped:
        return "Pending"
    if restart_policy == "Always":
        return "Running"
    if count.stopped == count.succeeded:
        return "Succeeded"
    return "Failed" if restart_policy == "Never" else "Running"


def _count_init(count: _Count, status: Mapping[str, Any] | None) -> None:
    state = (status or {}).get("state") or {}
    last_exit = _last_exit(status)
    if "terminated" in state:
        count.failed_init += state["terminated"].get("exitCode", 0) != 0
    elif "waiting" in state and last_exit is not None:
        count.failed_init += last_exit != 0
    else:
        count.pending_init += 1


def _count_sidecar(count: _Count, status: Mapping[str, Any] | None) -> None:
    state = (status or {}).get("state") or {}
    if status is None:
        count.unknown += 1
    elif "running" in state:
        count.pending_sidecar += not status.get("started")
        count.running += 1
    elif "waiting" in state:
        if _last_exit(status) is None:
            count.pending_sidecar += 1
            count.waiting += 1
    elif "terminated" not in state:  # a sidecar that ended does not count
        count.pending_sidecar += 1
        count.unknown += 1


def _count_main(count: _Count, status: Mapping[str, Any] | None) -> None:
    state = (status or {}).get("state") or {}
    if "running" in state:
        count.running += 1
    elif "terminated" in state:
        count.stopped += 1
        count.succeeded += state["terminated"].get("exitCode", 0) == 0
    elif "waiting" in state and _last_exit(status) is not None:
        count.stopped += 1
    elif "waiting" in state:
        count.waiting += 1
    else:
        count.unknown += 1


def _last_exit(status: Mapping[str, Any] | None) -> int | None:
    ended = ((status or {}).get("lastState") or {}).get("terminated")
    return None if ended is None else int(ended.get("exitCode", 0))
