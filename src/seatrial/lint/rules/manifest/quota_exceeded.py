"""The workloads of a namespace ask for more than its ResourceQuota gives.

Why it hurts: the last pods are refused, in an order nobody chose. A rollout that fits has no room
for its surge and stops half-way.

Prove it: `kubectl apply` all of it and look at the events of the ReplicaSets.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 3
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
              requests: {memory: 512Mi}
    ---
    apiVersion: v1
    kind: ResourceQuota
    metadata:
      name: share
    spec:
      hard:
        requests.memory: 1Gi

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 3
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
              requests: {memory: 512Mi}
    ---
    apiVersion: v1
    kind: ResourceQuota
    metadata:
      name: share
    spec:
      hard:
        requests.memory: 2Gi
"""

from collections.abc import Iterable

from seatrial.api.quantities import ZERO, Quantity, parse
from seatrial.lint.manifest import Manifest, mapping
from seatrial.lint.resources import limit_of, quantity_in, request_of
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

# What a quota counts → the resource of each container that it is the sum of.
REQUESTS = {
    "cpu": "cpu", "memory": "memory", "requests.cpu": "cpu", "requests.memory": "memory",
}  # fmt: skip
LIMITS = {"limits.cpu": "cpu", "limits.memory": "memory"}


def check(manifest: Manifest, world: World) -> Hits:
    if manifest.spec.get("scopes") or manifest.spec.get("scopeSelector"):
        return
    workloads = [
        each
        for each in world.inventory.workloads
        if each.manifest.namespace == manifest.namespace and each.is_lasting
    ]
    for name, hard in mapping(manifest.spec.get("hard")).items():
        most, asked = quantity_in(hard), _asked(workloads, name)
        if most is not None and asked > most:
            yield Hit(
                ("spec", "hard", name),
                f"the workloads of this namespace ask for {asked} of {name}, and there are {hard}",
                "raise the quota, with room for a rollout's surge, or ask for less",
            )


def _asked(workloads: Iterable[Workload], name: str) -> Quantity:
    return sum((_asked_by(each, name) for each in workloads), ZERO)


def _asked_by(workload: Workload, name: str) -> Quantity:
    replicas = workload.replicas or 1
    if name == "pods":
        return parse(replicas)
    found = (
        request_of(each, REQUESTS[name]) if name in REQUESTS else limit_of(each, LIMITS[name])
        for each in workload.containers
        if name in REQUESTS or name in LIMITS
    )
    one = sum((each for each in found if each is not None), ZERO)
    return Quantity(one.nanos * replicas, one.notation)


RULE = Rule(
    code="SEA802",
    name="quota-exceeded",
    severity=ERROR,
    summary="more asked for than the namespace's ResourceQuota gives",
    check_manifest=check,
    kinds=frozenset({"ResourceQuota"}),
)
