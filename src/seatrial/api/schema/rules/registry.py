"""Which rules each kind obeys: one line a kind.

Differs from Kubernetes: rules of fields that nothing here acts on (affinity terms, security
profiles, most volume sources) are not checked.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from seatrial.api.causes import Cause
from seatrial.api.kinds import FAULTS_GROUP, Kind
from seatrial.api.objects import Object
from seatrial.api.schema.rules import (
    cluster_kinds,
    data,
    endpoints,
    faults,
    pod,
    service,
    workload,
)
from seatrial.api.schema.rules.metadata import check_metadata, check_metadata_update

Check: TypeAlias = Callable[[Object], Iterator[Cause]]
CheckUpdate: TypeAlias = Callable[[Object, Object], Iterator[Cause]]


@dataclass(frozen=True, slots=True)
class Rules:
    """What an object must obey, and what an update of it must in addition."""

    check: Check | None = None
    check_update: CheckUpdate | None = None


_RULES: Mapping[tuple[str, str], Rules] = {
    ("", "Pod"): Rules(pod.check_pod, pod.check_pod_update),
    ("", "Service"): Rules(service.check_service, service.check_service_update),
    ("", "ConfigMap"): Rules(data.check_config_map, data.check_config_map_update),
    ("", "Secret"): Rules(data.check_secret, data.check_secret_update),
    ("", "Endpoints"): Rules(endpoints.check_endpoints),
    ("", "Node"): Rules(cluster_kinds.check_node, cluster_kinds.check_node_update),
    ("", "Event"): Rules(cluster_kinds.check_event),
    ("events.k8s.io", "Event"): Rules(cluster_kinds.check_event),
    ("apps", "Deployment"): Rules(workload.check_deployment, workload.check_selector_update),
    ("apps", "ReplicaSet"): Rules(workload.check_replica_set, workload.check_selector_update),
    ("discovery.k8s.io", "EndpointSlice"): Rules(
        endpoints.check_endpoint_slice, endpoints.check_endpoint_slice_update
    ),
    ("coordination.k8s.io", "Lease"): Rules(cluster_kinds.check_lease),
    (FAULTS_GROUP, "EndpointPropagationDelay"): Rules(faults.check_delay),
    (FAULTS_GROUP, "KubeletDelay"): Rules(faults.check_delay),
    (FAULTS_GROUP, "ContainerKill"): Rules(faults.check_container_kill),
}
_NO_RULES = Rules()


def check_create(kind: Kind, obj: Object) -> list[Cause]:
    """What is wrong with a new object (its structure fits, its defaults are filled)."""
    rules = _RULES.get((kind.group, kind.kind), _NO_RULES)
    found = list(check_metadata(kind, obj))
    if rules.check is not None:
        found.extend(rules.check(obj))
    return found


def check_update(kind: Kind, new: Object, old: Object) -> list[Cause]:
    """What is wrong with `new` in the place of `old`."""
    rules = _RULES.get((kind.group, kind.kind), _NO_RULES)
    found = [*check_metadata(kind, new), *check_metadata_update(new, old)]
    if rules.check_update is not None:
        found.extend(rules.check_update(new, old))
    # An object whose spec did not change is as good as it was.
    if rules.check is not None and new.get("spec", new) != old.get("spec", old):
        found.extend(rules.check(new))
    return found
