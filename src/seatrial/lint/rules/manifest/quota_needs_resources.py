"""A container does not say what its namespace's ResourceQuota counts.

Why it hurts: where a quota counts CPU or memory, the API server refuses every pod with a container,
init containers too, that does not say how much of it. The workload is accepted, and nothing starts.

Prove it: `kubectl apply` both, and read "must specify" in the events of the ReplicaSet.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      namespace: shop
    spec:
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          containers:
          - name: web
            image: web:1.0
            resources:
              requests: {memory: 64Mi}
    ---
    apiVersion: v1
    kind: ResourceQuota
    metadata:
      name: shop
      namespace: shop
    spec:
      hard: {requests.memory: 1Gi, limits.memory: 2Gi}

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      namespace: shop
    spec:
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          containers:
          - name: web
            image: web:1.0
            resources:
              requests: {memory: 64Mi}
              limits: {memory: 64Mi}
    ---
    apiVersion: v1
    kind: ResourceQuota
    metadata:
      name: shop
      namespace: shop
    spec:
      hard: {requests.memory: 1Gi, limits.memory: 2Gi}
"""

from seatrial.lint.manifest import mapping
from seatrial.lint.ranges import Side, default_of
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.rules.manifest._quotas import OF_CONTAINERS, is_for_all
from seatrial.lint.workload import Container, Workload


def check(workload: Workload, world: World) -> Hits:
    if workload.pod_spec.get("resources"):
        return  # the pod says it for its containers
    for (side, resource), quota in _counted(workload, world).items():
        if default_of(world.inventory, workload.manifest.namespace, side, resource):
            continue
        for container in workload.all_containers:
            if not _says(container, side, resource):
                yield Hit(
                    (*container.path, "resources", side),
                    f"container {container.name} has no {side}.{resource}, and {quota} counts it:"
                    " its pods are refused",
                    f"say {side}.{resource}, or give the namespace a LimitRange with a default",
                )


def _counted(workload: Workload, world: World) -> dict[tuple[Side, str], str]:
    """Side and resource of the containers → the quota that counts it."""
    return {
        OF_CONTAINERS[name]: quota.object
        for quota in world.inventory.of_kind("ResourceQuota")
        if quota.namespace == workload.manifest.namespace and is_for_all(quota)
        for name in mapping(quota.spec.get("hard"))
        if name in OF_CONTAINERS
    }


def _says(container: Container, side: Side, resource: str) -> bool:
    resources = mapping(container.value.get("resources"))
    # A limit without a request is the request too.
    sides = ("limits",) if side == "limits" else ("requests", "limits")
    return any(resource in mapping(resources.get(each)) for each in sides)


RULE = Rule(
    code="SEA802",
    name="quota-needs-resources",
    severity=ERROR,
    summary="a container that does not say what its ResourceQuota counts",
    check_workload=check,
)
