"""What the workloads of a namespace ask of its ResourceQuota, as far as manifests tell.

Holds: never more than will be asked for. Jobs come and go and are not counted; of a DaemonSet one
pod is; autoscaled workloads count with their fewest replicas.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from seatrial.api.kinds import KINDS
from seatrial.api.quantities import ZERO, Quantity, parse
from seatrial.lint.manifest import Manifest, mapping, sequence
from seatrial.lint.ranges import Side, default_of
from seatrial.lint.resources import limit_of, quantity_in, request_of
from seatrial.lint.rule import World
from seatrial.lint.workload import Container, Workload

# What a quota counts → the resource of each container that it is the sum of, and on which side.
OF_CONTAINERS: Mapping[str, tuple[Side, str]] = {
    "cpu": ("requests", "cpu"),
    "memory": ("requests", "memory"),
    "requests.cpu": ("requests", "cpu"),
    "requests.memory": ("requests", "memory"),
    "limits.cpu": ("limits", "cpu"),
    "limits.memory": ("limits", "memory"),
}
OF_PODS = frozenset({"pods", "count/pods"})
OF_CLAIMS = frozenset(
    {"persistentvolumeclaims", "count/persistentvolumeclaims", "requests.storage"}
)
# Kinds whose objects come into being without a manifest, too.
UNCOUNTED = frozenset({"Pod", "PersistentVolumeClaim", "ReplicaSet", "Job", "Event", "Lease",
                       "Endpoints", "EndpointSlice", "ControllerRevision"})  # fmt: skip
# Objects that are counted by a name of their own, and any by `count/`.
OF_OBJECTS: Mapping[str, str] = {
    "services": "Service", "configmaps": "ConfigMap", "secrets": "Secret",
    "replicationcontrollers": "ReplicationController",
} | {
    f"count/{each.plural}{'.' if each.group else ''}{each.group}": each.kind
    for each in KINDS if each.namespaced and each.kind not in UNCOUNTED
}  # fmt: skip
# Of the Services, those of these types.
OF_SERVICES = {
    "services.loadbalancers": ("LoadBalancer",),
    "services.nodeports": ("LoadBalancer", "NodePort"),
}
MADE_BY_KUBERNETES = {"ConfigMap": 1}  # kube-root-ca.crt


def is_for_all(quota: Manifest) -> bool:
    """It counts every pod of its namespace, not those of a scope."""
    return not quota.spec.get("scopes") and not quota.spec.get("scopeSelector")


def hard_of(quota: Manifest) -> dict[str, Quantity]:
    """What it gives, by name."""
    found = {
        str(name): quantity_in(value) for name, value in mapping(quota.spec.get("hard")).items()
    }
    return {name: amount for name, amount in found.items() if amount is not None}


def counted(quota: Manifest, world: World) -> list[Workload]:
    """The workloads whose pods it counts for certain."""
    return [
        each
        for each in world.inventory.workloads
        if each.manifest.namespace == quota.namespace and each.is_lasting
    ]


def asked(name: str, namespace: str, workloads: Iterable[Workload], world: World) -> Quantity:
    """How much of it is asked for, at the least."""
    if name in OF_CONTAINERS or name in OF_PODS:
        shares = (times(of_one_pod(each, name, world), replicas(each, world)) for each in workloads)
        return sum(shares, ZERO)
    if name in OF_CLAIMS:
        return _of_claims(name, namespace, world)
    return parse(_objects(name, namespace, world))


def of_one_pod(workload: Workload, name: str, world: World) -> Quantity:
    """What one pod adds; nothing, for a name that does not count pods."""
    if name not in OF_CONTAINERS:
        return parse(1 if name in OF_PODS else 0)
    side, resource = OF_CONTAINERS[name]
    of_pod = mapping(mapping(workload.pod_spec.get("resources")).get(side)).get(resource)
    if of_pod is not None:
        return quantity_in(of_pod) or ZERO
    found = (_of_container(each, workload, side, resource, world) for each in workload.containers)
    return sum((each for each in found if each is not None), ZERO)


def replicas(workload: Workload, world: World) -> int:
    found = world.inventory.replicas_at_least(workload)
    return 1 if found is None else found


def times(amount: Quantity, factor: int) -> Quantity:
    return Quantity(amount.nanos * factor, amount.notation)


def _of_container(
    container: Container, workload: Workload, side: Side, resource: str, world: World
) -> Quantity | None:
    said = request_of(container, resource) if side == "requests" else limit_of(container, resource)
    if said is not None:
        return said
    return default_of(world.inventory, workload.manifest.namespace, side, resource)


def _objects(name: str, namespace: str, world: World) -> int:
    types = OF_SERVICES.get(name)
    kind = "Service" if types else OF_OBJECTS.get(name, "")
    found = [
        each
        for each in world.inventory.of_kind(kind)
        if each.namespace == namespace and (not types or each.spec.get("type") in types)
    ]
    return len({each.name for each in found}) + (MADE_BY_KUBERNETES.get(kind, 0) if found else 0)


def _of_claims(name: str, namespace: str, world: World) -> Quantity:
    claims = (
        _share(each.value, name)
        for each in world.inventory.of_kind("PersistentVolumeClaim")
        if each.namespace == namespace
    )
    of_members = (
        times(_share(mapping(template), name), replicas(each, world))
        for each in world.inventory.workloads
        if each.kind == "StatefulSet" and each.manifest.namespace == namespace
        for template in sequence(each.manifest.spec.get("volumeClaimTemplates"))
    )
    return sum((*claims, *of_members), ZERO)


def _share(claim: Mapping[str, Any], name: str) -> Quantity:
    if name != "requests.storage":
        return parse(1)
    resources = mapping(mapping(claim.get("spec")).get("resources"))
    return quantity_in(mapping(resources.get("requests")).get("storage")) or ZERO
