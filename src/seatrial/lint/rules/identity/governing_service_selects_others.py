"""The governing Service of a StatefulSet does not select its pods.

Why it hurts: the members' names are made of the Service's endpoints. Where it selects no member
there are none, although Service, StatefulSet and serviceName all look right.

Prove it: `seatrial verify --trial stable-identity` asks DNS for every member before and after a
move.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: db
    spec:
      serviceName: db
      selector:
        matchLabels: {app: db}
      template:
        metadata:
          labels: {app: db}
        spec:
          containers:
          - name: db
            image: db:1.0
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: db
    spec:
      clusterIP: None
      selector: {app: database}
      ports:
      - port: 5432

Good:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: db
    spec:
      serviceName: db
      selector:
        matchLabels: {app: db}
      template:
        metadata:
          labels: {app: db}
        spec:
          containers:
          - name: db
            image: db:1.0
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: db
    spec:
      clusterIP: None
      selector: {app: db}
      ports:
      - port: 5432
"""

from seatrial.lint.elsewhere import is_set_at_run_time
from seatrial.lint.manifest import mapping
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if workload.kind != "StatefulSet":
        return
    name = str(workload.manifest.spec.get("serviceName") or "")
    service = world.inventory.find("Service", name, workload.manifest.namespace)
    selector = mapping(service.spec.get("selector")) if service is not None else {}
    if service is None or not selector or service in world.inventory.services_of(workload):
        return
    namespace = workload.manifest.namespace
    if any(is_set_at_run_time(world.inventory, namespace, str(label)) for label in selector):
        return
    wanted = ", ".join(f"{key}={value}" for key, value in selector.items())
    yield Hit(
        ("spec", "selector"),
        f"{service.object} selects {wanted}, which the pods of {workload.manifest.object} do not"
        " have: the members have no names in DNS",
        "let the Service select the labels of the pod template",
        manifest=service,
    )


RULE = Rule(
    code="SEA502",
    name="governing-service-selects-others",
    severity=ERROR,
    summary="the governing Service of a StatefulSet does not select its pods",
    check_workload=check,
)
