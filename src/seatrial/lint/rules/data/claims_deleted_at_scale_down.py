"""Scaling the StatefulSet down deletes the claims of the members that go.

`persistentVolumeClaimRetentionPolicy.whenScaled: Delete`. Claims whose names say that their content
may be lost (`cache`, `tmp`, ...) are passed over.

Why it hurts: the claim is deleted as soon as its pod has gone, whether or not somebody has moved
its data. One wrong number in `replicas`, one autoscaler, and the data of the last members is gone,
with the volumes themselves where the StorageClass reclaims by Delete, as most do.

Prove it: `seatrial verify --trial scale-down-data` writes to all members, scales from N to N-1 and
reads everything back.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: shards
    spec:
      serviceName: shards
      replicas: 3
      persistentVolumeClaimRetentionPolicy:
        whenScaled: Delete
      selector:
        matchLabels: {app: shards}
      template:
        metadata:
          labels: {app: shards}
        spec:
          containers:
          - name: shards
            image: shards:1.0
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
      name: shards
    spec:
      serviceName: shards
      replicas: 3
      persistentVolumeClaimRetentionPolicy:
        whenScaled: Retain
      selector:
        matchLabels: {app: shards}
      template:
        metadata:
          labels: {app: shards}
        spec:
          containers:
          - name: shards
            image: shards:1.0
      volumeClaimTemplates:
      - metadata:
          name: data
        spec:
          accessModes: [ReadWriteOncePod]
          resources:
            requests:
              storage: 1Gi
"""

from seatrial.lint.edits import SetField
from seatrial.lint.manifest import mapping
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.volumes import claim_templates, is_scratch
from seatrial.lint.workload import Workload

_FIELD = ("spec", "persistentVolumeClaimRetentionPolicy", "whenScaled")


def check(workload: Workload, world: World) -> Hits:
    policy = mapping(workload.manifest.spec.get("persistentVolumeClaimRetentionPolicy"))
    if policy.get("whenScaled") == "Delete" and any(
        not is_scratch(each.name) for each in claim_templates(workload)
    ):
        yield Hit(
            _FIELD,
            "scaling down deletes the claims of the members that go, moved or not",
            "set whenScaled to Retain, and delete a claim when its data has been moved",
            (SetField(_FIELD, "Retain"),),
        )


RULE = Rule(
    code="SEA405",
    name="claims-deleted-at-scale-down",
    severity=ERROR,
    summary="scaling a StatefulSet down deletes the claims of the members that go",
    check_workload=check,
)
