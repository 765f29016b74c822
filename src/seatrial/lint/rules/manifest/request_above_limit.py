"""A container requests more than its limit allows.

Why it hurts: the API server refuses such a pod. The workload is accepted, its pods are not:
nothing starts, and only the ReplicaSet's events say why.

Prove it: `kubectl apply` it and look at `kubectl describe replicaset`.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
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
              requests: {memory: 512Mi}
              limits: {memory: 256Mi}

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
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
              requests: {memory: 256Mi}
              limits: {memory: 512Mi}
"""

from seatrial.lint.manifest import mapping
from seatrial.lint.resources import quantity_in
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.all_containers:
        resources = mapping(container.value.get("resources"))
        limits = mapping(resources.get("limits"))
        for name, wanted in mapping(resources.get("requests")).items():
            request, limit = quantity_in(wanted), quantity_in(limits.get(name))
            if request is not None and limit is not None and request > limit:
                yield Hit(
                    (*container.path, "resources", "requests", name),
                    f"container {container.name} requests {wanted} of {name}, and its limit is"
                    f" {limits[name]}",
                    "raise the limit or lower the request",
                )


RULE = Rule(
    code="SEA802",
    name="request-above-limit",
    severity=ERROR,
    summary="a request above its limit",
    check_workload=check,
)
