"""seatrial-app plans for more time than the pod has.

The library shares out the grace period: `SEATRIAL_GRACE_PERIOD` or `--grace-period`, and 30
seconds where neither says anything. The pod has what `terminationGracePeriodSeconds` says.

Why it hurts: what is planned for after the grace period does not happen: requests in flight are
killed while the library believes that they have time.

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
          terminationGracePeriodSeconds: 20
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            command: [seatrial-app, run, --, uvicorn, 'app:app']

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
          terminationGracePeriodSeconds: 20
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            command: [seatrial-app, run, --, uvicorn, 'app:app']
            env:
            - name: SEATRIAL_GRACE_PERIOD
              value: 20s
"""

from seatrial.lint.edits import AppendItem, Edit
from seatrial.lint.manifest import mapping, sequence
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.stopping import GRACE_VARIABLE, planned_grace_s
from seatrial.lint.workload import Container, Workload


def check(workload: Workload, world: World) -> Hits:
    grace_s = workload.grace_period_s
    for container in workload.containers:
        planned_s = planned_grace_s(container)
        if planned_s is not None and planned_s > grace_s > 0:
            yield Hit(
                (*container.path, "env"),
                f"seatrial-app in container {container.name} plans for {planned_s:g} s, and the pod"
                f" has a grace period of {grace_s} s",
                f"set {GRACE_VARIABLE} to {grace_s}s",
                _mend(container, grace_s),
            )


def _mend(container: Container, grace_s: int) -> tuple[Edit, ...]:
    names = [mapping(each).get("name") for each in sequence(container.value.get("env"))]
    said_otherwise = any(word.startswith("--grace-period") for word in container.words)
    if GRACE_VARIABLE in names or said_otherwise:
        return ()
    variable = {"name": GRACE_VARIABLE, "value": f"{grace_s}s"}
    return (AppendItem((*container.path, "env"), variable),)


RULE = Rule(
    code="SEA305",
    name="grace-period-untold",
    severity=ERROR,
    summary="seatrial-app plans for more time than the pod has",
    check_workload=check,
)
