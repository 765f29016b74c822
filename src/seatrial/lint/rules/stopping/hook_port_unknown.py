"""A lifecycle hook's httpGet asks a port by a name that the container does not have.

Why it hurts: the kubelet finds no such port and the hook fails. A failed postStart hook kills the
container; a failed preStop hook is passed over, and what it was to do is not done.

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
                httpGet:
                  path: /drain
                  port: admin

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
            - name: admin
              containerPort: 8081
            lifecycle:
              preStop:
                httpGet:
                  path: /drain
                  port: admin
"""

from seatrial.lint.hooks import hooks_of
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.all_containers:
        names = [each.get("name") for each in container.ports]
        for hook in hooks_of(container):
            handler, action = hook.handler
            port = action.get("port")
            if handler == "httpGet" and isinstance(port, str) and port not in names:
                yield Hit(
                    (*hook.path, handler, "port"),
                    f"{hook.name} of container {container.name} asks port {port!r}, and none of its"
                    " ports is called so",
                    "give the port's number, or declare a port of this name",
                )


RULE = Rule(
    code="SEA306",
    name="hook-port-unknown",
    severity=ERROR,
    summary="a lifecycle hook asks a named port that the container does not have",
    check_workload=check,
)
