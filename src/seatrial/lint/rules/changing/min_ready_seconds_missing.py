"""A rollout goes on the moment a new pod is ready.

Why it hurts: with `minReadySeconds: 0` one success of the readiness probe is enough. A version
that crashes after its first requests replaces every pod before it has crashed once. A few seconds
give it the time to show.

Prove it: `seatrial verify --trial rollout` measures how many pods a bad version replaces.

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
      minReadySeconds: 10
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

from seatrial.lint.rolling import strategy_of
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if workload.kind != "Deployment" or not world.inventory.services_of(workload):
        return
    if strategy_of(workload)[0] != "RollingUpdate":
        return  # all pods are replaced at once: no other waits for the first
    if any(each.probe("readinessProbe") for each in workload.containers):
        value = workload.manifest.spec.get("minReadySeconds", 0)
        if value == 0:
            yield Hit(
                ("spec", "minReadySeconds"),
                "minReadySeconds is 0: a new pod counts as available after its first good probe",
                "set it to the seconds in which a bad version would show",
            )


RULE = Rule(
    code="SEA201",
    name="min-ready-seconds-missing",
    severity=INFO,
    summary="a rollout goes on the moment a new pod is ready",
    check_workload=check,
)
