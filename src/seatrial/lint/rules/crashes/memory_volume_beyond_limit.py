"""An emptyDir in memory may be larger than the memory limit of a container that writes to it.

Why it hurts: its files count as the memory of the container that wrote them. The container is
killed before the volume is full, and the files are still there when it is started again.

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
          sizeLimit: 512Mi

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

from seatrial.lint.resources import limit_of, quantity_in
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.volumes import mounts_of
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.volumes:
        return
    for container in workload.all_containers:
        limit = limit_of(container, "memory")
        for mount in mounts_of(workload, container):
            size = quantity_in(mount.volume.source.get("sizeLimit"))
            if limit is None or size is None or not mount.volume.is_memory or mount.is_read_only:
                continue
            if limit <= size:
                yield Hit(
                    (*mount.volume.field, "emptyDir", "sizeLimit"),
                    f"emptyDir {mount.volume.name} in memory may hold {size}, and container"
                    f" {container.name}, whose memory it is, is killed at {limit}",
                    "keep sizeLimit well below the limit, or raise the limit by sizeLimit",
                )


RULE = Rule(
    code="SEA704",
    name="memory-volume-beyond-limit",
    severity=WARNING,
    summary="an emptyDir in memory may be larger than the memory of its writer",
    check_workload=check,
)
