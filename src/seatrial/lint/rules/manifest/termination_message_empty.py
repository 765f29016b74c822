"""A container that fails leaves no message in its status.

Why it hurts: `kubectl describe pod` shows an exit code and nothing else. The log says more, if it
is still there.

Prove it: `seatrial verify --trial crash`, and look at lastState.terminated.message.

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
            terminationMessagePolicy: FallbackToLogsOnError
"""

from seatrial.lint.edits import SetField
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.all_containers:
        said = container.value.keys() & {"terminationMessagePolicy", "terminationMessagePath"}
        if not said:
            path = (*container.path, "terminationMessagePolicy")
            yield Hit(
                path,
                f"container {container.name} leaves no last words when it fails",
                "let the end of its log be the message: FallbackToLogsOnError",
                (SetField(path, "FallbackToLogsOnError"),),
            )


RULE = Rule(
    code="SEA813",
    name="termination-message-empty",
    severity=INFO,
    summary="a container whose failure leaves no message",
    check_workload=check,
    is_default=False,
)
