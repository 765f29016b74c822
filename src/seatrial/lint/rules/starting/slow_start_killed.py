"""The declared start takes longer than the probes allow.

The start-up time is declared by the annotation `seatrial.dev/start-time`. A startup probe, or
without one the liveness probe, kills the container after `initialDelaySeconds + periodSeconds x
failureThreshold` seconds of failures at the latest.

Why it hurts: the container is killed before it has started, starts again, is killed again. It
never serves, and the pod ends in CrashLoopBackOff. The day this happens is the one on which the
start got slower: a colder cache, a busier node, a bigger migration.

Prove it: `seatrial verify --trial slow-start` squeezes the CPU while a pod starts, and measures
the start against the budget.

Bad:
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
          annotations:
            seatrial.dev/start-time: 45s
        spec:
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            livenessProbe:
              httpGet:
                path: /
                port: 8080

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
          annotations:
            seatrial.dev/start-time: 45s
        spec:
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            livenessProbe:
              httpGet:
                path: /
                port: 8080
            startupProbe:
              httpGet:
                path: /
                port: 8080
              failureThreshold: 9
"""

from seatrial.lint.probes import give_time, start_of
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.main_containers:
        start = start_of(workload, container)
        if start is not None and start.needs_s > start.probe.budget_s:
            yield Hit(
                start.probe.path,
                f"container {container.name} needs {start.needs_s:g} s to start and is killed after"
                f" {start.budget()} by its {start.name}",
                "give a startup probe the time that a slow start may take",
                give_time(start, container),
            )


RULE = Rule(
    code="SEA103",
    name="slow-start-killed",
    severity=ERROR,
    summary="the declared start-up time is longer than the probes allow",
    check_workload=check,
)
