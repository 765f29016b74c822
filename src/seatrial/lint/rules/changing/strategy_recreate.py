"""A Deployment behind a Service is replaced all at once.

Deployments that hold a claim are passed over: `Recreate` is right where two pods must not share a
volume.

Why it hurts: `Recreate` stops every pod before it starts a new one. From the first stop to the
first Ready there is nobody to answer: an outage at each release, for as long as the new version
takes to start - for ever, if it does not.

Prove it: `seatrial verify --trial rollout` counts the lost requests and measures the outage.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 3
      strategy:
        type: Recreate
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
      strategy:
        type: RollingUpdate
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
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    services = world.inventory.services_of(workload)
    if workload.kind != "Deployment" or not services or workload.replicas == 0:
        return
    holds_claim = any("persistentVolumeClaim" in each for each in workload.volumes)
    if strategy_of(workload)[0] == "Recreate" and not holds_claim:
        yield Hit(
            ("spec", "strategy", "type"),
            f"every rollout stops all pods behind {services[0].object} before it starts a new one",
            "use RollingUpdate; where two versions must not run side by side, say so in an ignore",
        )


RULE = Rule(
    code="SEA201",
    name="strategy-recreate",
    severity=WARNING,
    summary="a Deployment behind a Service is replaced all at once",
    check_workload=check,
)
