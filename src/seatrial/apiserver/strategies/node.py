"""Nodes: what the kubelet reports stays when somebody labels or cordons the node.

Differs from Kubernetes: a node may be created with its status, so that one write registers it.
"""

from seatrial.api.objects import Object
from seatrial.apiserver.strategies.strategy import Strategy


def _prepare_create(node: Object) -> None:
    node.setdefault("spec", {})
    node.setdefault("status", {})


def _prepare_update(new: Object, old: Object) -> None:
    new["status"] = old.get("status", {})


NODE_STRATEGY = Strategy(prepare_create=_prepare_create, prepare_update=_prepare_update)
