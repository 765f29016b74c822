"""The root filesystem is read-only and the container has nothing else that it may write to.

Only when asked for: a program that writes nothing is right to have it so.

Why it hurts: many programs write to `/tmp` only now and then: an upload above a certain size, a
sort that does not fit in memory, a crash dump. Those requests fail, and no test saw it.

Prove it: `seatrial verify --trial disk-full` reports which writes fail, and what the clients see.

Bad:
    apiVersion: v1
    kind: Pod
    metadata:
      name: uploads
    spec:
      containers:
      - name: uploads
        image: uploads:1.0
        securityContext:
          readOnlyRootFilesystem: true

Good:
    apiVersion: v1
    kind: Pod
    metadata:
      name: uploads
    spec:
      containers:
      - name: uploads
        image: uploads:1.0
        securityContext:
          readOnlyRootFilesystem: true
        volumeMounts:
        - name: tmp
          mountPath: /tmp
      volumes:
      - name: tmp
        emptyDir:
          sizeLimit: 256Mi
"""

from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.rules.data._mending import mount_empty_dir
from seatrial.lint.volumes import has_read_only_root, mounts_of
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.main_containers:
        mounts = mounts_of(workload, container)
        if has_read_only_root(container) and all(each.is_read_only for each in mounts):
            yield Hit(
                (*container.path, "securityContext", "readOnlyRootFilesystem"),
                f"container {container.name} can write nowhere, not even to /tmp",
                "mount an emptyDir at /tmp",
                mount_empty_dir(workload, container, "/tmp"),
            )


RULE = Rule(
    code="SEA404",
    name="read-only-root-without-scratch",
    severity=INFO,
    summary="a container can write nowhere, not even to /tmp",
    check_workload=check,
    is_default=False,
)
