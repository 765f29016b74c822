"""A startup probe asks something outside of its pod.

Why it hurts: the container is killed when its startup budget is over. A dependency that comes a
little later than that makes a crash loop of every start, with a back-off that grows to five
minutes: long after the dependency is back, the application is not.

Prove it: `seatrial verify --trial start-alone` measures the time from the dependency's return to
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
            startupProbe:
              exec:
                command: [sh, -c, "nc -z -w 1 db 5432"]

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
            startupProbe:
              httpGet:
                path: /alive
                port: 8080
            readinessProbe:
              exec:
                command: [sh, -c, "nc -z -w 1 db 5432"]
"""

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.dependencies._outside import hosts_probed
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.containers:
        probe = container.probe("startupProbe")
        if probe is None:
            continue
        for field, host in hosts_probed(container, probe):
            yield Hit(
                field,
                f"the startup probe of container {container.name} asks {host}: without {host} the"
                f" container is killed after {probe.budget_s} s, again and again",
                "let it start without, and say in the readiness probe that it cannot work yet",
            )


RULE = Rule(
    code="SEA601",
    name="startup-probe-calls-dependency",
    severity=WARNING,
    summary="a startup probe asks something outside of its pod",
    check_workload=check,
)
