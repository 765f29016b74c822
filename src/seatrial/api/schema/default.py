"""Defaults: what an object says when it says nothing, as Kubernetes' decoder fills it in.

Does: fills absent fields of every kind in the table.
Does not: what needs other objects or a name given: service accounts, addresses, tokens, tolerations
(the API server's strategies and admission).
Holds: filling twice changes nothing; a field that is set is never changed.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from seatrial.api.kinds import Kind
from seatrial.api.objects import Object, name_of
from seatrial.api.schema.default_pod import fill_pod, fill_pod_template

SESSION_AFFINITY_TIMEOUT_S = 10800


def fill_defaults(kind: Kind, obj: Object) -> None:
    """Fill the absent fields of `obj` in place: the caller has just decoded it and owns it."""
    filler = _FILLERS.get((kind.group, kind.kind))
    if filler is not None:
        filler(obj)


def _deployment(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    strategy = spec.setdefault("strategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    fill_pod_template(spec.setdefault("template", {}))


def _replica_set(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    fill_pod_template(spec.setdefault("template", {}))


def _service(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    kind = spec.setdefault("type", "ClusterIP")
    if spec.setdefault("sessionAffinity", "None") == "ClientIP":
        config = spec.setdefault("sessionAffinityConfig", {}).setdefault("clientIP", {})
        config.setdefault("timeoutSeconds", SESSION_AFFINITY_TIMEOUT_S)
    for port in spec.get("ports") or ():
        port.setdefault("protocol", "TCP")
        if port.get("targetPort") in (None, 0, "") and "port" in port:
            port["targetPort"] = port["port"]
    if kind == "ExternalName":
        return
    spec.setdefault("internalTrafficPolicy", "Cluster")
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    if spec.get("clusterIP"):
        spec.setdefault("clusterIPs", [spec["clusterIP"]])
    if kind in {"NodePort", "LoadBalancer"}:
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if kind == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)


def _endpoints(obj: Object) -> None:
    for subset in obj.get("subsets") or ():
        for port in subset.get("ports") or ():
            port.setdefault("protocol", "TCP")


def _endpoint_slice(obj: Object) -> None:
    obj.setdefault("endpoints", [])
    for port in obj.get("ports") or ():
        port.setdefault("name", "")
        port.setdefault("protocol", "TCP")


def _secret(obj: Object) -> None:
    obj.setdefault("type", "Opaque")
    plain: dict[str, str] = obj.pop("stringData", None) or {}
    if plain:
        data = obj.setdefault("data", {})
        data.update((key, base64.b64encode(each.encode()).decode()) for key, each in plain.items())


def _namespace(obj: Object) -> None:
    name = name_of(obj)
    if name:
        labels = obj.setdefault("metadata", {}).setdefault("labels", {})
        labels.setdefault("kubernetes.io/metadata.name", name)
    obj.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    obj.setdefault("status", {}).setdefault("phase", "Active")


def _node(obj: Object) -> None:
    obj.setdefault("spec", {})
    status = obj.get("status") or {}
    if status.get("capacity") and "allocatable" not in status:
        status["allocatable"] = dict(status["capacity"])


def _event(obj: Object) -> None:
    obj.setdefault("source", {})
    obj.setdefault("involvedObject", {})


def _spec(obj: Object) -> None:
    obj.setdefault("spec", {})


_FILLERS: Mapping[tuple[str, str], Callable[[dict[str, Any]], None]] = {
    ("", "Pod"): fill_pod,
    ("", "Service"): _service,
    ("", "Endpoints"): _endpoints,
    ("", "Secret"): _secret,
    ("", "Namespace"): _namespace,
    ("", "Node"): _node,
    ("", "Event"): _event,
    ("apps", "Deployment"): _deployment,
    ("apps", "ReplicaSet"): _replica_set,
    ("discovery.k8s.io", "EndpointSlice"): _endpoint_slice,
    ("coordination.k8s.io", "Lease"): _spec,
}
