"""The grace period is 0: every deletion is a kill.

StatefulSets are told by a rule of their own.

Why it hurts: the pre-stop hook is not run, SIGTERM and SIGKILL come together, and the pod's
object is gone before its process is. Whatever is in flight is lost at every deletion.

Prove it: `seatrial verify --trial sigterm` looks for exit code 137.

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
          terminationGracePeriodSeconds: 0
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
        spec:
          terminationGracePeriodSeconds: 30
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
"""

from seatrial.lint.edits import SetField
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.stopping import grace_path
from seatrial.lint.workload import GRACE_PERIOD_S, Workload


def check(workload: Workload, world: World) -> Hits:
    grace = workload.pod_spec.get("terminationGracePeriodSeconds")
    if grace != 0 or isinstance(grace, bool) or workload.kind == "StatefulSet":
        return
    if workload.is_lasting:
        yield Hit(
            grace_path(workload),
            f"every deletion of a pod of {workload.manifest.object} kills it: no pre-stop hook, no"
            " time after SIGTERM",
            f"give it time; {GRACE_PERIOD_S} s is the default",
            (SetField(grace_path(workload), GRACE_PERIOD_S),),
        )


RULE = Rule(
    code="SEA305",
    name="grace-period-zero",
    severity=ERROR,
    summary="the grace period is 0",
    check_workload=check,
)
