"""An emptyDir on the node's disk has no `sizeLimit`, and its containers have no disk limit.

Why it hurts: the volume can grow until the node's disk is full. The kubelet then evicts pods to
get space back, by their priority and use, and images are removed that the next start needs.

Prove it: `seatrial verify --trial disk-full` fills the disk and watches who is evicted.

Bad:
    apiVersion: v1
    kind: Pod
    metadata:
      name: encoder
    spec:
      containers:
      - name: encoder
        image: encoder:1.0
        volumeMounts:
        - name: frames
          mountPath: /frames
      volumes:
      - name: frames
        emptyDir: {}

Good:
    apiVersion: v1
    kind: Pod
    metadata:
      name: encoder
    spec:
      containers:
      - name: encoder
        image: encoder:1.0
        volumeMounts:
        - name: frames
          mountPath: /frames
      volumes:
      - name: frames
        emptyDir:
          sizeLimit: 2Gi
"""

from seatrial.lint.resources import limit_of
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.volumes import volumes_of
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.volumes:
        return
    # The kubelet holds a pod to the sum of what its containers say: one that says it is enough.
    if any(limit_of(each, "ephemeral-storage") for each in workload.all_containers):
        return
    for volume in volumes_of(workload).values():
        is_disk = volume.kind == "emptyDir" and not volume.is_memory
        if is_disk and "sizeLimit" not in volume.source:
            yield Hit(
                (*volume.field, "emptyDir", "sizeLimit"),
                f"emptyDir {volume.name} may grow until the disk of the node is full",
                "set emptyDir.sizeLimit: above it this pod is evicted, and no other",
            )


RULE = Rule(
    code="SEA404",
    name="empty-dir-without-size-limit",
    severity=INFO,
    summary="an emptyDir may grow until the node's disk is full",
    check_workload=check,
)
