"""A Deployment that no Service selects has no readiness probe either.

Those behind a Service are told by readiness-probe-missing.

Why it hurts: without a readiness probe a pod counts as available when its process has started. A
version that crashes a second later, or hangs, has replaced every old pod by then: the rollout had
nothing to stop it.

Prove it: `seatrial verify --trial bad-rollout` rolls out a version that never works and watches
the old one.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          containers:
          - name: web
            image: web:1.0

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          containers:
          - name: web
            image: web:1.0
            readinessProbe:
              exec:
                command: [worker, --is-consuming]
"""

from seatrial.lint.rollout import min_ready_of
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if workload.kind != "Deployment" or world.inventory.services_of(workload):
        return
    probed = any(
        each.probe("readinessProbe") or each.probe("startupProbe") for each in workload.containers
    )
    if not probed and workload.main_containers and min_ready_of(workload) == 0:
        yield Hit(
            (*workload.main_containers[0].path, "readinessProbe"),
            f"a new version of {workload.manifest.object} counts as available when its process has"
            " started: nothing stops a bad one",
            "add a readiness probe that says whether it works, or minReadySeconds",
        )


RULE = Rule(
    code="SEA202",
    name="rollout-without-readiness",
    severity=INFO,
    summary="nothing stops the rollout of a bad version",
    check_workload=check,
)
