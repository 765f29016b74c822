"""A lifecycle hook uses tcpSocket.

Why it hurts: the field is there, and the API server takes it, but no kubelet does anything with
it except to fail: a postStart hook of this kind kills the container each time, a preStop hook
never does anything.

Prove it: `seatrial verify --trial pre-stop-fails` shows what is lost when the hook fails.

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
            lifecycle:
              preStop:
                tcpSocket:
                  port: 8080

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
            lifecycle:
              preStop:
                sleep:
                  seconds: 5
"""

from seatrial.lint.hooks import hooks_of
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.all_containers:
        for hook in hooks_of(container):
            if hook.handler[0] == "tcpSocket":
                yield Hit(
                    (*hook.path, "tcpSocket"),
                    f"{hook.name} of container {container.name} uses tcpSocket, which hooks do not"
                    " support",
                    "use exec, httpGet or sleep",
                )


RULE = Rule(
    code="SEA306",
    name="hook-tcp-socket",
    severity=ERROR,
    summary="a lifecycle hook uses tcpSocket, which does not work",
    check_workload=check,
)
