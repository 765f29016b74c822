"""A Deployment is applied as paused.

Why it hurts: no change of its pod template rolls out until somebody resumes it: `kubectl apply`
says "configured", and the old version runs on.

Prove it: `seatrial verify --trial rollout` waits for the change to arrive.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      paused: true
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
            ports:
            - containerPort: 8080
"""

from seatrial.lint.edits import RemoveField
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if workload.kind == "Deployment" and workload.manifest.spec.get("paused") is True:
        yield Hit(
            ("spec", "paused"),
            f"{workload.manifest.object} is paused: no new version of it rolls out",
            "remove it, and pause by `kubectl rollout pause` while it is needed",
            (RemoveField(("spec", "paused")),),
        )


RULE = Rule(
    code="SEA202",
    name="deployment-paused",
    severity=WARNING,
    summary="a Deployment is applied as paused",
    check_workload=check,
)
