"""Reading pods: phase, readiness, availability, grace, quality of service, who goes first.

Does: answers questions about one pod from the pod (and a moment) alone.
"""

from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeAlias

from seatrial.api import timestamps
from seatrial.api.objects import (
    Object,
    annotations_of,
    condition_of,
    is_condition_true,
    is_terminating,
    metadata,
    spec_of,
    status_of,
)

Phase: TypeAlias = Literal["Pending", "Running", "Succeeded", "Failed", "Unknown"]

GRACE_PERIOD_S = 30
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
DELETION_COST_MAX = 2**31 - 1


def containers_of(pod: Object) -> list[dict[str, Any]]:
    """`spec.containers`."""
    return spec_of(pod).get("containers") or []


def init_containers_of(pod: Object) -> list[dict[str, Any]]:
    """`spec.initContainers`, sidecars among them."""
    return spec_of(pod).get("initContainers") or []


def sidecars_of(pod: Object) -> list[dict[str, Any]]:
    """The init containers that run on beside the main ones."""
    return [each for each in init_containers_of(pod) if is_sidecar(each)]


def is_sidecar(init_container: dict[str, Any]) -> bool:
    """An init container with `restartPolicy: Always`."""
    return init_container.get("restartPolicy") == "Always"


def status_by_container(pod: Object) -> dict[str, dict[str, Any]]:
    """Container statuses by name, of init containers too."""
    status = status_of(pod)
    fields = ("initContainerStatuses", "containerStatuses")
    return {each["name"]: each for field in fields for each in status.get(field) or ()}


def phase_of(pod: Object) -> str:
    """`status.phase`; a pod without one is Pending."""
    return str(status_of(pod).get("phase") or "Pending")


def is_terminal(pod: Object) -> bool:
    """Succeeded or Failed: it will never run again."""
    return phase_of(pod) in {"Succeeded", "Failed"}


def is_active(pod: Object) -> bool:
    """Counts as a replica: neither ended nor being deleted."""
    return not is_terminal(pod) and not is_terminating(pod)


def is_pod_ready(pod: Object) -> bool:
    """Its condition Ready is True."""
    return is_condition_true(pod, "Ready")


def ready_since_s(pod: Object) -> float | None:
    """When it became ready (seconds since the epoch); None while it is not."""
    condition = condition_of(pod, "Ready")
    if condition is None or condition.get("status") != "True":
        return None
    since = condition.get("lastTransitionTime")
    return timestamps.parse(since) if since else 0.0


def is_pod_available(pod: Object, min_ready_s: float, now_s: float) -> bool:
    """Ready for at least `min_ready_s`."""
    since_s = ready_since_s(pod)
    return since_s is not None and (not min_ready_s or since_s + min_ready_s <= now_s)


def available_in_s(pod: Object, min_ready_s: float, now_s: float) -> float | None:
    """How long a ready pod must stay ready until it is available (0: it is); None: not ready."""
    since_s = ready_since_s(pod)
    return None if since_s is None else max(0.0, since_s + min_ready_s - now_s)


def grace_period_s(pod: Object) -> int:
    """How long it may take to stop: what its deletion says, else its spec, else 30."""
    said = metadata(pod).get("deletionGracePeriodSeconds")
    if said is None:
        said = spec_of(pod).get("terminationGracePeriodSeconds")
    return GRACE_PERIOD_S if said is None else int(said)


def restarts_of(pod: Object) -> int:
    """How often its containers were restarted, in all."""
    statuses = status_of(pod).get("containerStatuses") or ()
    return sum(int(each.get("restartCount") or 0) for each in statuses)


def pod_ips(pod: Object) -> list[str]:
    """Its addresses, the primary one first."""
    status = status_of(pod)
    listed = [each["ip"] for each in status.get("podIPs") or () if each.get("ip")]
    return listed or ([status["podIP"]] if status.get("podIP") else [])


def named_port(pod: Object, name: str, protocol: str = "TCP") -> int | None:
    """The container port of that name and protocol (sidecars' too), or None."""
    for container in (*containers_of(pod), *sidecars_of(pod)):
        for port in container.get("ports") or ():
            if port.get("name") == name and port.get("protocol", "TCP") == protocol:
                return int(port["containerPort"])
    return None


def deletion_order(doubled: Callable[[Object], int]) -> Callable[[Object], tuple[Any, ...]]:
    """A sort key by which a ReplicaSet takes pods down: the first is the least missed.

    `doubled` says how many pods of the owner run on the pod's node.

    Unassigned before assigned, Pending before Running, not ready before ready, cheap before dear
    (pod-deletion-cost), crowded nodes, recently ready, often restarted and new ones first.
    """

    def key(pod: Object) -> tuple[Any, ...]:
        created = metadata(pod).get("creationTimestamp")
        return (
            bool(spec_of(pod).get("nodeName")),
            {"Pending": 0, "Unknown": 1}.get(phase_of(pod), 2),
            is_pod_ready(pod),
            deletion_cost(pod),
            -doubled(pod),
            -(ready_since_s(pod) or 0.0),
            -restarts_of(pod),
            -(timestamps.parse(created) if created else 0.0),
            str(metadata(pod).get("name", "")),
        )

    return key


def deletion_cost(pod: Object) -> int:
    """The annotation pod-deletion-cost; 0 when absent or not a 32-bit number."""
    text = annotations_of(pod).get(DELETION_COST, "")
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or (digits != "0" and digits.startswith("0")):
        return 0
    cost = int(text)
    return cost if abs(cost) <= DELETION_COST_MAX else 0


QosClass: TypeAlias = Literal["Guaranteed", "Burstable", "BestEffort"]


def qos_class(pod: Object) -> QosClass:
    """`status.qosClass` as the resources of its containers make it."""
    resources = [each.get("resources") or {} for each in _all_containers(pod)]
    if not any(_asks_for_compute(each) for each in resources):
        return "BestEffort"
    return "Guaranteed" if all(_is_guaranteed(each) for each in resources) else "Burstable"


def _all_containers(pod: Object) -> Iterator[dict[str, Any]]:
    yield from init_containers_of(pod)
    yield from containers_of(pod)


def _asks_for_compute(resources: dict[str, Any]) -> bool:
    amounts = (resources.get(field) or {} for field in ("requests", "limits"))
    return any(each.get(name) not in {None, "0"} for each in amounts for name in ("cpu", "memory"))


def _is_guaranteed(resources: dict[str, Any]) -> bool:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    return all(
        name in limits and requests.get(name, limits[name]) == limits[name]
        for name in ("cpu", "memory")
    )
