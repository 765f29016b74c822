"""The grace period is longer than two minutes, and nothing says what for.

A declared longest request or drain window that needs it is what for.

Why it hurts: a pod that does not stop keeps its node from being drained for that long, and a spot
node is gone after two minutes anyway, a machine that shuts down often after less. What takes so
long will be cut some day.

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
          terminationGracePeriodSeconds: 600
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080

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
            seatrial.dev/longest-request: 9m
        spec:
          terminationGracePeriodSeconds: 600
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
"""

from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.stopping import grace_path, may_move_data, most_needed_s
from seatrial.lint.workload import Workload

LONG_S = 120


def check(workload: Workload, world: World) -> Hits:
    grace_s = workload.grace_period_s
    if not workload.is_lasting or grace_s <= LONG_S or may_move_data(workload):
        return  # grace-period-for-data tells the last
    needed_s = most_needed_s(workload, lambda stop: stop.needed_s)
    if 2 * needed_s < grace_s:
        known = f"{needed_s:g} s of it are accounted for" if needed_s else "nothing says what for"
        yield Hit(
            grace_path(workload),
            f"a pod may take {grace_s} s to stop, and {known}",
            "declare seatrial.dev/longest-request, or give it less",
        )


RULE = Rule(
    code="SEA305",
    name="grace-period-long",
    severity=INFO,
    summary="the grace period is longer than two minutes, and nothing says what for",
    check_workload=check,
)
