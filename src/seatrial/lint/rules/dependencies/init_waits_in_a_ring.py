"""Workloads wait for each other: the first for the second, and the second, at last, for the first.

Why it hurts: each is behind its Service only after its own init containers have ended. Nobody is
first, so none of them starts; and because they waited for each other one at a time when they were
introduced, it is the next full restart that shows it.

Prove it: `seatrial verify --trial reverse-order` applies the manifests to an empty cluster, in the
opposite order.

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
          initContainers:
          - name: wait
            image: busybox:1.37
            command: [sh, -c, "until nc -w 1 -z stock 80; do sleep 1; done"]
          containers:
          - name: shop
            image: shop:1.0
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: shop
    spec:
      selector: {app: shop}
      ports:
      - port: 80
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: stock
    spec:
      selector:
        matchLabels: {app: stock}
      template:
        metadata:
          labels: {app: stock}
        spec:
          initContainers:
          - name: wait
            image: busybox:1.37
            command: [sh, -c, "until nc -w 1 -z shop 80; do sleep 1; done"]
          containers:
          - name: stock
            image: stock:1.0
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: stock
    spec:
      selector: {app: stock}
      ports:
      - port: 80

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
          initContainers:
          - name: wait
            image: busybox:1.37
            command: [sh, -c, "until nc -w 1 -z stock 80; do sleep 1; done"]
          containers:
          - name: shop
            image: shop:1.0
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: shop
    spec:
      selector: {app: shop}
      ports:
      - port: 80
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: stock
    spec:
      selector:
        matchLabels: {app: stock}
      template:
        metadata:
          labels: {app: stock}
        spec:
          containers:
          - name: stock
            image: stock:1.0
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: stock
    spec:
      selector: {app: stock}
      ports:
      - port: 80
"""

from seatrial.lint.inventory import Inventory
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.rules.dependencies._waits import services_waited_for
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.pod_spec.get("initContainers"):
        return
    for wait, call, service in services_waited_for(workload, world.inventory):
        behind = world.inventory.workloads_behind(service)
        if len(behind) != 1 or behind[0] is workload:
            continue
        ring = _way_back(behind[0], workload, world.inventory)
        if ring:
            names = " → ".join(each.manifest.object for each in (workload, *ring, workload))
            yield Hit(
                wait.field,
                f"waiting for {call.host} closes a ring: {names}; none of them can be first",
                "let one of them start without the other and be not ready meanwhile",
                manifest=wait.manifest,
            )


def _way_back(start: Workload, goal: Workload, inventory: Inventory) -> tuple[Workload, ...]:
    """The workloads that wait for each other from `start` to one that waits for `goal`."""
    ways: list[tuple[Workload, ...]] = [(start,)]
    seen = {id(start)}
    while ways:
        way = ways.pop()
        for _, _, service in services_waited_for(way[-1], inventory):
            behind = inventory.workloads_behind(service)
            if len(behind) != 1:
                continue
            if behind[0] is goal:
                return way
            if id(behind[0]) not in seen:
                seen.add(id(behind[0]))
                ways.append((*way, behind[0]))
    return ()


RULE = Rule(
    code="SEA604",
    name="init-waits-in-a-ring",
    severity=ERROR,
    summary="workloads wait for each other before they start",
    check_workload=check,
)
