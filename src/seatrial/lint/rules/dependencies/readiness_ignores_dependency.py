"""A workload depends on a Service, and its readiness probe only asks whether a port is open.

It depends on what it declares (`seatrial.dev/depends-on`), and on the Services among the manifests
that its environment or its arguments name as hosts.

Why it hurts: an open port tells that the process has started. While the database is away the pod
stays Ready and fails every request, and a new version that cannot reach it is rolled out to the
last replica.

Prove it: `seatrial verify --trial dependency-outage` counts requests that failed while the pod was
Ready.

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
            - name: DATABASE_URL
              value: postgres://db:5432/shop
            readinessProbe:
              tcpSocket:
                port: 8080
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: db
    spec:
      selector: {app: db}
      ports:
      - port: 5432

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
            - name: DATABASE_URL
              value: postgres://db:5432/shop
            readinessProbe:
              httpGet:
                path: /ready
                port: 8080
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: db
    spec:
      selector: {app: db}
      ports:
      - port: 5432
"""

from seatrial.lint.inventory import Inventory
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.rules.dependencies._dependencies import (
    declared_dependencies,
    dependencies_of,
)
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting:
        return
    probes = [(each, each.probe("readinessProbe")) for each in workload.containers]
    found = [(container, probe) for container, probe in probes if probe is not None]
    if not found or any(probe.handler[0] != "tcpSocket" for _, probe in found):
        return
    names = _names(workload, world.inventory)
    if names:
        container, probe = found[0]
        yield Hit(
            (*probe.path, "tcpSocket"),
            f"container {container.name} is Ready as soon as a port is open, with or without"
            f" {', '.join(names)}",
            "ask a page that answers only while the application can do its work",
        )


def _names(workload: Workload, inventory: Inventory) -> tuple[str, ...]:
    declared = declared_dependencies(workload)
    return declared or tuple(each.service.object for each in dependencies_of(workload, inventory))


RULE = Rule(
    code="SEA603",
    name="readiness-ignores-dependency",
    severity=INFO,
    summary="a readiness probe only asks for a port while the workload depends on a Service",
    check_workload=check,
)
