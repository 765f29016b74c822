"""A container says neither how much CPU nor how much memory it needs.

Why it hurts: the scheduler places it as if it needed nothing. It lands on a full node, is the
first to be evicted there, and an autoscaler that goes by CPU has nothing to divide by.

Prove it: `seatrial verify --trial scale-up` on a node whose other pods use its memory.

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
              requests: {cpu: 100m, memory: 128Mi}
"""

from seatrial.lint.manifest import mapping
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

RESOURCES = ("cpu", "memory")


def check(workload: Workload, world: World) -> Hits:
    if _asks_for_the_pod(workload):
        return
    for container in workload.all_containers:
        resources = mapping(container.value.get("resources"))
        # Where only a limit is given, Kubernetes takes it for the request.
        said = {*mapping(resources.get("limits")), *mapping(resources.get("requests"))}
        missing = [name for name in RESOURCES if name not in said]
        if missing:
            yield Hit(
                (*container.path, "resources", "requests"),
                f"container {container.name} requests no {' and no '.join(missing)}",
                "measure what it uses under load and request that",
            )


def _asks_for_the_pod(workload: Workload) -> bool:
    """Pod-level resources (KEP-2837) speak for all containers."""
    return bool(mapping(workload.pod_spec.get("resources")).get("requests"))


RULE = Rule(
    code="SEA802",
    name="requests-missing",
    severity=WARNING,
    summary="a container without requests for CPU or memory",
    check_workload=check,
)
