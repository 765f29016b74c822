"""A readiness probe has a grace period of its own.

Why it hurts: the API server refuses the pod: a readiness probe never stops a container, so there
is nothing to give grace to.

Prove it: `kubectl apply --dry-run=server` says so.

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
            readinessProbe:
              httpGet:
                path: /
                port: 8080
              terminationGracePeriodSeconds: 10

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
            readinessProbe:
              httpGet:
                path: /
                port: 8080
"""

from seatrial.lint.edits import RemoveField
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.containers:
        probe = container.probe("readinessProbe")
        if probe is not None and probe.value.get("terminationGracePeriodSeconds") is not None:
            path = (*probe.path, "terminationGracePeriodSeconds")
            yield Hit(
                path,
                f"the readiness probe of container {container.name} has a grace period, and the API"
                " server refuses that",
                "remove it; it belongs to liveness and startup probes",
                (RemoveField(path),),
            )


RULE = Rule(
    code="SEA305",
    name="probe-grace-on-readiness",
    severity=ERROR,
    summary="a readiness probe has a grace period",
    check_workload=check,
)
