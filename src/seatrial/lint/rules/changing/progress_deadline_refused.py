"""A Deployment's progress deadline is not longer than its minReadySeconds.

A deadline that is not set is 600 seconds.

Why it hurts: the API server refuses the Deployment: no pod could become available before the
deadline.

Prove it: `kubectl apply --dry-run=server` says so.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      minReadySeconds: 60
      progressDeadlineSeconds: 60
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
      minReadySeconds: 60
      progressDeadlineSeconds: 600
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

from seatrial.lint.edits import SetField
from seatrial.lint.rollout import DEADLINE_S, deadline_of, min_ready_of
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

_PATH = ("spec", "progressDeadlineSeconds")


def check(workload: Workload, world: World) -> Hits:
    if workload.kind != "Deployment":
        return
    deadline_s, ready_s = deadline_of(workload), min_ready_of(workload)
    if deadline_s is not None and deadline_s <= ready_s:
        yield Hit(
            _PATH,
            f"progressDeadlineSeconds {deadline_s} has to be greater than minReadySeconds"
            f" {ready_s}",
            "raise the deadline, or lower minReadySeconds",
            (SetField(_PATH, ready_s + DEADLINE_S),),
        )


RULE = Rule(
    code="SEA202",
    name="progress-deadline-refused",
    severity=ERROR,
    summary="progressDeadlineSeconds is not greater than minReadySeconds",
    check_workload=check,
)
