"""A container has no limit for the disk it uses: its layer, its logs, its emptyDirs.

Only when asked for: many teams leave this to a LimitRange.

Why it hurts: whoever fills the node's disk makes the kubelet evict pods, and not necessarily the
one that filled it.

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
        resources:
          limits:
            memory: 256Mi

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
            memory: 256Mi
            ephemeral-storage: 2Gi
"""

from seatrial.lint.resources import limit_of
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.all_containers:
        if limit_of(container, "ephemeral-storage") is None:
            yield Hit(
                (*container.path, "resources", "limits"),
                f"container {container.name} has no limit for ephemeral-storage: it can fill the"
                " disk of its node",
                "set resources.limits.ephemeral-storage",
            )


RULE = Rule(
    code="SEA404",
    name="ephemeral-storage-limit-missing",
    severity=INFO,
    summary="a container has no limit for the disk it uses",
    check_workload=check,
    is_default=False,
)
