"""A lifecycle hook's httpGet has localhost as its host.

Why it hurts: the kubelet makes the request, from the node. `localhost` is the node then, not the
pod: the hook fails, or reaches something else. A failed postStart hook kills the container; a
failed preStop hook is passed over, and what it was to do is not done. Without `host` the pod's
own address is asked.

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
                  host: localhost
                  path: /drain
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
                httpGet:
                  path: /drain
                  port: 8080
"""

from seatrial.lint.edits import RemoveField
from seatrial.lint.hooks import hooks_of
from seatrial.lint.probes import is_the_node
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if workload.pod_spec.get("hostNetwork") is True:
        return
    for container in workload.all_containers:
        for hook in hooks_of(container):
            name, action = hook.handler
            if name == "httpGet" and is_the_node(action.get("host")):
                path = (*hook.path, name, "host")
                yield Hit(
                    path,
                    f"{hook.name} of container {container.name} asks {action['host']}, which is the"
                    " node's and not the pod's: the kubelet asks",
                    "remove host: the pod's own address is asked then",
                    (RemoveField(path),),
                )


RULE = Rule(
    code="SEA306",
    name="hook-asks-the-node",
    severity=ERROR,
    summary="a lifecycle hook asks localhost, which is the node",
    check_workload=check,
)
