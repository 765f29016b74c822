"""A liveness or startup probe wants more than one success.

Why it hurts: the API server refuses the pod: `successThreshold` must be 1 for these two.

Prove it: `kubectl apply --dry-run=server` says so.

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
            ports:
            - containerPort: 8080
            livenessProbe:
              httpGet:
                path: /
                port: 8080
              successThreshold: 2

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
            ports:
            - containerPort: 8080
            livenessProbe:
              httpGet:
                path: /
                port: 8080
"""

from seatrial.lint.edits import SetField
from seatrial.lint.probes import probes_of
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.containers:
        for name, probe in probes_of(container):
            wanted = probe.number("successThreshold", 1)
            if name != "readinessProbe" and wanted > 1:
                path = (*probe.path, "successThreshold")
                yield Hit(
                    path,
                    f"{name} of container {container.name} has successThreshold {wanted}, and the"
                    " API server takes only 1",
                    "set it to 1",
                    (SetField(path, 1),),
                )


RULE = Rule(
    code="SEA103",
    name="success-threshold-refused",
    severity=ERROR,
    summary="a liveness or startup probe has a successThreshold other than 1",
    check_workload=check,
)
