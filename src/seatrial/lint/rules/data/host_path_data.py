"""A workload that may run on any node writes to a directory of its node (`hostPath`).

Passed over: DaemonSets and pods that are bound to one node, mounts that are read-only, sockets and
devices, and the directories of the system (`/proc`, `/sys`, `/dev`, `/run`, `/var/run`, `/var/log`,
...).

Why it hurts: the data stays behind when the pod is placed elsewhere, and is found again, old, when
a later pod happens to come back. Nothing limits its size, and nothing removes it.

Prove it: `seatrial verify --trial relocation` writes, moves the pod to another node, and reads
back.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: blog
    spec:
      selector:
        matchLabels: {app: blog}
      template:
        metadata:
          labels: {app: blog}
        spec:
          containers:
          - name: blog
            image: blog:1.0
            volumeMounts:
            - name: uploads
              mountPath: /uploads
          volumes:
          - name: uploads
            hostPath:
              path: /srv/blog

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: blog
    spec:
      strategy:
        type: Recreate
      selector:
        matchLabels: {app: blog}
      template:
        metadata:
          labels: {app: blog}
        spec:
          containers:
          - name: blog
            image: blog:1.0
            volumeMounts:
            - name: uploads
              mountPath: /uploads
          volumes:
          - name: uploads
            persistentVolumeClaim:
              claimName: uploads
"""

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.data._claims import is_kept_on_one_node
from seatrial.lint.volumes import Mount, is_below, mounts_of
from seatrial.lint.workload import Workload

# What agents read and write on purpose: it belongs to the node, not to the application.
_SYSTEM = ("/proc", "/sys", "/dev", "/run", "/var/run", "/var/log", "/etc", "/lib/modules", "/boot")
_SYSTEM_DATA = ("/var/lib/kubelet", "/var/lib/docker", "/var/lib/containerd", "/opt/cni", "/usr")
_FILES = frozenset({"Socket", "CharDevice", "BlockDevice", "File"})


def check(workload: Workload, world: World) -> Hits:
    if not workload.volumes or workload.kind == "DaemonSet" or is_kept_on_one_node(workload):
        return
    for container in workload.all_containers:
        for mount in mounts_of(workload, container):
            if _is_data_on_the_node(mount):
                yield Hit(
                    mount.volume.field,
                    f"container {container.name} writes to {mount.volume.source.get('path')} of"
                    " whatever node it is on: the data stays behind when the pod is placed"
                    " elsewhere",
                    "put it on a PersistentVolumeClaim, or mount it read-only",
                )


def _is_data_on_the_node(mount: Mount) -> bool:
    path = str(mount.volume.source.get("path", "/"))
    return (
        mount.volume.kind == "hostPath"
        and not mount.is_read_only
        and mount.volume.source.get("type") not in _FILES
        and path.rstrip("/") != ""
        and not any(is_below(path, each) for each in (*_SYSTEM, *_SYSTEM_DATA))
    )


RULE = Rule(
    code="SEA402",
    name="host-path-data",
    severity=WARNING,
    summary="data is written to a directory of the node",
    check_workload=check,
)
