"""A probe's httpGet or tcpSocket has localhost as its host.

Why it hurts: the kubelet makes the request, from the node. `localhost` is the node then, not the
pod: the probe fails although the application is well, or succeeds because something else listens
there. Without `host` the pod's own address is asked.

Prove it: `seatrial verify --trial scale-up`: the pods never become Ready.

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
            readinessProbe:
              httpGet:
                host: localhost
                path: /
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
            readinessProbe:
              httpGet:
                path: /
                port: 8080
"""

from seatrial.lint.edits import RemoveField
from seatrial.lint.probes import is_the_node, probes_of
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if workload.pod_spec.get("hostNetwork") is True:
        return
    for container in workload.containers:
        for name, probe in probes_of(container):
            handler, action = probe.handler
            if is_the_node(action.get("host")):
                path = (*probe.path, handler, "host")
                yield Hit(
                    path,
                    f"{name} of container {container.name} asks {action['host']}, which is the"
                    " node's and not the pod's: the kubelet asks",
                    "remove host: the pod's own address is asked then",
                    (RemoveField(path),),
                )


RULE = Rule(
    code="SEA101",
    name="probe-asks-the-node",
    severity=ERROR,
    summary="a probe asks localhost, which is the node",
    check_workload=check,
)
