"""The claim of a member allows a node, `ReadWriteOnce`, where one pod is meant.

Asked of StatefulSets, from Kubernetes 1.29 on, where `ReadWriteOncePod` can be relied on.

Why it hurts: ReadWriteOnce keeps other nodes away, not other pods. After a forced deletion, or
with a backup pod on the same node, two processes write to one file system. ReadWriteOncePod is the
only mode in which the scheduler and the kubelet see to it that there is one.

Prove it: `seatrial verify --trial twins` starts a second instance while the first lives on.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: db
    spec:
      serviceName: db
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
          accessModes: [ReadWriteOnce]
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

from seatrial.lint.manifest import sequence
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.volumes import claim_templates
from seatrial.lint.workload import Workload

_GENERALLY_AVAILABLE = (1, 29)


def check(workload: Workload, world: World) -> Hits:
    if world.kubernetes_version < _GENERALLY_AVAILABLE:
        return
    for claim in claim_templates(workload):
        if list(sequence(claim.source.get("accessModes"))) == ["ReadWriteOnce"]:
            yield Hit(
                (*claim.field, "spec", "accessModes"),
                f"claim {claim.name} is ReadWriteOnce: two pods of one node may write to it",
                "use ReadWriteOncePod where the storage driver has it; it cannot be changed later",
            )


RULE = Rule(
    code="SEA503",
    name="single-writer-claim",
    severity=INFO,
    summary="a member's claim allows a node where one pod is meant",
    check_workload=check,
)
