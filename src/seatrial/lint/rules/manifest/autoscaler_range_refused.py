"""An autoscaler's least is more than its most.

Why it hurts: the API server refuses it, and the workload stays at whatever it has.

Prove it: `kubectl apply --dry-run=server` says so.

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
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata:
      name: web
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
      minReplicas: 6
      maxReplicas: 5

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
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata:
      name: web
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
      minReplicas: 2
      maxReplicas: 5
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World


def check(manifest: Manifest, world: World) -> Hits:
    fewest, most = manifest.spec.get("minReplicas", 1), manifest.spec.get("maxReplicas")
    if isinstance(fewest, int) and isinstance(most, int) and fewest > most:
        yield Hit(
            ("spec", "minReplicas"),
            f"minReplicas is {fewest} and maxReplicas {most}: the API server refuses it",
            "raise maxReplicas above minReplicas",
        )


RULE = Rule(
    code="SEA810",
    name="autoscaler-range-refused",
    severity=ERROR,
    summary="minReplicas above maxReplicas",
    check_manifest=check,
    kinds=frozenset({"HorizontalPodAutoscaler"}),
)
