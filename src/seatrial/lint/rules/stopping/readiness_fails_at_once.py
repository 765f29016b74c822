"""One slow answer takes the only replica out of its Service.

The readiness probe has `failureThreshold: 1`, and there is no other replica.

Why it hurts: a single probe that takes longer than `timeoutSeconds` - a pause for garbage, a busy
node, the moment of SIGTERM - and nobody is left to send requests to.

Prove it: `seatrial verify --trial single-replica-drain` sends requests to the last pod while it
stops.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 1
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
              failureThreshold: 1
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
      replicas: 1
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
              failureThreshold: 3
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

from seatrial.lint.edits import RemoveField
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting or world.inventory.replicas_at_least(workload) != 1:
        return
    for container in world.inventory.serving_containers(workload):
        probe = container.probe("readinessProbe")
        if probe is not None and probe.failure_threshold == 1:
            path = (*probe.path, "failureThreshold")
            timeout_s = probe.number("timeoutSeconds", 1)
            yield Hit(
                path,
                f"one answer that takes longer than {timeout_s} s takes the only replica out of"
                " its Service",
                "use the default failureThreshold of 3, or run two replicas",
                (RemoveField(path),),
            )


RULE = Rule(
    code="SEA308",
    name="readiness-fails-at-once",
    severity=WARNING,
    summary="one slow answer takes the only replica out of its Service",
    check_workload=check,
)
