"""An init container waits for a Service's name, which is there long before the Service works.

Why it hurts: a Service with a cluster IP has its DNS record from the moment it is created, with or
without pods. `until nslookup db` passes at once, and the container that needed the wait starts
without its dependency.

Prove it: `seatrial verify --trial start-alone` starts the application without its dependency.

Bad:
    apiVersion: v1
    kind: Pod
    metadata:
      name: shop
    spec:
      initContainers:
      - name: wait
        image: busybox:1.37
        command: [sh, -c, "until nslookup db; do sleep 2; done"]
      containers:
      - name: shop
        image: shop:1.0
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: db
    spec:
      selector: {app: db}
      ports:
      - port: 5432

Good:
    apiVersion: v1
    kind: Pod
    metadata:
      name: shop
    spec:
      initContainers:
      - name: wait
        image: seatrial:1.0
        command: [seatrial, wait, "tcp://db:5432", --timeout, 5m]
      containers:
      - name: shop
        image: shop:1.0
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: db
    spec:
      selector: {app: db}
      ports:
      - port: 5432
"""

from seatrial.lint.manifest import Manifest, mapping, sequence
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.rules.dependencies._waits import service_called, waits_of
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.pod_spec.get("initContainers"):
        return
    namespace = workload.manifest.namespace
    for wait in waits_of(workload, world.inventory):
        named = [call for call in wait.calls if call.scheme == "dns"]
        if len(named) < len(wait.calls):
            continue  # it asks more than the name
        for call in named:
            service = service_called(call, namespace, world.inventory)
            if service is not None and service.spec.get("clusterIP") != "None":
                yield Hit(
                    wait.field,
                    f"{call.host} resolves as soon as {service.object} is created, before any pod"
                    " is behind it",
                    f"wait for the port: `seatrial wait tcp://{call.host}:{_port(service)}`",
                    manifest=wait.manifest,
                )


def _port(service: Manifest) -> object:
    ports = sequence(service.spec.get("ports"))
    return mapping(ports[0]).get("port", "PORT") if ports else "PORT"


RULE = Rule(
    code="SEA604",
    name="init-waits-for-name-only",
    severity=INFO,
    summary="an init container waits for a name that is there before anything works",
    check_workload=check,
)
