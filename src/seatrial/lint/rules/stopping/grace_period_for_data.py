"""A workload that keeps or moves data takes more than two minutes to stop.

It has claims, or a pre-stop command that does more than wait, and nothing declares requests that
take so long: it looks like data that is moved on the way out.

Why it hurts: the handler is not run when the process crashes or the node dies, and not to its end
when the grace period is too short on a bad day. What must not be lost needs a procedure of its
own that can be tried again: a Job, or a CronJob that looks for what was left behind.

Prove it: `seatrial verify --trial killed-while-stopping` lets the node die in the middle of the
shutdown.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: web
    spec:
      volumeClaimTemplates:
      - metadata:
          name: data
        spec:
          accessModes: [ReadWriteOncePod]
          resources:
            requests:
              storage: 1Gi
      serviceName: web
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          terminationGracePeriodSeconds: 1800
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080

Good:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: web
    spec:
      volumeClaimTemplates:
      - metadata:
          name: data
        spec:
          accessModes: [ReadWriteOncePod]
          resources:
            requests:
              storage: 1Gi
      serviceName: web
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          terminationGracePeriodSeconds: 60
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
    if not workload.is_lasting or grace_s <= LONG_S or not may_move_data(workload):
        return
    if 2 * most_needed_s(workload, lambda stop: stop.needed_s) < grace_s:
        yield Hit(
            grace_path(workload),
            f"{workload.manifest.object} may take {grace_s} s to stop: if it moves data meanwhile,"
            " a lost node ends that half way",
            "move data by a Job that can be tried again, and keep the shutdown short",
        )


RULE = Rule(
    code="SEA307",
    name="grace-period-for-data",
    severity=INFO,
    summary="a workload that keeps or moves data takes more than two minutes to stop",
    check_workload=check,
)
