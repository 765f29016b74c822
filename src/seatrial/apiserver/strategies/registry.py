"""Kind to strategy: one line each; whoever is not here has no rules of its own."""

from seatrial.api import kinds
from seatrial.api.kinds import Kind
from seatrial.api.objects import Object
from seatrial.apiserver.strategies.namespace import NAMESPACE_STRATEGY
from seatrial.apiserver.strategies.node import NODE_STRATEGY
from seatrial.apiserver.strategies.pod import POD_STRATEGY
from seatrial.apiserver.strategies.service import SERVICE_STRATEGY
from seatrial.apiserver.strategies.strategy import GENERATIONAL, Strategy
from seatrial.apiserver.strategies.workload import (
    FAULT_WITH_STATUS,
    REPLICA_SET_STRATEGY,
    WORKLOAD,
)


def _anything_differs(new: Object, old: Object) -> bool:
    own = {"metadata", "status", "kind", "apiVersion"}
    return {k: v for k, v in new.items() if k not in own} != {
        k: v for k, v in old.items() if k not in own
    }


_PLAIN = Strategy()
_MADE_BY_UPDATE = Strategy(created_by_update=True)

_STRATEGIES: dict[Kind, Strategy] = {
    kinds.POD: POD_STRATEGY,
    kinds.DEPLOYMENT: WORKLOAD,
    kinds.REPLICA_SET: REPLICA_SET_STRATEGY,
    kinds.SERVICE: SERVICE_STRATEGY,
    kinds.SERVICE_ACCOUNT: Strategy(shows_deleted=True),
    kinds.NAMESPACE: NAMESPACE_STRATEGY,
    kinds.NODE: NODE_STRATEGY,
    kinds.ENDPOINTS: _MADE_BY_UPDATE,
    kinds.EVENT: _MADE_BY_UPDATE,
    kinds.EVENT_V1: _MADE_BY_UPDATE,
    kinds.LEASE: _MADE_BY_UPDATE,
    kinds.ENDPOINT_SLICE: Strategy(asks_anew=_anything_differs, has_generation=True),
    kinds.ENDPOINT_PROPAGATION_DELAY: GENERATIONAL,
    kinds.KUBELET_DELAY: GENERATIONAL,
    kinds.CONTAINER_KILL: FAULT_WITH_STATUS,
}


def strategy_of(kind: Kind) -> Strategy:
    """The rules of a kind."""
    return _STRATEGIES.get(kind, _PLAIN)
