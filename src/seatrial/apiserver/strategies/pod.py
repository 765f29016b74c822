"""Pods: a phase and a quality-of-service class to begin with; graceful deletion.

Holds: a pod that runs nowhere (unscheduled, or at its end) is removed at once.
"""

from seatrial.api.objects import Object, spec_of
from seatrial.api.pods import GRACE_PERIOD_S, is_terminal, qos_class
from seatrial.apiserver.strategies.strategy import Strategy, spec_differs


def _prepare_create(pod: Object) -> None:
    pod["status"] = {"phase": "Pending", "qosClass": qos_class(pod)}


def _prepare_update(new: Object, old: Object) -> None:
    new["status"] = old.get("status", {})


def _grace_s(pod: Object, wanted_s: int | None) -> int:
    spec = spec_of(pod)
    if not spec.get("nodeName") or is_terminal(pod):
        return 0
    own = spec.get("terminationGracePeriodSeconds")
    grace = wanted_s if wanted_s is not None else GRACE_PERIOD_S if own is None else int(own)
    # Kubernetes reads a negative grace as one second.
    return 1 if grace < 0 else grace


POD_STRATEGY = Strategy(
    prepare_create=_prepare_create,
    prepare_update=_prepare_update,
    asks_anew=spec_differs,
    has_generation=True,
    grace_s=_grace_s,
    shows_deleted=True,
)
