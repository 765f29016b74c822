"""A pod behind a Service is not restarted when it crashes: `restartPolicy: Never` or `OnFailure`.

Why it hurts: one crash (with `OnFailure`: one clean exit) and the Service has an endpoint less, for
good. Nothing starts it again.

Prove it: `seatrial verify --trial crash` kills the main process and waits for it to come back.

Bad:
    apiVersion: v1
    kind: Pod
    metadata:
      name: web
      labels: {app: web}
    spec:
      restartPolicy: Never
      containers:
      - name: web
        image: web:1.0
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80

Good:
    apiVersion: v1
    kind: Pod
    metadata:
      name: web
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: web:1.0
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80
"""

from seatrial.lint.edits import RemoveField
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

_POLICIES = ("Never", "OnFailure")


def check(workload: Workload, world: World) -> Hits:
    policy = workload.pod_spec.get("restartPolicy")
    if workload.kind != "Pod" or policy not in _POLICIES:
        return
    services = world.inventory.services_of(workload)
    if services:
        field = workload.pod_path("restartPolicy")
        after = "a crash" if policy == "Never" else "an exit with code 0"
        yield Hit(
            field,
            f"{services[0].object} leads to this pod, which is not started again after {after}",
            "remove restartPolicy: the default is Always",
            (RemoveField(field),),
        )


RULE = Rule(
    code="SEA701",
    name="server-never-restarted",
    severity=WARNING,
    summary="a pod behind a Service is not restarted",
    check_workload=check,
)
