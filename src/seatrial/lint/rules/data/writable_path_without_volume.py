"""A path is declared to be written to (`seatrial.dev/writable-paths`) and is on no volume.

Why it hurts: a container that is started again, after a crash, a failed liveness probe or an
out-of-memory kill, is a new container with an empty writable layer. Whatever was written outside
of a volume is gone, although the pod is still the same.

Prove it: `seatrial verify --trial container-restart` writes, kills the container but not the pod,
and reads back.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: ledger
    spec:
      serviceName: ledger
      selector:
        matchLabels: {app: ledger}
      template:
        metadata:
          labels: {app: ledger}
          annotations:
            seatrial.dev/writable-paths: /var/lib/ledger
        spec:
          containers:
          - name: ledger
            image: ledger:1.0

Good:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: ledger
    spec:
      serviceName: ledger
      selector:
        matchLabels: {app: ledger}
      template:
        metadata:
          labels: {app: ledger}
          annotations:
            seatrial.dev/writable-paths: /var/lib/ledger
        spec:
          containers:
          - name: ledger
            image: ledger:1.0
            volumeMounts:
            - name: data
              mountPath: /var/lib/ledger
      volumeClaimTemplates:
      - metadata:
          name: data
        spec:
          accessModes: [ReadWriteOncePod]
          resources:
            requests:
              storage: 1Gi
"""

from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.rules.data._declared import paths_in_the_layer
from seatrial.lint.volumes import is_scratch
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container, path in paths_in_the_layer(workload):
        if not is_scratch(path):
            yield Hit(
                (*container.path, "volumeMounts"),
                f"{path} is declared as written to and is on no volume: what container"
                f" {container.name} writes there is lost when it is restarted",
                f"mount a volume at {path}: a claim for data, an emptyDir for what may be lost with"
                " the pod",
            )


RULE = Rule(
    code="SEA401",
    name="writable-path-without-volume",
    severity=ERROR,
    summary="a path declared as written to is on no volume",
    check_workload=check,
)
