"""An init container waits for a Service that has no pods but this one.

Why it hurts: the pod is behind the Service once it is Ready, and it is Ready once its init
containers have ended. On the first installation, and after every outage of all replicas, it waits
for itself.

Prove it: `seatrial verify --trial start-alone`: no pod leaves Init.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      selector:
        matchLabels: {app: shop}
      template:
        metadata:
          labels: {app: shop}
        spec:
          initContainers:
          - name: warm-up
            image: busybox:1.37
            command: [sh, -c, "until wget -q -T 1 http://shop/; do sleep 1; done"]
          containers:
          - name: shop
            image: shop:1.0
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: shop
    spec:
      selector: {app: shop}
      ports:
      - port: 80

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      selector:
        matchLabels: {app: shop}
      template:
        metadata:
          labels: {app: shop}
        spec:
          containers:
          - name: shop
            image: shop:1.0
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: shop
    spec:
      selector: {app: shop}
      ports:
      - port: 80
"""

from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.rules.dependencies._waits import services_waited_for
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.pod_spec.get("initContainers") or workload.kind == "StatefulSet":
        return  # a member may wait for the members before it
    for wait, call, service in services_waited_for(workload, world.inventory):
        behind = world.inventory.workloads_behind(service)
        is_own = service in world.inventory.services_of(workload)
        if is_own and len(behind) == 1 and not service.spec.get("publishNotReadyAddresses"):
            yield Hit(
                wait.field,
                f"init container {wait.container.name} waits for {call.host}, which only this"
                " workload serves, and only after the wait",
                "do after the start what needs the Service, in a Job or in the application",
                manifest=wait.manifest,
            )


RULE = Rule(
    code="SEA604",
    name="init-waits-for-itself",
    severity=ERROR,
    summary="an init container waits for a Service that only its own pod serves",
    check_workload=check,
)
