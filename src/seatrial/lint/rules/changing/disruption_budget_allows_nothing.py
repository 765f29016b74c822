"""A PodDisruptionBudget never allows an eviction.

The percentages of both fields round up. A budget with neither field allows nothing at all.

Why it hurts: `kubectl drain` waits for ever on a node that runs one of the pods. Nodes cannot be
upgraded or scaled down, until somebody deletes the pod by hand - and that loses what the budget
was to protect.

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
      minAvailable: 3
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

from seatrial.lint.budgets import budgeted, evictions_allowed, mend, told
from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World


def check(manifest: Manifest, world: World) -> Hits:
    pods = budgeted(manifest, world.inventory)
    if pods is None or evictions_allowed(manifest.spec, pods.written) != 0:
        return
    field = "maxUnavailable" if "maxUnavailable" in manifest.spec else "minAvailable"
    says = told(manifest.spec)
    yield Hit(
        ("spec", field),
        f"{says} of {pods.names} with {pods.written} replicas allows no eviction: its nodes cannot"
        " be drained"
        if says
        else "a budget with neither minAvailable nor maxUnavailable allows no eviction",
        "set maxUnavailable to 1" if pods.written > 1 else "run two replicas, and allow one to go",
        mend(manifest) if pods.written > 1 else (),
    )


RULE = Rule(
    code="SEA204",
    name="disruption-budget-allows-nothing",
    severity=ERROR,
    summary="a PodDisruptionBudget never allows an eviction",
    check_manifest=check,
    kinds=frozenset({"PodDisruptionBudget"}),
)
