"""The grace period ends before the longest request could.

The longest request is declared by the annotation `seatrial.dev/longest-request`. One that came in
at the end of the drain window still has to fit.

Why it hurts: SIGKILL comes at the end of the grace period, whatever is in flight. The longest
requests are cut at every deletion: uploads, exports, the ones nobody likes to repeat.

Prove it: `seatrial verify --trial in-flight` stops pods under long requests and counts those that
are cut.

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
            seatrial.dev/longest-request: 60s
        spec:
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            readinessProbe:
              httpGet:
                path: /
                port: 8080
            lifecycle:
              preStop:
                sleep:
                  seconds: 5
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
          annotations:
            seatrial.dev/longest-request: 60s
        spec:
          terminationGracePeriodSeconds: 70
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            readinessProbe:
              httpGet:
                path: /
                port: 8080
            lifecycle:
              preStop:
                sleep:
                  seconds: 5
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

from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.stopping import grace_path, raise_grace, stop_of
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting or workload.grace_period_s == 0:
        return
    for container in workload.main_containers:
        stop = stop_of(workload, container)
        if stop.serving_s < stop.grace_s < stop.needed_s:
            yield Hit(
                grace_path(workload),
                f"container {container.name} needs {stop.sum()} to end what it has begun, and has"
                f" {stop.grace_s} s",
                "raise terminationGracePeriodSeconds above that",
                raise_grace(workload),
            )
            return


RULE = Rule(
    code="SEA302",
    name="longest-request-cut",
    severity=ERROR,
    summary="the grace period is shorter than the declared longest request",
    check_workload=check,
)
