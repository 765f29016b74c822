"""A heap leaves too little of the memory limit for everything that is not in the heap.

More than 85 % of the limit (95 % for Go, which counts nearly everything). Read are the options
that `heap-beyond-limit` reads.

Why it hurts: threads, compiled code, buffers and, in Redis, the copy while saving are outside of
the heap, and inside of the limit. Under load, when there are most of them, the kernel kills the
process.

Prove it: `seatrial verify --trial out-of-memory` fills the heap and watches whether the process or
the kernel notices first.

Bad:
    apiVersion: v1
    kind: Pod
    metadata:
      name: shop
    spec:
      containers:
      - name: shop
        image: shop:1.0
        args: [java, -Xmx480m, -jar, shop.jar]
        resources:
          limits: {memory: 512Mi}

Good:
    apiVersion: v1
    kind: Pod
    metadata:
      name: shop
    spec:
      containers:
      - name: shop
        image: shop:1.0
        args: [java, -Xmx384m, -jar, shop.jar]
        resources:
          limits: {memory: 512Mi}
"""

from seatrial.lint.resources import limit_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.crashes._heaps import MIB, heaps_of
from seatrial.lint.texts import texts_in
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container, texts in texts_in(workload, world.inventory):
        limit = limit_of(container, "memory")
        if limit is None:
            continue
        for heap in heaps_of(texts, limit.units):
            wanted = limit.units * heap.share_max // 100
            if wanted < heap.size < limit.units:
                yield Hit(
                    heap.field,
                    f"{heap.option} leaves {(limit.units - heap.size) // MIB} MiB of"
                    f" {limit.units // MIB} MiB for all that is not in the heap",
                    f"keep it below {wanted // MIB} MiB ({heap.share_max} %), or raise the limit",
                )


RULE = Rule(
    code="SEA704",
    name="heap-without-room",
    severity=WARNING,
    summary="a heap leaves too little for what is not in the heap",
    check_workload=check,
)
