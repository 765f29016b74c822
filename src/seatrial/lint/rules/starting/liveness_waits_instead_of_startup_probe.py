"""A liveness probe waits for half a minute or more instead of a startup probe.

Why it hurts: `initialDelaySeconds` has to cover the slowest start there ever is, and is waited
for on every start: a process that hangs right after a fast start is not noticed for that long. A
startup probe asks all the while, and liveness begins the moment the start has succeeded.

Prove it: `seatrial verify --trial slow-start` measures the start that the delay has to cover.

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
            livenessProbe:
              httpGet:
                path: /
                port: 8080
              initialDelaySeconds: 120

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
            livenessProbe:
              httpGet:
                path: /
                port: 8080
            startupProbe:
              httpGet:
                path: /
                port: 8080
              failureThreshold: 15
"""

from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

LONG_S = 30


def check(workload: Workload, world: World) -> Hits:
    for container in workload.main_containers:
        live = container.probe("livenessProbe")
        if live is None or container.probe("startupProbe") is not None:
            continue
        if live.initial_delay_s >= LONG_S:
            yield Hit(
                (*live.path, "initialDelaySeconds"),
                f"liveness of container {container.name} asks nothing for {live.initial_delay_s} s"
                " after each start",
                "use a startupProbe with failureThreshold x periodSeconds of that length instead",
            )


RULE = Rule(
    code="SEA103",
    name="liveness-waits-instead-of-startup-probe",
    severity=INFO,
    summary="a long initialDelaySeconds stands in for a startup probe",
    check_workload=check,
)
