"""A selector contains a label that changes with each release.

Why it hurts: the selector of a workload cannot be changed: the next release is refused, and the
way out is to delete the workload with its pods. A Service's can: the moment it is applied all old
pods leave it, and no new one is ready.

Prove it: `seatrial verify --trial rollout` with the next version's labels.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      selector:
        matchLabels: {app: web, app.kubernetes.io/version: "1.4.2"}
      template:
        metadata:
          labels: {app: web, app.kubernetes.io/version: "1.4.2"}
        spec:
          containers:
          - name: web
            image: web:1.4.2

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
          labels: {app: web, app.kubernetes.io/version: "1.4.2"}
        spec:
          containers:
          - name: web
            image: web:1.4.2
"""

from collections.abc import Iterator, Mapping
from typing import Any

from seatrial.lint.manifest import FieldPath, Manifest, mapping
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World

# What charts and the recommended labels set anew with each release.
CHANGING = frozenset({"app.kubernetes.io/version", "helm.sh/chart", "chart", "release-version",
                      "helm.sh/revision", "app.kubernetes.io/revision"})  # fmt: skip
WORKLOADS = frozenset({"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"})


def check(manifest: Manifest, world: World) -> Hits:
    for path, labels in _selectors(manifest):
        for label in labels:
            if label in CHANGING:
                so = (
                    "it cannot be changed, and the next release is refused"
                    if manifest.kind in WORKLOADS
                    else "the next release takes all pods away from it at once"
                )
                yield Hit(
                    (*path, label),
                    f"the selector contains {label}, which changes with each release: {so}",
                    "select by labels that stay: name, instance, component",
                )


def _selectors(manifest: Manifest) -> Iterator[tuple[FieldPath, Mapping[str, Any]]]:
    selector = mapping(manifest.spec.get("selector"))
    if manifest.kind == "Service":
        yield ("spec", "selector"), selector
    else:
        yield ("spec", "selector", "matchLabels"), mapping(selector.get("matchLabels"))


RULE = Rule(
    code="SEA809",
    name="selector-of-a-version",
    severity=WARNING,
    summary="a selector with a label that changes with each release",
    check_manifest=check,
    kinds=WORKLOADS | {"Service", "PodDisruptionBudget"},
)
