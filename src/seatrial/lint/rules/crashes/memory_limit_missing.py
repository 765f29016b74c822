"""A container has no memory limit, and no LimitRange among the manifests gives it one.

Why it hurts: a leak is then not the container's own affair. It grows until the node has no memory
left, and the kernel or the kubelet picks somebody to kill, which may be a neighbour.

Prove it: `seatrial verify --trial out-of-memory` makes the container use more and more, and watches
who dies.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      selector:
        matchLabels: {app: shop}
      template:
        metadata:
          labels: {app: shop}
        spec:
          containers:
          - name: shop
            image: shop:1.0
            resources:
              requests: {cpu: 100m, memory: 128Mi}

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      selector:
        matchLabels: {app: shop}
      template:
        metadata:
          labels: {app: shop}
        spec:
          containers:
          - name: shop
            image: shop:1.0
            resources:
              requests: {cpu: 100m, memory: 128Mi}
              limits: {memory: 256Mi}
"""

from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import mapping, sequence
from seatrial.lint.resources import limit_of, quantity_in
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if _pod_limit(workload):
        return
    for container in workload.containers:
        if limit_of(container, "memory") is None and not _has_default(workload, world.inventory):
            yield Hit(
                (*container.path, "resources", "limits", "memory"),
                f"container {container.name} may use all memory of its node",
                "set resources.limits.memory to what it needs at its peak, and some room",
            )


def _pod_limit(workload: Workload) -> bool:
    """The pod as a whole has a limit (`spec.resources`, 1.34 and later)."""
    limits = mapping(mapping(workload.pod_spec.get("resources")).get("limits"))
    return quantity_in(limits.get("memory")) is not None


def _has_default(workload: Workload, inventory: Inventory) -> bool:
    return any(
        "memory" in mapping(mapping(limit).get("default"))
        for limit_range in inventory.of_kind("LimitRange")
        if limit_range.namespace == workload.manifest.namespace
        for limit in sequence(limit_range.spec.get("limits"))
    )


RULE = Rule(
    code="SEA704",
    name="memory-limit-missing",
    severity=WARNING,
    summary="a container may use all memory of its node",
    check_workload=check,
)
