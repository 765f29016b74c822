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

from seatrial.api.quantities import Quantity
from seatrial.lint.manifest import Manifest, mapping
from seatrial.lint.ranges import bounds_of, default_of
from seatrial.lint.resources import quantity_in
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Container, Workload

Side = Literal["most", "least"]
Field = Literal["limits", "requests"]
FIELDS: tuple[Field, ...] = ("limits", "requests")


def check(workload: Workload, world: World) -> Hits:
    namespace = workload.manifest.namespace
    found = tuple(bounds_of(world.inventory, namespace))
    for container in workload.all_containers if found else ():
        for limit_range, bounds in found:
            for field in FIELDS:
                most, least = mapping(bounds.get("max")), mapping(bounds.get("min"))
                yield from _compare(container, field, most, "most", limit_range)
                yield from _compare(container, field, least, "least", limit_range)
        yield from _above_default_limit(container, namespace, world)


def _compare(
    container: Container, field: Field, bound: Mapping[str, Any], side: Side, limit_range: Manifest
) -> Iterator[Hit]:
    for name, value, mine in _said(container, field):
        other = quantity_in(bound.get(name))
        if other is not None and ((mine > other) if side == "most" else (mine < other)):
            yield Hit(
                (*container.path, "resources", field, name),
                f"container {container.name} has {value} of {name} in its {field}, and"
                f" {limit_range.object} allows {bound[name]} at {side}",
                "stay inside the LimitRange: the API server refuses the pod otherwise",
            )


def _above_default_limit(container: Container, namespace: str, world: World) -> Iterator[Hit]:
    """A request without a limit is given the default limit, which may be less."""
    limits = mapping(mapping(container.value.get("resources")).get("limits"))
    for name, value, mine in _said(container, "requests"):
        given = default_of(world.inventory, namespace, "limits", name)
        if name not in limits and given is not None and mine > given:
            yield Hit(
                (*container.path, "resources", "requests", name),
                f"container {container.name} requests {value} of {name} and says no limit: it is"
                f" given the namespace's default, {given}, which is less",
                f"say limits.{name} too: the API server refuses the pod otherwise",
            )


def _said(container: Container, field: Field) -> Iterator[tuple[str, object, Quantity]]:
    for name, value in mapping(mapping(container.value.get("resources")).get(field)).items():
        amount = quantity_in(value)
        if amount is not None:
            yield str(name), value, amount


RULE = Rule(
    code="SEA802",
    name="outside-limit-range",
    severity=ERROR,
    summary="a container outside its namespace's LimitRange",
    check_workload=check,
)
