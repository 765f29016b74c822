"""A rolling update may neither add a pod nor take one away.

Why it hurts: the API server refuses a Deployment or DaemonSet whose `maxSurge` and
`maxUnavailable` are both 0. Where `maxUnavailable` is a percentage that only rounds down to 0 it
is accepted, and one pod is taken anyway; another rule tells that.

Prove it: `kubectl apply --dry-run=server` says so.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 3
      strategy:
        rollingUpdate:
          maxSurge: 0
          maxUnavailable: 0
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

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 3
      strategy:
        rollingUpdate:
          maxSurge: 1
          maxUnavailable: 0
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
"""

from seatrial.lint.edits import SetField
from seatrial.lint.manifest import mapping
from seatrial.lint.rolling import strategy_of
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

_ZERO = (0, "0", "0%")


def check(workload: Workload, world: World) -> Hits:
    if workload.kind not in {"Deployment", "DaemonSet"}:
        return
    kind, strategy, path = strategy_of(workload)
    rolling = mapping(strategy.get("rollingUpdate"))
    # A DaemonSet surges by none where it does not say.
    surge = rolling.get("maxSurge", 0 if workload.kind == "DaemonSet" else None)
    if kind == "RollingUpdate" and _is_zero(surge) and _is_zero(rolling.get("maxUnavailable")):
        where = (*path, "rollingUpdate")
        yield Hit(
            (*where, "maxUnavailable"),
            "maxSurge and maxUnavailable are both 0, and the API server refuses that: nothing could"
            " move",
            "set maxSurge to 1",
            (SetField((*where, "maxSurge"), 1),),
        )


def _is_zero(amount: object) -> bool:
    return not isinstance(amount, bool) and amount in _ZERO


RULE = Rule(
    code="SEA201",
    name="rolling-update-cannot-move",
    severity=ERROR,
    summary="maxSurge and maxUnavailable are both 0",
    check_workload=check,
)
