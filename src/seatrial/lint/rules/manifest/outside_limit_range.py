"""A container asks for less or more than the namespace's LimitRange allows.

Why it hurts: the API server refuses the pods. The workload is accepted, and nothing starts.

Prove it: `kubectl apply` both, and look at the events of the ReplicaSet.

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
              limits: {memory: 4Gi}
    ---
    apiVersion: v1
    kind: LimitRange
    metadata:
      name: sizes
    spec:
      limits:
      - type: Container
        max: {memory: 2Gi}

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
              limits: {memory: 1Gi}
    ---
    apiVersion: v1
    kind: LimitRange
    metadata:
      name: sizes
    spec:
      limits:
      - type: Container
        max: {memory: 2Gi}
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from seatrial.lint.manifest import Manifest, mapping, sequence
from seatrial.lint.resources import quantity_in
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Container, Workload

Side = Literal["most", "least"]


def check(workload: Workload, world: World) -> Hits:
    for limit_range in world.inventory.of_kind("LimitRange"):
        if limit_range.namespace != workload.manifest.namespace:
            continue
        for bounds in map(mapping, sequence(limit_range.spec.get("limits"))):
            if bounds.get("type") == "Container":
                for container in workload.all_containers:
                    yield from _outside(container, bounds, limit_range)


def _outside(
    container: Container, bounds: Mapping[str, Any], limit_range: Manifest
) -> Iterator[Hit]:
    yield from _compare(container, "limits", mapping(bounds.get("max")), "most", limit_range)
    yield from _compare(container, "requests", mapping(bounds.get("min")), "least", limit_range)


def _compare(
    container: Container, field: str, bound: Mapping[str, Any], side: Side, limit_range: Manifest
) -> Iterator[Hit]:
    said = mapping(mapping(container.value.get("resources")).get(field))
    for name, value in said.items():
        mine, other = quantity_in(value), quantity_in(bound.get(name))
        if mine is None or other is None:
            continue
        if (mine > other) if side == "most" else (mine < other):
            yield Hit(
                (*container.path, "resources", field, name),
                f"container {container.name} has {value} of {name} in its {field}, and"
                f" {limit_range.object} allows {bound[name]} at {side}",
                "stay inside the LimitRange: the API server refuses the pod otherwise",
            )


RULE = Rule(
    code="SEA802",
    name="outside-limit-range",
    severity=ERROR,
    summary="a container outside its namespace's LimitRange",
    check_workload=check,
)
