"""A liveness probe asks something outside of its pod: a database, another Service.

Why it hurts: when the dependency is away for half a minute the kubelet kills every replica, at the
same time, although nothing is wrong with them. All of them start at once, cold, when it comes
back. Restarting an application has never mended its database.

Prove it: `seatrial verify --trial dependency-outage` takes the dependency away for 1, 5 and 30 s
and counts restarts.

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
            livenessProbe:
              exec:
                command: [pg_isready, -h, db]

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
            livenessProbe:
              httpGet:
                path: /alive
                port: 8080
            readinessProbe:
              exec:
                command: [pg_isready, -h, db]
"""

from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.rules.dependencies._outside import hosts_probed
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.containers:
        probe = container.probe("livenessProbe")
        if probe is None:
            continue
        for field, host in hosts_probed(container, probe):
            yield Hit(
                field,
                f"the liveness probe of container {container.name} asks {host}: every replica is"
                f" killed when {host} is away for {probe.period_s * probe.failure_threshold} s",
                "ask only the process itself; what it depends on belongs in the readiness probe",
            )


RULE = Rule(
    code="SEA602",
    name="liveness-calls-dependency",
    severity=ERROR,
    summary="a liveness probe asks something outside of its pod",
    check_workload=check,
)
