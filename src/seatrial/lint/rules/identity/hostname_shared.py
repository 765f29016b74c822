"""Several replicas are given one host name.

`hostname` in the pod template of a Deployment with more than one replica, or of a DaemonSet.

Why it hurts: whatever tells members apart by their host name (leases, locks, metrics, the owner of
a message) takes all of them for one.

Prove it: `seatrial verify --trial twins` runs two with one identity and watches what they do to
each other.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: worker
    spec:
      replicas: 3
      selector:
        matchLabels: {app: worker}
      template:
        metadata:
          labels: {app: worker}
        spec:
          hostname: worker
          containers:
          - name: worker
            image: worker:1.0

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: worker
    spec:
      replicas: 3
      selector:
        matchLabels: {app: worker}
      template:
        metadata:
          labels: {app: worker}
        spec:
          containers:
          - name: worker
            image: worker:1.0
"""

from seatrial.lint.edits import RemoveField
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    name = workload.pod_spec.get("hostname")
    if not name or not workload.is_lasting or workload.kind in {"StatefulSet", "Pod"}:
        return
    replicas = world.inventory.replicas_at_most(workload)
    if replicas is None or replicas > 1:
        many = "all pods" if replicas is None else f"all {replicas} replicas"
        field = workload.pod_path("hostname")
        yield Hit(
            field,
            f"{many} are called {name}",
            "remove hostname, or make it a StatefulSet, which numbers its pods",
            (RemoveField(field),),
        )


RULE = Rule(
    code="SEA503",
    name="hostname-shared",
    severity=WARNING,
    summary="several replicas are given one host name",
    check_workload=check,
)
