"""An emptyDir in memory has no `sizeLimit`.

Why it hurts: its files count as the memory of the container that wrote them, until they are
deleted or the pod ends; they outlive a killed container. A full volume is no error on a write but
an out-of-memory kill, and after it the files are still there, so that the next start begins with
what killed the last one.

Prove it: `seatrial verify --trial out-of-memory` fills the volume and watches what comes first, the
error or the kill.

Bad:
    apiVersion: v1
    kind: Pod
    metadata:
      name: encoder
    spec:
      containers:
      - name: encoder
        image: encoder:1.0
        resources:
          limits: {memory: 512Mi}
        volumeMounts:
        - name: frames
          mountPath: /frames
      volumes:
      - name: frames
        emptyDir:
          medium: Memory

Good:
    apiVersion: v1
    kind: Pod
    metadata:
      name: encoder
    spec:
      containers:
      - name: encoder
        image: encoder:1.0
        resources:
          limits: {memory: 512Mi}
        volumeMounts:
        - name: frames
          mountPath: /frames
      volumes:
      - name: frames
        emptyDir:
          medium: Memory
          sizeLimit: 128Mi
"""

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.volumes import volumes_of
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.volumes:
        return
    for volume in volumes_of(workload).values():
        if volume.is_memory and "sizeLimit" not in volume.source:
            yield Hit(
                (*volume.field, "emptyDir", "sizeLimit"),
                f"emptyDir {volume.name} is in memory and has no size: a full one is an"
                " out-of-memory kill, not an error",
                "set emptyDir.sizeLimit well below the memory limits of those that write to it",
            )


RULE = Rule(
    code="SEA704",
    name="memory-volume-without-size-limit",
    severity=WARNING,
    summary="an emptyDir in memory has no size",
    check_workload=check,
)
