"""Several replicas serve behind a Service, and no PodDisruptionBudget covers them.

Why it hurts: whoever drains a node evicts all of its pods at once. Without a budget that may be
every replica of an application, when two nodes are drained together or all pods happen to be on
one.

Prove it: `seatrial verify --trial node-drain` drains nodes under traffic.

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
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80
        targetPort: 8080

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
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80
        targetPort: 8080
    ---
    apiVersion: policy/v1
    kind: PodDisruptionBudget
    metadata:
      name: web
    spec:
      maxUnavailable: 1
      unhealthyPodEvictionPolicy: AlwaysAllow
      selector:
        matchLabels: {app: web}
"""

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import SCALABLE, Workload


def check(workload: Workload, world: World) -> Hits:
    services = world.inventory.services_of(workload)
    replicas = world.inventory.replicas_at_least(workload)
    if workload.kind not in SCALABLE or not services or replicas is None or replicas < 2:
        return
    if not world.inventory.disruption_budgets_of(workload):
        yield Hit(
            (),
            f"no PodDisruptionBudget covers the {replicas} pods behind {services[0].object}:"
            " draining nodes may take all of them at once",
            "add a PodDisruptionBudget with maxUnavailable: 1 that selects them",
        )


RULE = Rule(
    code="SEA204",
    name="disruption-budget-missing",
    severity=WARNING,
    summary="no PodDisruptionBudget covers replicas behind a Service",
    check_workload=check,
)
