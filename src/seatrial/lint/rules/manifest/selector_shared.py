"""A workload's selector also matches the pods of another workload of its namespace.

Why it hurts: owner references keep the controllers from deleting each other's pods, but whatever
goes by the selector is mistaken: an autoscaler averages over both and refuses to act, Services and
budgets made from it count both, `kubectl delete -l` takes both, and pods that lost their owner (a
delete with `--cascade=orphan`, a restored backup) are adopted by whichever comes first.

Prove it: add a HorizontalPodAutoscaler to each and look for AmbiguousSelector in its events.

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
from pathlib import PurePath
from typing import Any

from seatrial.api.selectors import SelectorError
from seatrial.lint.labels import selector_in
from seatrial.lint.manifest import Manifest, mapping
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

KINDS = frozenset({"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"})


def check(workload: Workload, world: World) -> Hits:
    if workload.kind not in KINDS:
        return
    selector = mapping(workload.manifest.spec.get("selector"))
    labels = mapping(selector.get("matchLabels"))
    for other in world.inventory.workloads_labelled(workload.manifest.namespace, labels):
        if other.kind not in KINDS or not _is_other(workload.manifest, other.manifest):
            continue
        if _selects(selector, other):
            yield Hit(
                ("spec", "selector"),
                f"the selector also matches the pods of {other.manifest.object}",
                "give each workload a label of its own, and select by it",
            )


def _is_other(manifest: Manifest, other: Manifest) -> bool:
    """Overlays and copies of one object are not two; and of two folders that name no namespace
    nobody knows whether they meet.
    """
    if (manifest.kind, manifest.name) == (other.kind, other.name):
        return False
    return bool(manifest.namespace) or _folder(manifest) == _folder(other)


def _folder(manifest: Manifest) -> PurePath:
    return PurePath(manifest.source.name).parent


def _selects(selector: Mapping[str, Any], other: Workload) -> bool:
    try:
        return selector_in(selector).matches(other.labels)
    except SelectorError:
        return False


RULE = Rule(
    code="SEA809",
    name="selector-shared",
    severity=WARNING,
    summary="a selector that also matches another workload's pods",
    check_workload=check,
)
