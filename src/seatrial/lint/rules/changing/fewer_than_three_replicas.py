"""Fewer than three replicas serve behind a Service.

Not on by default: whether two are enough is a matter of load and of money.

Why it hurts: with two replicas one is left while the other is updated, moved or crashed, and it
carries all the load without anybody to fall back on. Three keep two.

Prove it: `seatrial verify --trial node-drain` shows how much is left to serve.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 2
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
"""

from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import SCALABLE, Workload

WANTED = 3


def check(workload: Workload, world: World) -> Hits:
    replicas = world.inventory.replicas_at_least(workload)
    if workload.kind not in SCALABLE or replicas is None or not 0 < replicas < WANTED:
        return
    if world.inventory.services_of(workload):
        autoscaler = world.inventory.autoscaler_of(workload)
        yield Hit(
            ("spec", "replicas") if autoscaler is None else ("spec", "minReplicas"),
            f"{workload.manifest.object} has no more than {replicas} of {WANTED} replicas at times",
            f"run {WANTED} or more",
            manifest=autoscaler,
        )


RULE = Rule(
    code="SEA205",
    name="fewer-than-three-replicas",
    severity=INFO,
    summary="fewer than three replicas serve behind a Service",
    check_workload=check,
    is_default=False,
)
