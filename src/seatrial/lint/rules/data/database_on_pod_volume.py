"""A well-known database keeps its data on a volume that ends with the pod.

Why it hurts: an `emptyDir` outlives a restart of the container and nothing more. A rollout, an
eviction, a drained or lost node: each makes a new pod, and with it an empty database.

Prove it: `seatrial verify --trial relocation` writes, moves the pod to another node, and reads
back.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: db
    spec:
      selector:
        matchLabels: {app: db}
      template:
        metadata:
          labels: {app: db}
        spec:
          containers:
          - name: mysql
            image: mysql:8.4
            volumeMounts:
            - name: data
              mountPath: /var/lib/mysql
          volumes:
          - name: data
            emptyDir: {}

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: db
    spec:
      strategy:
        type: Recreate
      selector:
        matchLabels: {app: db}
      template:
        metadata:
          labels: {app: db}
        spec:
          containers:
          - name: mysql
            image: mysql:8.4
            volumeMounts:
            - name: data
              mountPath: /var/lib/mysql
          volumes:
          - name: data
            persistentVolumeClaim:
              claimName: db
"""

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.data._databases import databases_in
from seatrial.lint.volumes import POD_KINDS
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container, directory, mount in databases_in(workload):
        if mount is not None and mount.volume.kind in POD_KINDS:
            yield Hit(
                mount.volume.field,
                f"image {container.image} keeps its data in {directory}, on {mount.volume.kind}"
                f" {mount.volume.name}: every new pod begins with an empty database",
                "put it on a PersistentVolumeClaim",
            )


RULE = Rule(
    code="SEA402",
    name="database-on-pod-volume",
    severity=WARNING,
    summary="a well-known database keeps its data on a volume that ends with the pod",
    check_workload=check,
)
