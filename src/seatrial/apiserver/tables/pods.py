"""Pods: what is the matter with them, in one word.

Follows the order of kubectl's own printer: the pod's reason, then init containers, then containers
from the last to the first, then deletion.
"""

from typing import Any

from seatrial.api import timestamps
from seatrial.api.objects import Object, spec_of, status_of
from seatrial.apiserver.tables.table import AGE, NAME, NONE, Cell, Column, age

_NODE_LOST = "NodeLost"


def _init_specs(pod: Object) -> dict[str, Object]:
    return {each.get("name", ""): each for each in spec_of(pod).get("initContainers") or ()}


def _is_sidecar(container: Object | None) -> bool:
    return container is not None and container.get("restartPolicy") == "Always"


def _ready(pod: Object, _now_s: float) -> Cell:
    inits = _init_specs(pod)
    sidecars = [each for each in inits.values() if _is_sidecar(each)]
    total = len(spec_of(pod).get("containers") or ()) + len(sidecars)
    status = status_of(pod)
    ready = sum(_is_running_ready(each) for each in status.get("containerStatuses") or ())
    ready += sum(
        bool(each.get("started")) and bool(each.get("ready"))
        for each in status.get("initContainerStatuses") or ()
        if _is_sidecar(inits.get(each.get("name", "")))
    )
    return f"{ready}/{total}"


def _is_running_ready(status: Object) -> bool:
    return bool(status.get("ready")) and "running" in (status.get("state") or {})


def _status(pod: Object, _now_s: float) -> Cell:
    return status_word(pod)


def status_word(pod: Object) -> str:
    """`Running`, `Init:0/1`, `CrashLoopBackOff`, `Terminating`, ..."""
    status = status_of(pod)
    reason = status.get("reason") or status.get("phase") or ""
    if _is_gated(status):
        reason = "SchedulingGated"
    init = _init_word(pod)
    if init:
        reason = init
    # A pod whose init containers are done may still show its last words.
    if not init or _is_initialized(status):
        reason = _main_word(pod, reason)
    if "deletionTimestamp" in pod["metadata"]:
        if status.get("reason") == _NODE_LOST:
            return "Unknown"
        if status.get("phase") not in {"Succeeded", "Failed"}:
            return "Terminating"
    return str(reason)


def _is_gated(status: Object) -> bool:
    return any(
        each.get("type") == "PodScheduled" and each.get("reason") == "SchedulingGated"
        for each in status.get("conditions") or ()
    )


def _is_initialized(status: Object) -> bool:
    return any(
        each.get("type") == "Initialized" and each.get("status") == "True"
        for each in status.get("conditions") or ()
    )


def _init_word(pod: Object) -> str:
    """What the first unfinished init container is up to, or ""."""
    specs = _init_specs(pod)
    for index, each in enumerate(status_of(pod).get("initContainerStatuses") or ()):
        state = each.get("state") or {}
        terminated, waiting = state.get("terminated"), state.get("waiting")
        if terminated is not None and terminated.get("exitCode") == 0:
            continue
        if _is_sidecar(specs.get(each.get("name", ""))) and each.get("started"):
            continue
        if terminated is not None:
            return f"Init:{terminated.get('reason') or _exit_word(terminated)}"
        reason = (waiting or {}).get("reason") or ""
        if reason and reason != "PodInitializing":
            return f"Init:{reason}"
        return f"Init:{index}/{len(specs)}"
    return ""


def _exit_word(terminated: dict[str, Any]) -> str:
    signal = terminated.get("signal")
    return f"Signal:{signal}" if signal else f"ExitCode:{terminated.get('exitCode', 0)}"


def _main_word(pod: Object, reason: str) -> str:
    statuses = status_of(pod).get("containerStatuses") or []
    is_running = False
    for each in reversed(statuses):
        state = each.get("state") or {}
        waiting, terminated = state.get("waiting"), state.get("terminated")
        if waiting is not None and waiting.get("reason"):
            reason = waiting["reason"]
        elif terminated is not None:
            reason = terminated.get("reason") or _exit_word(terminated)
        elif each.get("ready") and "running" in state:
            is_running = True
    # One container has ended well while another runs on.
    if reason == "Completed" and is_running:
        return "Running" if _has_ready_condition(pod) else "NotReady"
    return reason


def _has_ready_condition(pod: Object) -> bool:
    return any(
        each.get("type") == "Ready" and each.get("status") == "True"
        for each in status_of(pod).get("conditions") or ()
    )


def _restarts(pod: Object, now_s: float) -> Cell:
    inits, status = _init_specs(pod), status_of(pod)
    init_statuses = status.get("initContainerStatuses") or []
    if _init_word(pod) and not _is_initialized(status):
        counted = init_statuses
    else:
        sidecars = [each for each in init_statuses if _is_sidecar(inits.get(each.get("name", "")))]
        counted = [*sidecars, *(status.get("containerStatuses") or ())]
    total = sum(int(each.get("restartCount") or 0) for each in counted)
    last = _last_end(counted)
    return f"{total} ({age(last, now_s)} ago)" if total and last else str(total)


def _last_end(statuses: list[Object]) -> str:
    ends = [
        ((each.get("lastState") or {}).get("terminated") or {}).get("finishedAt") or ""
        for each in statuses
    ]
    return max((each for each in ends if each), key=timestamps.parse, default="")


def _ip(pod: Object, _now_s: float) -> Cell:
    ips = [each.get("ip") for each in status_of(pod).get("podIPs") or ()]
    return (ips[0] if ips else status_of(pod).get("podIP")) or NONE


def _node(pod: Object, _now_s: float) -> Cell:
    return spec_of(pod).get("nodeName") or NONE


def _nominated(pod: Object, _now_s: float) -> Cell:
    return status_of(pod).get("nominatedNodeName") or NONE


def _gates(pod: Object, _now_s: float) -> Cell:
    gates = [each.get("conditionType", "") for each in spec_of(pod).get("readinessGates") or ()]
    if not gates:
        return NONE
    true = {
        each.get("type", "")
        for each in status_of(pod).get("conditions") or ()
        if each.get("status") == "True"
    }
    return f"{sum(gate in true for gate in gates)}/{len(gates)}"


POD_COLUMNS = (
    NAME,
    Column("Ready", _ready),
    Column("Status", _status),
    Column("Restarts", _restarts),
    AGE,
    Column("IP", _ip, priority=1),
    Column("Node", _node, priority=1),
    Column("Nominated Node", _nominated, priority=1),
    Column("Readiness Gates", _gates, priority=1),
)
