"""An autoscaler may not scale: its least is its most.

Why it hurts: it is a fixed number that looks like an autoscaler. It may have been pinned on a busy
day, and nobody took it back.

Prove it: put load on it: `kubectl get hpa` stays where it is.

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
      minReplicas: 5
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
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World


def check(manifest: Manifest, world: World) -> Hits:
    fewest, most = manifest.spec.get("minReplicas", 1), manifest.spec.get("maxReplicas")
    if isinstance(fewest, int) and isinstance(most, int) and fewest == most:
        yield Hit(
            ("spec", "minReplicas"),
            f"minReplicas is {fewest} and maxReplicas {most}: there is nothing to choose between",
            "raise maxReplicas above minReplicas",
        )


RULE = Rule(
    code="SEA810",
    name="autoscaler-range-empty",
    severity=INFO,
    summary="minReplicas that is the same as maxReplicas",
    check_manifest=check,
    kinds=frozenset({"HorizontalPodAutoscaler"}),
)
