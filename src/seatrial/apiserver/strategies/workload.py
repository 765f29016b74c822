"""Kinds that are a wish and a state (Deployments, ReplicaSets, faults with a status).

Holds: an update of the wish does not touch the state, and raises `metadata.generation`.
"""

from seatrial.api.objects import Object
from seatrial.apiserver.strategies.strategy import Strategy, spec_differs


def _prepare_create(obj: Object) -> None:
    obj["status"] = {}


def _prepare_replica_set(obj: Object) -> None:
    # Kubernetes writes this zero, and clients read it.
    obj["status"] = {"replicas": 0}


def _prepare_update(new: Object, old: Object) -> None:
    new["status"] = old.get("status", {})


def _prepare_fault(obj: Object) -> None:
    obj.pop("status", None)


def _prepare_fault_update(new: Object, old: Object) -> None:
    new.pop("status", None)
    if "status" in old:
        new["status"] = old["status"]


WORKLOAD = Strategy(
    prepare_create=_prepare_create,
    prepare_update=_prepare_update,
    asks_anew=spec_differs,
    has_generation=True,
)
REPLICA_SET_STRATEGY = Strategy(
    prepare_create=_prepare_replica_set,
    prepare_update=_prepare_update,
    asks_anew=spec_differs,
    has_generation=True,
)
FAULT_WITH_STATUS = Strategy(
    prepare_create=_prepare_fault,
    prepare_update=_prepare_fault_update,
    asks_anew=spec_differs,
    has_generation=True,
)
