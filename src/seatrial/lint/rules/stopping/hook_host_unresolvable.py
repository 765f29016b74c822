"""A lifecycle hook's httpGet has the name of a Service as its host.

Why it hurts: the kubelet makes the request, with the node's DNS and not the cluster's: names of
Services mean nothing there, and the hook fails. A failed postStart hook kills the container; a
failed preStop hook is passed over, and what it was to do is not done.

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
                  host: registry.shop.svc.cluster.local
                  path: /leave
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
                  path: /leave
                  port: 8080
"""

from seatrial.lint.hooks import hooks_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

_ENDINGS = (".svc", ".cluster.local")


def check(workload: Workload, world: World) -> Hits:
    namespace = workload.manifest.namespace
    for container in workload.all_containers:
        for hook in hooks_of(container):
            name, action = hook.handler
            host = action.get("host")
            if name != "httpGet" or not isinstance(host, str):
                continue
            is_service = world.inventory.find("Service", host, namespace) is not None
            if is_service or host.rstrip(".").endswith(_ENDINGS):
                yield Hit(
                    (*hook.path, name, "host"),
                    f"{hook.name} of container {container.name} asks {host}, a name that the node's"
                    " DNS does not know: the kubelet asks",
                    "ask the pod itself, and let it call others; or run a command in the container",
                )


RULE = Rule(
    code="SEA306",
    name="hook-host-unresolvable",
    severity=WARNING,
    summary="a lifecycle hook asks a Service by a name that the node does not know",
    check_workload=check,
)
