"""Members of a StatefulSet with claims are started and stopped all at once.

`podManagementPolicy: Parallel`.

Why it hurts: scaling from five to three stops two members at the same moment, before either has
handed over to the other; and at the first start no member can wait for a lower one. Members that
do not need each other are right to be parallel.

Prove it: `seatrial verify --trial scale-down-data` scales down by more than one, and reads
everything back.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: db
    spec:
      serviceName: db
      replicas: 5
      podManagementPolicy: Parallel
      selector:
        matchLabels: {app: db}
      template:
        metadata:
          labels: {app: db}
        spec:
          containers:
          - name: db
            image: db:1.0
      volumeClaimTemplates:
      - metadata:
          name: data
        spec:
          accessModes: [ReadWriteOncePod]
          resources:
            requests:
              storage: 1Gi

Good:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: db
    spec:
      serviceName: db
      replicas: 5
      selector:
        matchLabels: {app: db}
      template:
        metadata:
          labels: {app: db}
        spec:
          containers:
          - name: db
            image: db:1.0
      volumeClaimTemplates:
      - metadata:
          name: data
        spec:
          accessModes: [ReadWriteOncePod]
          resources:
            requests:
              storage: 1Gi
"""

from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.volumes import claim_templates
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if workload.manifest.spec.get("podManagementPolicy") != "Parallel":
        return
    replicas = world.inventory.replicas_at_most(workload)
    if claim_templates(workload) and replicas is not None and replicas > 2:
        yield Hit(
            ("spec", "podManagementPolicy"),
            f"scaling down stops as many of {replicas} members as go, all at once",
            "scale down by one at a time, or use OrderedReady (it cannot be changed later)",
        )


RULE = Rule(
    code="SEA405",
    name="members-stopped-together",
    severity=INFO,
    summary="members with claims are stopped all at once",
    check_workload=check,
)
