"""The server is told to let requests go on for longer than the pod has.

The pre-stop hook comes first and is part of the grace period. Limits that are a server's default
are passed over.

Why it hurts: the limit that somebody chose never comes to bear: the pod's grace period ends
before it, and SIGKILL cuts what the server would still have ended.

Prove it: `seatrial verify --trial grace-budget` measures the seconds used of the seconds given.

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
        spec:
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            command: [gunicorn, --graceful-timeout, '30', 'app:app']
            readinessProbe:
              httpGet:
                path: /
                port: 8080
            lifecycle:
              preStop:
                sleep:
                  seconds: 10
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
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          terminationGracePeriodSeconds: 45
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            command: [gunicorn, --graceful-timeout, '30', 'app:app']
            readinessProbe:
              httpGet:
                path: /
                port: 8080
            lifecycle:
              preStop:
                sleep:
                  seconds: 10
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

from math import ceil

from seatrial.lint.edits import SetField
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.servers import limit_of
from seatrial.lint.stopping import MARGIN_S, grace_path, stop_of
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting or workload.grace_period_s == 0:
        return
    for container in workload.main_containers:
        limit, stop = limit_of(container), stop_of(workload, container)
        if limit is None or not limit.said_by or stop.serving_s >= stop.grace_s:
            continue
        needed_s = stop.serving_s + limit.seconds
        if needed_s > stop.grace_s:
            yield Hit(
                grace_path(workload),
                f"{limit.server} may take {limit.seconds:g} s after SIGTERM ({limit.said_by}) and"
                f" {stop.serving_s:g} s go before it: {needed_s:g} s of {stop.grace_s} s grace",
                "raise terminationGracePeriodSeconds, or let the server wait less",
                (SetField(grace_path(workload), ceil(needed_s) + MARGIN_S),),
            )


RULE = Rule(
    code="SEA305",
    name="server-limit-beyond-grace",
    severity=WARNING,
    summary="the server's own limit is longer than what the pod has",
    check_workload=check,
)
