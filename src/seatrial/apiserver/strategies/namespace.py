"""Namespaces: active to begin with; emptied by a controller before they are gone.

Holds: `spec.finalizers` changes only through the `finalize` subresource.
"""

from seatrial.api.objects import Object
from seatrial.apiserver.strategies.strategy import Strategy

FINALIZER = "kubernetes"
# Namespaces that Kubernetes never lets go.
IMMORTAL = frozenset({"default", "kube-system", "kube-public"})


def _prepare_create(namespace: Object) -> None:
    spec = namespace.setdefault("spec", {})
    finalizers = spec.setdefault("finalizers", [])
    if FINALIZER not in finalizers:
        finalizers.append(FINALIZER)
    labels = namespace["metadata"].setdefault("labels", {})
    labels["kubernetes.io/metadata.name"] = namespace["metadata"]["name"]
    namespace["status"] = {"phase": "Active"}


def _prepare_update(new: Object, old: Object) -> None:
    new["spec"] = old.get("spec", {})
    new["status"] = old.get("status", {})
    labels = new["metadata"].setdefault("labels", {})
    labels["kubernetes.io/metadata.name"] = new["metadata"]["name"]


NAMESPACE_STRATEGY = Strategy(prepare_create=_prepare_create, prepare_update=_prepare_update)
