"""The container's stop signal is SIGKILL.

Why it hurts: there is nothing an application can do about SIGKILL: every stop is a crash, with
all that is in flight.

Prove it: `seatrial verify --trial sigterm` looks for exit code 137.

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
          os:
            name: linux
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            lifecycle:
              stopSignal: SIGKILL

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
          os:
            name: linux
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            lifecycle:
              stopSignal: SIGTERM
"""

from seatrial.lint.edits import SetField
from seatrial.lint.manifest import mapping
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.containers:
        if mapping(container.value.get("lifecycle")).get("stopSignal") == "SIGKILL":
            path = (*container.path, "lifecycle", "stopSignal")
            yield Hit(
                path,
                f"container {container.name} is stopped by SIGKILL: it never gets to end anything",
                "use SIGTERM, or the signal on which the server stops gracefully",
                (SetField(path, "SIGTERM"),),
            )


RULE = Rule(
    code="SEA304",
    name="stop-signal-kills",
    severity=ERROR,
    summary="the stop signal is SIGKILL",
    check_workload=check,
)
