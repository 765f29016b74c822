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
from seatrial.lint.ranges import default_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

RESOURCES = ("cpu", "memory")


def check(workload: Workload, world: World) -> Hits:
    if _asks_for_the_pod(workload) or _is_set_by_autoscaler(workload, world):
        return
    namespace = workload.manifest.namespace
    given = {each for each in RESOURCES if default_of(world.inventory, namespace, "requests", each)}
    # An init container asks for nothing that the pod has not got when the others ask.
    for container in workload.containers:
        resources = mapping(container.value.get("resources"))
        # Where only a limit is given, Kubernetes takes it for the request.
        said = {*mapping(resources.get("limits")), *mapping(resources.get("requests")), *given}
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


def _is_set_by_autoscaler(workload: Workload, world: World) -> bool:
    """A VerticalPodAutoscaler measures, and sets the requests of new pods."""
    manifest = workload.manifest
    for each in world.inventory.of_kind("VerticalPodAutoscaler"):
        target = mapping(each.spec.get("targetRef"))
        named = target.get("kind"), target.get("name"), each.namespace
        mode = mapping(each.spec.get("updatePolicy")).get("updateMode", "Auto")
        if named == (manifest.kind, manifest.name, manifest.namespace) and mode != "Off":
            return True
    return False


RULE = Rule(
    code="SEA802",
    name="requests-missing",
    severity=WARNING,
    summary="a container without requests for CPU or memory",
    check_workload=check,
)
