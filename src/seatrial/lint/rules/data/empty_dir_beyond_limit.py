"""The emptyDirs of a pod may hold more than the pod may use of the disk.

Everything that is written to the node's disk counts: layers, logs and emptyDirs together, against
the sum of the containers' `ephemeral-storage` limits.

Why it hurts: the volume is filled in good faith, to a size that was promised, and the pod is
evicted on the way there.

Prove it: `seatrial verify --trial disk-full` fills the volume and watches what comes first, the
error or the eviction.

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
          limits:
            ephemeral-storage: 1Gi
        volumeMounts:
        - name: frames
          mountPath: /frames
      volumes:
      - name: frames
        emptyDir:
          sizeLimit: 2Gi

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
          limits:
            ephemeral-storage: 3Gi
        volumeMounts:
        - name: frames
          mountPath: /frames
      volumes:
      - name: frames
        emptyDir:
          sizeLimit: 2Gi
"""

from seatrial.api.quantities import ZERO, Quantity
from seatrial.lint.resources import limit_of, quantity_in
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.volumes import volumes_of
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.volumes:
        return
    limit = _disk_limit(workload)
    sized = [
        (volume, size)
        for volume in volumes_of(workload).values()
        if volume.kind == "emptyDir" and not volume.is_memory
        if (size := quantity_in(volume.source.get("sizeLimit"))) is not None
    ]
    total = sum((size for _, size in sized), ZERO)
    if limit is not None and sized and limit <= total:
        names = ", ".join(volume.name for volume, _ in sized)
        yield Hit(
            (*sized[0][0].field, "emptyDir", "sizeLimit"),
            f"emptyDir {names} may hold {total} and the whole pod may use {limit} of the disk: it"
            " is evicted before the volume is full",
            "raise limits.ephemeral-storage above the sizeLimit, with room for logs and the layer",
        )


def _disk_limit(workload: Workload) -> Quantity | None:
    """What the kubelet holds the pod to: the sum over the containers that say something."""
    said = [limit_of(each, "ephemeral-storage") for each in workload.containers]
    amounts = [each for each in said if each is not None]
    return sum(amounts, ZERO) if amounts else None


RULE = Rule(
    code="SEA404",
    name="empty-dir-beyond-limit",
    severity=WARNING,
    summary="emptyDirs may hold more than the pod may use of the disk",
    check_workload=check,
)
