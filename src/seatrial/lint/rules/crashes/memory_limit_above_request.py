"""A container may use more memory than was set aside for it.

Only when asked for: to share memory that is seldom used is a choice that many make.

Why it hurts: what is above the request is there as long as nobody else wants it. When the node
runs short, pods above their requests are the first to be evicted.

Prove it: `seatrial verify --trial out-of-memory` on a node whose other pods use their memory.

Bad:
    apiVersion: v1
    kind: Pod
    metadata:
      name: shop
    spec:
      containers:
      - name: shop
        image: shop:1.0
        resources:
          requests: {memory: 128Mi}
          limits: {memory: 256Mi}

Good:
    apiVersion: v1
    kind: Pod
    metadata:
      name: shop
    spec:
      containers:
      - name: shop
        image: shop:1.0
        resources:
          requests: {memory: 256Mi}
          limits: {memory: 256Mi}
"""

from seatrial.lint.resources import limit_of, request_of
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.containers:
        request, limit = request_of(container, "memory"), limit_of(container, "memory")
        if request is not None and limit is not None and request < limit:
            yield Hit(
                (*container.path, "resources", "requests", "memory"),
                f"{limit} may be used and {request} are set aside: the rest is there only while"
                " nobody else wants it",
                "request as much memory as the limit allows",
            )


RULE = Rule(
    code="SEA704",
    name="memory-limit-above-request",
    severity=INFO,
    summary="a container may use more memory than was set aside for it",
    check_workload=check,
    is_default=False,
)
