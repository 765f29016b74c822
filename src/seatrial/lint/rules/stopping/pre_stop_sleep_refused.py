"""A sleep action is longer than the grace period, or of no time at all.

Zero seconds are accepted since Kubernetes 1.33.

Why it hurts: the API server refuses the pod.

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
            lifecycle:
              preStop:
                sleep:
                  seconds: 60

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
          terminationGracePeriodSeconds: 90
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            lifecycle:
              preStop:
                sleep:
                  seconds: 60
"""

from seatrial.lint.edits import Edit
from seatrial.lint.hooks import hooks_of
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.stopping import raise_grace
from seatrial.lint.workload import Workload

ZERO_SINCE = (1, 33)


def check(workload: Workload, world: World) -> Hits:
    fewest = 0 if world.kubernetes_version >= ZERO_SINCE else 1
    for container in workload.all_containers:
        for hook in hooks_of(container):
            name, action = hook.handler
            seconds = action.get("seconds")
            if name != "sleep" or not isinstance(seconds, int) or isinstance(seconds, bool):
                continue
            if not fewest <= seconds <= workload.grace_period_s:
                edits: tuple[Edit, ...] = raise_grace(workload) if seconds > fewest else ()
                yield Hit(
                    (*hook.path, "sleep", "seconds"),
                    f"{hook.name} of container {container.name} sleeps {seconds} s, and the API"
                    f" server takes {fewest} to {workload.grace_period_s} s, the grace period",
                    "raise terminationGracePeriodSeconds, or sleep less",
                    edits,
                )


RULE = Rule(
    code="SEA305",
    name="pre-stop-sleep-refused",
    severity=ERROR,
    summary="a sleep action does not fit the grace period",
    check_workload=check,
)
