"""The declared start fits what the probes allow only with luck.

The first probe comes up to one period after `initialDelaySeconds`, so the last one that may fail
comes between `initialDelaySeconds + periodSeconds x (failureThreshold - 1)` and one period later.
A start that ends in between survives on some days.

Why it hurts: a start that is sometimes killed looks like a flaky application: it works when it is
tried again, and it does not when the whole cluster restarts.

Prove it: `seatrial verify --trial slow-start` measures the start against the budget.

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
            seatrial.dev/start-time: 25s
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
            seatrial.dev/start-time: 25s
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
              failureThreshold: 5
"""

from seatrial.lint.probes import give_time, start_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.main_containers:
        start = start_of(workload, container)
        if start is None or start.needs_s > start.probe.budget_s:
            continue
        if start.needs_s > start.sure_s:
            yield Hit(
                start.probe.path,
                f"container {container.name} needs {start.needs_s:g} s to start and its"
                f" {start.name} kills it after {start.sure_s} to {start.probe.budget_s} s",
                "give a startup probe the time that a slow start may take",
                give_time(start, container),
            )


RULE = Rule(
    code="SEA103",
    name="slow-start-tight",
    severity=WARNING,
    summary="the declared start-up time fits the probes' budget only with luck",
    check_workload=check,
)
