"""A PersistentVolume is a directory of a node (`hostPath`), and does not say of which.

Why it hurts: the claim is bound, the pod is placed on any node, and each node has a directory of
its own at that path. The volume is called persistent and is empty after every move.

Prove it: `seatrial verify --trial relocation` writes, moves the pod to another node, and reads
back.

Bad:
    apiVersion: v1
    kind: PersistentVolume
    metadata:
      name: pages
    spec:
      capacity:
        storage: 1Gi
      accessModes: [ReadWriteOnce]
      hostPath:
        path: /srv/pages

Good:
    apiVersion: v1
    kind: PersistentVolume
    metadata:
      name: pages
    spec:
      capacity:
        storage: 1Gi
      accessModes: [ReadWriteOnce]
      local:
        path: /srv/pages
      nodeAffinity:
        required:
          nodeSelectorTerms:
          - matchExpressions:
            - key: kubernetes.io/hostname
              operator: In
              values: [node-1]
"""

from seatrial.lint.manifest import Manifest, mapping
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World


def check(manifest: Manifest, world: World) -> Hits:
    source = manifest.spec.get("hostPath")
    if source is not None and not manifest.spec.get("nodeAffinity"):
        yield Hit(
            ("spec", "hostPath"),
            f"the volume is {mapping(source).get('path')} of whatever node the pod is placed on",
            "use a local volume with nodeAffinity, or a StorageClass that makes volumes",
        )


RULE = Rule(
    code="SEA402",
    name="persistent-volume-on-any-node",
    severity=WARNING,
    summary="a PersistentVolume is a directory of a node and does not say of which",
    check_manifest=check,
    kinds=frozenset({"PersistentVolume"}),
)
