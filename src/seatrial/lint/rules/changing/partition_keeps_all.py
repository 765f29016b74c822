"""A StatefulSet's partition keeps every member at its old version.

Why it hurts: the first `partition` members are not updated. Where it is as large as
`replicas`, nobody is: `kubectl apply` says "configured" and nothing happens. It is most often
left over from a canary.

Prove it: `seatrial verify --trial rollout` waits for the change to arrive.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: web
    spec:
      replicas: 3
      updateStrategy:
        rollingUpdate:
          partition: 3
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
      replicas: 3
      updateStrategy:
        rollingUpdate:
          partition: 2
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

from seatrial.lint.manifest import mapping
from seatrial.lint.rolling import strategy_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    replicas = world.inventory.replicas_at_most(workload)
    kind, strategy, path = strategy_of(workload)
    if workload.kind != "StatefulSet" or kind != "RollingUpdate" or not replicas:
        return
    partition = mapping(strategy.get("rollingUpdate")).get("partition")
    if isinstance(partition, int) and partition >= replicas:
        yield Hit(
            (*path, "rollingUpdate", "partition"),
            f"partition {partition} keeps all {replicas} members of {workload.manifest.object} at"
            " their old version",
            "remove it, or lower it to the ordinal of the first member that is to change",
        )


RULE = Rule(
    code="SEA201",
    name="partition-keeps-all",
    severity=WARNING,
    summary="a StatefulSet's partition keeps every member at its old version",
    check_workload=check,
)
