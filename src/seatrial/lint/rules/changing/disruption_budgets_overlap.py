"""Two PodDisruptionBudgets cover the same pods.

Why it hurts: an eviction has to be charged to one budget. Where a pod has more than one the API
server answers each eviction with an error, and no node that runs such a pod can be drained.

Prove it: `seatrial verify --trial node-drain` counts the evictions that are refused.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 3
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
    apiVersion: policy/v1
    kind: PodDisruptionBudget
    metadata:
      name: web
    spec:
      maxUnavailable: 1
      selector:
        matchLabels: {app: web}
    ---
    apiVersion: policy/v1
    kind: PodDisruptionBudget
    metadata:
      name: web-too
    spec:
      minAvailable: 1
      selector:
        matchLabels: {app: web}

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 3
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
    apiVersion: policy/v1
    kind: PodDisruptionBudget
    metadata:
      name: web
    spec:
      maxUnavailable: 1
      selector:
        matchLabels: {app: web}
"""

from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    first, *others = world.inventory.disruption_budgets_of(workload) or (None,)
    for other in others:
        if first is not None:
            yield Hit(
                ("spec", "selector"),
                f"{other.object} and {first.object} both cover the pods of"
                f" {workload.manifest.object}: the API server refuses every eviction",
                "keep one of them, or make their selectors tell the pods apart",
                manifest=other,
            )


RULE = Rule(
    code="SEA204",
    name="disruption-budgets-overlap",
    severity=ERROR,
    summary="two PodDisruptionBudgets cover the same pods",
    check_workload=check,
)
