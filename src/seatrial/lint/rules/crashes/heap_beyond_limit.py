"""A runtime may let its heap grow to the memory limit of its container, or beyond.

Read are `-Xmx` and `-XX:MaxRAMPercentage` of the JVM, `--max-old-space-size` of Node.js,
`GOMEMLIMIT` of Go and `--maxmemory` of Redis, in arguments and environment.

Why it hurts: the runtime believes that there is room, and does not collect. The kernel kills the
process at the limit, without an OutOfMemoryError, a dump or a line in the log.

Prove it: `seatrial verify --trial out-of-memory` fills the heap and watches whether the process or
the kernel notices first.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      selector:
        matchLabels: {app: shop}
      template:
        metadata:
          labels: {app: shop}
        spec:
          containers:
          - name: shop
            image: shop:1.0
            env:
            - name: JAVA_TOOL_OPTIONS
              value: -Xmx1g
            resources:
              limits: {memory: 1Gi}

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      selector:
        matchLabels: {app: shop}
      template:
        metadata:
          labels: {app: shop}
        spec:
          containers:
          - name: shop
            image: shop:1.0
            env:
            - name: JAVA_TOOL_OPTIONS
              value: -XX:MaxRAMPercentage=75
            resources:
              limits: {memory: 1Gi}
"""

from seatrial.lint.resources import limit_of
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.rules.crashes._heaps import MIB, heaps_of
from seatrial.lint.texts import texts_in
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container, texts in texts_in(workload, world.inventory):
        limit = limit_of(container, "memory")
        if limit is None:
            continue
        for heap in heaps_of(texts, limit.units):
            if heap.size >= limit.units:
                yield Hit(
                    heap.field,
                    f"{heap.option} lets container {container.name} grow to"
                    f" {heap.size // MIB} MiB, and it is killed at {limit.units // MIB} MiB",
                    f"keep it below {limit.units * heap.share_max // 100 // MIB} MiB, or raise the"
                    " limit",
                )


RULE = Rule(
    code="SEA704",
    name="heap-beyond-limit",
    severity=ERROR,
    summary="a heap may grow to the memory limit or beyond",
    check_workload=check,
)
