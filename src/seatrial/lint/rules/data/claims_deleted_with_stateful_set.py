"""Deleting the StatefulSet deletes the claims of all its members.

`persistentVolumeClaimRetentionPolicy.whenDeleted: Delete`.

Why it hurts: a StatefulSet is deleted more often than one thinks: to change a field that cannot be
changed, by a renamed release, by a tool that prunes what is no longer in the repository. With this
policy each of them deletes the data as well.

Prove it: `seatrial verify --trial relocation` reads back what was written before the objects were
made anew.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: shards
    spec:
      serviceName: shards
      persistentVolumeClaimRetentionPolicy:
        whenDeleted: Delete
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

from seatrial.lint.manifest import Manifest, mapping
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World

_FIELD = ("spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted")


def check(manifest: Manifest, world: World) -> Hits:
    policy = mapping(manifest.spec.get("persistentVolumeClaimRetentionPolicy"))
    if policy.get("whenDeleted") == "Delete" and manifest.spec.get("volumeClaimTemplates"):
        yield Hit(
            _FIELD,
            "deleting the StatefulSet, also to make it anew, deletes the data of all members",
            "set whenDeleted to Retain where the data cannot be made again",
        )


RULE = Rule(
    code="SEA405",
    name="claims-deleted-with-stateful-set",
    severity=INFO,
    summary="deleting the StatefulSet deletes the data of all members",
    check_manifest=check,
    kinds=frozenset({"StatefulSet"}),
)
