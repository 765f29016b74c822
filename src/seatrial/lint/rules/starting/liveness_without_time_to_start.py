"""A liveness probe gives a start less than ten seconds.

There is no startup probe, and no start-up time is declared by `seatrial.dev/start-time`.

Why it hurts: liveness counts from the first second of the process. An application that starts in
three seconds on a free machine starts in thirty on a busy one, and is killed each time before it
has.

Prove it: `seatrial verify --trial slow-start` measures how long a start takes when the CPU is
scarce.

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
              periodSeconds: 2

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
              periodSeconds: 2
            startupProbe:
              httpGet:
                path: /
                port: 8080
              failureThreshold: 30
"""

from seatrial.lint.declared import declared_by
from seatrial.lint.probes import Start
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

SHORT_S = 10


def check(workload: Workload, world: World) -> Hits:
    if declared_by(workload).start_time_s is not None:
        return
    for container in workload.main_containers:
        live = container.probe("livenessProbe")
        if live is None or container.probe("startupProbe") is not None or not live.handler[0]:
            continue
        start = Start("livenessProbe", live, 0)
        if start.probe.budget_s < SHORT_S:
            yield Hit(
                live.path,
                f"container {container.name} is killed where its start takes longer than"
                f" {start.budget()}",
                "add a startupProbe, and declare the start-up time by seatrial.dev/start-time",
            )


RULE = Rule(
    code="SEA103",
    name="liveness-without-time-to-start",
    severity=INFO,
    summary="a liveness probe gives a start less than ten seconds",
    check_workload=check,
)
