"""A change of the pod template does nothing until somebody deletes the pods.

Why it hurts: with `OnDelete` old and new version run side by side for as long as nobody
remembers. The change then comes with a crash or a drained node, at a time that nobody chose.

Prove it: `seatrial verify --trial rollout` waits for the change to arrive.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: web
    spec:
      updateStrategy:
        type: OnDelete
      serviceName: web
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
    kind: StatefulSet
    metadata:
      name: web
    spec:
      updateStrategy:
        type: RollingUpdate
      serviceName: web
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

from seatrial.lint.rolling import strategy_of
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if workload.kind in {"StatefulSet", "DaemonSet"} and strategy_of(workload)[0] == "OnDelete":
        yield Hit(
            ("spec", "updateStrategy", "type"),
            f"a change of {workload.manifest.object} reaches a pod only when somebody deletes it",
            "use RollingUpdate, unless an operator deletes the pods in its own order",
        )


RULE = Rule(
    code="SEA201",
    name="update-strategy-on-delete",
    severity=INFO,
    summary="a change waits until somebody deletes the pods",
    check_workload=check,
)
