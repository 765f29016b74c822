"""A workload declares what it depends on, and has no readiness probe to say that it is missing.

Why it hurts: without a readiness probe a pod counts as Ready whatever happens to it. A rollout of
a version that cannot reach its database goes on to the last replica, and nothing in `kubectl get`
tells that no pod can work.

Prove it: `seatrial verify --trial dependency-outage` watches Ready while the dependency is away.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: worker
    spec:
      selector:
        matchLabels: {app: worker}
      template:
        metadata:
          labels: {app: worker}
          annotations:
            seatrial.dev/depends-on: Service/queue
        spec:
          containers:
          - name: worker
            image: worker:1.0

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: worker
    spec:
      selector:
        matchLabels: {app: worker}
      template:
        metadata:
          labels: {app: worker}
          annotations:
            seatrial.dev/depends-on: Service/queue
        spec:
          containers:
          - name: worker
            image: worker:1.0
            readinessProbe:
              httpGet:
                path: /ready
                port: 8081
"""

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.dependencies._dependencies import declared_dependencies
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    names = declared_dependencies(workload)
    if not names or not workload.is_lasting or world.inventory.services_of(workload):
        return  # behind a Service readiness-probe-missing speaks of it
    containers = workload.main_containers
    if containers and not any(each.probe("readinessProbe") for each in workload.containers):
        yield Hit(
            (*containers[0].path, "readinessProbe"),
            f"it depends on {', '.join(names)}, and nothing says when it cannot work",
            "add a readinessProbe that fails while the dependency is away",
        )


RULE = Rule(
    code="SEA603",
    name="dependency-without-readiness",
    severity=WARNING,
    summary="a workload with declared dependencies has no readiness probe",
    check_workload=check,
)
