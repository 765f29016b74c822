"""Two workloads of one namespace select each other's pods.

Why it hurts: both controllers count pods that are not theirs. Each believes it has enough, or
deletes the other's to have fewer: the two fight for ever.

Prove it: apply both and watch `kubectl get pods`.

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
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: admin
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
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: admin
    spec:
      selector:
        matchLabels: {app: admin}
      template:
        metadata:
          labels: {app: admin}
        spec:
          containers:
          - name: web
            image: web:1.0
"""

from collections.abc import Mapping
from typing import Any

from seatrial.api.selectors import SelectorError, from_object
from seatrial.lint.manifest import mapping
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

KINDS = frozenset({"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"})


def check(workload: Workload, world: World) -> Hits:
    if workload.kind not in KINDS:
        return
    selector = mapping(workload.manifest.spec.get("selector"))
    labels = mapping(selector.get("matchLabels"))
    for other in world.inventory.workloads_labelled(workload.manifest.namespace, labels):
        if other.kind in KINDS and _is_other(workload, other) and _selects(selector, other):
            yield Hit(
                ("spec", "selector"),
                f"the selector also matches the pods of {other.manifest.object}",
                "give each workload a label of its own, and select by it",
            )


def _is_other(workload: Workload, other: Workload) -> bool:
    """Overlays and copies of one object are not two."""
    return (workload.kind, workload.manifest.name) != (other.kind, other.manifest.name)


def _selects(selector: Mapping[str, Any], other: Workload) -> bool:
    try:
        return from_object(selector).matches(other.labels)
    except SelectorError:
        return False


RULE = Rule(
    code="SEA809",
    name="selector-shared",
    severity=ERROR,
    summary="two workloads that select each other's pods",
    check_workload=check,
)
