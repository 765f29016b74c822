"""A StatefulSet gives its members no time to stop: `terminationGracePeriodSeconds: 0`.

Why it hurts: a grace period of 0 makes every deletion a forced one. The name is free at once, the
StatefulSet makes the member anew, and two processes may have one name and one volume. Kubernetes'
own documentation calls it unsafe.

Prove it: `seatrial verify --trial twins` starts a second instance while the first lives on.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: db
    spec:
      serviceName: db
      selector:
        matchLabels: {app: db}
      template:
        metadata:
          labels: {app: db}
        spec:
          terminationGracePeriodSeconds: 0
          containers:
          - name: db
            image: db:1.0

Good:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: db
    spec:
      serviceName: db
      selector:
        matchLabels: {app: db}
      template:
        metadata:
          labels: {app: db}
        spec:
          containers:
          - name: db
            image: db:1.0
"""

from seatrial.lint.edits import RemoveField
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import GRACE_PERIOD_S, Workload


def check(workload: Workload, world: World) -> Hits:
    if workload.kind != "StatefulSet" or workload.grace_period_s != 0:
        return
    field = workload.pod_path("terminationGracePeriodSeconds")
    yield Hit(
        field,
        "a grace period of 0 s makes every deletion a forced one: two processes may be one member",
        f"remove it; the default is {GRACE_PERIOD_S} s",
        (RemoveField(field),),
    )


RULE = Rule(
    code="SEA503",
    name="grace-zero-in-stateful-set",
    severity=ERROR,
    summary="a StatefulSet gives its members no time to stop",
    check_workload=check,
)
