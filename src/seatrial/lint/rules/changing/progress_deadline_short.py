"""A rollout is reported as failed while its pods may still be starting.

What a pod may take is the declared start-up time (`seatrial.dev/start-time`) or else the budget
of its startup probe, then its readiness probe's successes, then `minReadySeconds`.

Why it hurts: `kubectl rollout status` and every pipeline that waits for it end with an error,
somebody rolls back, and the version was fine.

Prove it: `seatrial verify --trial slow-start` measures the start against the deadline.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      progressDeadlineSeconds: 120
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
            startupProbe:
              httpGet:
                path: /
                port: 8080
              failureThreshold: 30

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
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
            startupProbe:
              httpGet:
                path: /
                port: 8080
              failureThreshold: 30
"""

from math import ceil

from seatrial.lint.edits import SetField
from seatrial.lint.rollout import available_after, deadline_of, min_ready_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

_PATH = ("spec", "progressDeadlineSeconds")
SPARE_S = 60  # to be scheduled, and to pull the image


def check(workload: Workload, world: World) -> Hits:
    if workload.kind != "Deployment":
        return
    deadline_s, need = deadline_of(workload), available_after(workload)
    if deadline_s is None or deadline_s <= min_ready_of(workload):
        return
    if need.total_s > deadline_s:
        yield Hit(
            _PATH,
            f"until a pod is available it may take {need}, and the rollout counts as failed after"
            f" {deadline_s} s",
            "raise progressDeadlineSeconds above what a start may take",
            (SetField(_PATH, ceil(need.total_s) + SPARE_S),),
        )


RULE = Rule(
    code="SEA202",
    name="progress-deadline-short",
    severity=WARNING,
    summary="progressDeadlineSeconds is shorter than a start may take",
    check_workload=check,
)
