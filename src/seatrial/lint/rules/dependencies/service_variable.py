"""A container finds a Service by the variables that Kubernetes makes of it, `DB_SERVICE_HOST`.

Why it hurts: the variables are made when the container is, of the Services that are there at that
moment. A Service that is created a second later, or anew, leaves them empty or wrong until the
pod is replaced: the order in which a file was applied decides.

Prove it: `seatrial verify --trial reverse-order` applies the manifests in the opposite order.

Bad:
    apiVersion: v1
    kind: Pod
    metadata:
      name: shop
    spec:
      containers:
      - name: shop
        image: shop:1.0
        args: ["--db=$(DB_SERVICE_HOST):5432"]

Good:
    apiVersion: v1
    kind: Pod
    metadata:
      name: shop
    spec:
      containers:
      - name: shop
        image: shop:1.0
        args: ["--db=db:5432"]
"""

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.dependencies._variables import service_variables
from seatrial.lint.texts import texts_in
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if workload.pod_spec.get("enableServiceLinks") is False:
        return  # service-variable-switched-off speaks of it
    for container, texts in texts_in(workload, world.inventory):
        if container.value.get("envFrom"):
            continue  # it may come from there
        for text, name in service_variables(container, texts):
            service = name.partition("_SERVICE_")[0].lower().replace("_", "-")
            yield Hit(
                text.field,
                f"{name} is only set when Service {service} was created before the pod",
                f"use the name in DNS: {service}",
            )


RULE = Rule(
    code="SEA604",
    name="service-variable",
    severity=WARNING,
    summary="a Service is found by a variable that depends on the order of creation",
    check_workload=check,
)
