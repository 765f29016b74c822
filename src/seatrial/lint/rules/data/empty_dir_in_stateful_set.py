"""A StatefulSet keeps what looks like its state in an emptyDir.

It has no claims at all, or the emptyDir is called `data`. Volumes whose name or path says that
their content may be lost (`tmp`, `cache`, `run`, `logs`, ...) and those in memory are passed over.

Why it hurts: an emptyDir lives as long as the pod. A StatefulSet promises its members a stable
name and a stable volume; with an emptyDir the member comes back from a rollout, an eviction or a
lost node under its old name and with nothing.

Prove it: `seatrial verify --trial relocation` writes, moves the pod to another node and reads back.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: queue
    spec:
      serviceName: queue
      selector:
        matchLabels: {app: queue}
      template:
        metadata:
          labels: {app: queue}
        spec:
          containers:
          - name: queue
            image: queue:1.0
            volumeMounts:
            - name: messages
              mountPath: /var/lib/queue
          volumes:
          - name: messages
            emptyDir: {}

Good:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: queue
    spec:
      serviceName: queue
      selector:
        matchLabels: {app: queue}
      template:
        metadata:
          labels: {app: queue}
        spec:
          containers:
          - name: queue
            image: queue:1.0
            volumeMounts:
            - name: messages
              mountPath: /var/lib/queue
      volumeClaimTemplates:
      - metadata:
          name: messages
        spec:
          accessModes: [ReadWriteOncePod]
          resources:
            requests:
              storage: 1Gi
"""

from collections.abc import Iterator

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.data._databases import databases_in
from seatrial.lint.volumes import Mount, is_scratch, mounts_of, volumes_of
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if workload.kind != "StatefulSet":
        return
    for mount in _suspects(workload):
        yield Hit(
            mount.volume.field,
            f"{mount.path} of a StatefulSet is emptyDir {mount.volume.name}: a member that is"
            " placed anew keeps its name and loses what it wrote",
            f"make {mount.volume.name} a volumeClaimTemplate, or call it cache or tmp",
        )


def _suspects(workload: Workload) -> Iterator[Mount]:
    kinds = {each.kind for each in volumes_of(workload).values()}
    has_claims = "persistentVolumeClaim" in kinds
    # database-on-pod-volume speaks of those
    seen = {mount.volume.name for _, _, mount in databases_in(workload) if mount is not None}
    for container in workload.main_containers:
        for mount in mounts_of(workload, container):
            volume = mount.volume
            if volume.kind != "emptyDir" or volume.is_memory or volume.name in seen:
                continue
            is_data = "data" in volume.name or "data" in mount.path
            if not is_scratch(volume.name, mount.path) and (is_data or not has_claims):
                seen.add(volume.name)
                yield mount


RULE = Rule(
    code="SEA401",
    name="empty-dir-in-stateful-set",
    severity=WARNING,
    summary="a StatefulSet keeps its state in an emptyDir",
    check_workload=check,
)
