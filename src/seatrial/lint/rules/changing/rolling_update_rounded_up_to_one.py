"""maxUnavailable rounds down to 0, maxSurge is 0, and one pod is taken all the same.

Why it hurts: a percentage of few replicas is less than one pod. As nothing could move then, the
controller takes one: of three replicas a third, where 10 % was written.

Prove it: `seatrial verify --trial rollout` shows the dip in capacity.

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
          maxUnavailable: 10%
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
          maxUnavailable: 10%
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

from seatrial.api.workloads import resolve
from seatrial.lint.edits import SetField
from seatrial.lint.rolling import rolling_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    rolling = rolling_of(workload, world.inventory, world.kubernetes_version)
    if rolling is None or workload.kind != "Deployment" or rolling.takes_all:
        return
    share = rolling.max_unavailable
    if rolling.surge or not isinstance(share, str) or share == "0%":
        return
    if resolve(share, rolling.replicas, round_up=False) == 0:
        percent = 100 * rolling.unavailable / rolling.replicas
        yield Hit(
            (*rolling.path, "maxUnavailable"),
            f"maxUnavailable {share} of {rolling.replicas} rounds down to 0, and without surge one"
            f" pod is taken anyway: {percent:.0f}%",
            "set maxSurge to 1 and keep all of them",
            (SetField((*rolling.path, "maxSurge"), 1),),
        )


RULE = Rule(
    code="SEA201",
    name="rolling-update-rounded-up-to-one",
    severity=WARNING,
    summary="maxUnavailable rounds down to 0 and one pod is taken all the same",
    check_workload=check,
)
