"""A Deployment keeps no old version to go back to.

Why it hurts: with `revisionHistoryLimit: 0` every old ReplicaSet is deleted at once, and `kubectl
rollout undo` has nothing to undo to when a bad version has rolled out.

Prove it: `seatrial verify --trial bad-rollout` ends by rolling back.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      revisionHistoryLimit: 0
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
      revisionHistoryLimit: 3
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

_PATH = ("spec", "revisionHistoryLimit")


def check(workload: Workload, world: World) -> Hits:
    limit = workload.manifest.spec.get("revisionHistoryLimit")
    if workload.kind == "Deployment" and limit == 0 and limit is not False:
        yield Hit(
            _PATH,
            "revisionHistoryLimit is 0: there is nothing that `kubectl rollout undo` could undo to",
            "keep a few, or remove the field for the default of 10",
            (RemoveField(_PATH),),
        )


RULE = Rule(
    code="SEA202",
    name="no-way-back",
    severity=WARNING,
    summary="a Deployment keeps no old version to go back to",
    check_workload=check,
)
