"""Pods: a phase and a quality-of-service class to begin with; graceful deletion.

Holds: a pod that runs nowhere (unscheduled, or at its end) is removed at once.
"""

from typing import Any

from seatrial.api.objects import Object, spec_of, status_of
from seatrial.apiserver.strategies.strategy import Strategy, spec_differs

DEFAULT_GRACE_S = 30
_COUNTED = ("cpu", "memory")


def _prepare_create(pod: Object) -> None:
    pod["status"] = {"phase": "Pending", "qosClass": qos_class(spec_of(pod))}


def _prepare_update(new: Object, old: Object) -> None:
    new["status"] = old.get("status", {})


def _grace_s(pod: Object, wanted_s: int | None) -> int:
    spec = spec_of(pod)
    if not spec.get("nodeName") or status_of(pod).get("phase") in {"Succeeded", "Failed"}:
        return 0
    own = spec.get("terminationGracePeriodSeconds")
    grace = wanted_s if wanted_s is not None else DEFAULT_GRACE_S if own is None else int(own)
    # Kubernetes reads a negative grace as one second.
    return 1 if grace < 0 else grace


def qos_class(spec: dict[str, Any]) -> str:
    """`Guaranteed`, `Burstable` or `BestEffort` from requests and limits of cpu and memory."""
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    counted = [_counted(each) for each in containers]
    if not any(requests or limits for requests, limits in counted):
        return "BestEffort"
    whole = all(len(limits) == len(_COUNTED) and requests == limits for requests, limits in counted)
    return "Guaranteed" if whole else "Burstable"


def _counted(container: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    resources = container.get("resources") or {}
    limits = _only_counted(resources.get("limits") or {})
    # A limit without a request is its own request.
    return {**limits, **_only_counted(resources.get("requests") or {})}, limits


def _only_counted(amounts: dict[str, Any]) -> dict[str, Any]:
    return {
        name: amount
        for name, amount in amounts.items()
        if name in _COUNTED and str(amount) not in {"0", ""}
    }


POD_STRATEGY = Strategy(
    prepare_create=_prepare_create,
    prepare_update=_prepare_update,
    asks_anew=spec_differs,
    has_generation=True,
    grace_s=_grace_s,
    shows_deleted=True,
)
