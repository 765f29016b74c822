"""A Service selects the pods of more than one workload, and their ports differ.

Why it hurts: a share of the requests goes to pods that do not serve them: one request in two is
refused, at random.

Prove it: `seatrial verify --trial rollout` shows refused requests without any pod starting or
stopping.

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
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: worker
    spec:
      selector:
        matchLabels: {role: worker}
      template:
        metadata:
          labels: {app: web, role: worker}
        spec:
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 9000
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80
        targetPort: 8080

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
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: worker
    spec:
      selector:
        matchLabels: {app: worker}
      template:
        metadata:
          labels: {app: worker}
        spec:
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 9000
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80
        targetPort: 8080
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World


def check(manifest: Manifest, world: World) -> Hits:
    behind = [each for each in world.inventory.workloads_behind(manifest) if each.is_lasting]
    reached = {
        each.manifest.object: any(
            port.container for port in world.inventory.served_ports(each)
            if port.service is manifest
        )
        for each in behind
        if any(container.ports for container in each.containers)
    }  # fmt: skip
    strangers = [name for name, is_reached in reached.items() if not is_reached]
    if strangers and any(reached.values()):
        yield Hit(
            ("spec", "selector"),
            f"it also selects the pods of {', '.join(strangers)}, which declare none of its ports",
            "add a label to the selector that only the serving pods have",
        )


RULE = Rule(
    code="SEA809",
    name="service-selects-strangers",
    severity=WARNING,
    summary="a Service that also selects pods which do not serve its ports",
    check_manifest=check,
    kinds=frozenset({"Service"}),
)
