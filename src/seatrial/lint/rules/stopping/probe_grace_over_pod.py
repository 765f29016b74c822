"""A container that hangs is given more time to stop than one that works.

Why it hurts: the grace period of a liveness or startup probe replaces the pod's when the probe
has failed. The container is known not to work then, and everybody waits for its restart.

Prove it: `seatrial verify --trial crash` measures the time from failure to ready.

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
              terminationGracePeriodSeconds: 120

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
              terminationGracePeriodSeconds: 5
"""

from seatrial.lint.probes import probes_of
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    grace_s = workload.grace_period_s
    for container in workload.containers:
        for name, probe in probes_of(container):
            own_s = probe.number("terminationGracePeriodSeconds", 0)
            if name != "readinessProbe" and own_s > grace_s:
                yield Hit(
                    (*probe.path, "terminationGracePeriodSeconds"),
                    f"container {container.name} has {own_s} s to stop when its {name} has failed,"
                    f" and {grace_s} s when it works",
                    "give a hung container less time, not more",
                )


RULE = Rule(
    code="SEA305",
    name="probe-grace-over-pod",
    severity=INFO,
    summary="a failed probe gives more time to stop than a deletion does",
    check_workload=check,
)
