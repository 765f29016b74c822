"""A Service selects the pods of more than one workload, and some of them do not serve its port.

Why it hurts: a share of the requests goes to pods that do not serve them: one request in two is
refused, at random. With Jobs that wear the application's labels (migrations, hooks of a chart) it
lasts as long as they run, and nobody sees why.

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
from seatrial.lint.rules.manifest._ports import (
    Port,
    declares,
    declares_all,
    is_headless,
    ports_of,
    target_of,
)  # fmt: skip
from seatrial.lint.workload import Workload


def check(manifest: Manifest, world: World) -> Hits:
    behind = world.inventory.workloads_behind(manifest)
    for index, port in ports_of(manifest):
        # By name, a pod without that name is no endpoint of the port.
        if isinstance(target_of(port), str) and not is_headless(manifest):
            continue
        strangers = [each for each in behind if _is_stranger(each, port)]
        if strangers and any(each.is_lasting and declares(each, port) for each in behind):
            named = ", ".join(each.manifest.object for each in strangers)
            while_they_run = "" if all(each.is_lasting for each in strangers) else " while they run"
            yield Hit(
                ("spec", "selector"),
                f"it also selects the pods of {named}, which do not declare port {target_of(port)}:"
                f" they get a share of its connections{while_they_run}",
                _advice(index, port, manifest),
            )
            return


def _is_stranger(workload: Workload, port: Port) -> bool:
    # A job serves nothing that it does not declare.
    return not declares(workload, port) and (declares_all(workload) or not workload.is_lasting)


def _advice(index: int, port: Port, service: Manifest) -> str:
    advice = "add a label to the selector that only the serving pods have"
    if is_headless(service):
        return advice
    return f"{advice}, or name the port and let targetPort of spec.ports[{index}] be that name"


RULE = Rule(
    code="SEA809",
    name="service-selects-strangers",
    severity=WARNING,
    summary="a Service that also selects pods which do not serve its ports",
    check_manifest=check,
    kinds=frozenset({"Service"}),
)
