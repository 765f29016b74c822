"""A probe may take longer than the time to the next one.

Why it hurts: the next probe waits until the last one has ended. While the application hangs, the
container is given up after `timeoutSeconds x failureThreshold` and not after `periodSeconds x
failureThreshold`: later than everybody who reads the period expects.

Prove it: `seatrial verify --trial slow-start` shows when probes are made and when they count.

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
              periodSeconds: 5
              timeoutSeconds: 30

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
              periodSeconds: 5
              timeoutSeconds: 3
"""

from seatrial.lint.probes import probes_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.containers:
        for name, probe in probes_of(container):
            timeout_s = probe.number("timeoutSeconds", 1)
            if timeout_s > probe.period_s:
                slow_s = timeout_s * probe.failure_threshold
                fast_s = probe.period_s * probe.failure_threshold
                yield Hit(
                    (*probe.path, "timeoutSeconds"),
                    f"{name} of container {container.name} may take {timeout_s} s and is due every"
                    f" {probe.period_s} s: a hang is noticed after {slow_s} s, not {fast_s} s",
                    "make timeoutSeconds no longer than periodSeconds",
                )


RULE = Rule(
    code="SEA103",
    name="probe-timeout-over-period",
    severity=WARNING,
    summary="a probe's timeout is longer than its period",
    check_workload=check,
)
