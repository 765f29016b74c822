"""A PodDisruptionBudget allows nothing when the autoscaler runs the fewest replicas.

Why it hurts: in quiet hours the autoscaler goes down to `minReplicas`. If the budget wants all of
those available, no node that runs one can be drained - and quiet hours are when nodes are
drained.

Prove it: `seatrial verify --trial node-drain` counts the evictions that are refused.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 6
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            readinessProbe:
              httpGet:
                path: /
                port: 8080
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata:
      name: web
    spec:
      scaleTargetRef:
        apiVersion: apps/v1
        kind: Deployment
        name: web
      minReplicas: 2
      maxReplicas: 10
    ---
    apiVersion: policy/v1
    kind: PodDisruptionBudget
    metadata:
      name: web
    spec:
      minAvailable: 2
      selector:
        matchLabels: {app: web}

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 6
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            readinessProbe:
              httpGet:
                path: /
                port: 8080
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata:
      name: web
    spec:
      scaleTargetRef:
        apiVersion: apps/v1
        kind: Deployment
        name: web
      minReplicas: 3
      maxReplicas: 10
    ---
    apiVersion: policy/v1
    kind: PodDisruptionBudget
    metadata:
      name: web
    spec:
      minAvailable: 2
      selector:
        matchLabels: {app: web}
"""

from seatrial.lint.budgets import budgeted, evictions_allowed, mend, told
from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World


def check(manifest: Manifest, world: World) -> Hits:
    pods = budgeted(manifest, world.inventory)
    if pods is None or pods.fewest == pods.written:
        return
    some, none = (evictions_allowed(manifest.spec, each) for each in (pods.written, pods.fewest))
    if some and none == 0:
        field = "maxUnavailable" if "maxUnavailable" in manifest.spec else "minAvailable"
        yield Hit(
            ("spec", field),
            f"{told(manifest.spec)} allows no eviction when the autoscaler of {pods.names} runs its"
            f" minReplicas, {pods.fewest}",
            "set maxUnavailable to 1, or raise minReplicas above the budget",
            mend(manifest) if pods.fewest > 1 else (),
        )


RULE = Rule(
    code="SEA204",
    name="disruption-budget-over-autoscaler",
    severity=WARNING,
    summary="a PodDisruptionBudget allows nothing at the autoscaler's minReplicas",
    check_manifest=check,
    kinds=frozenset({"PodDisruptionBudget"}),
)
