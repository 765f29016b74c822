"""A container uses the variables of a Service, and the pod has them switched off.

`enableServiceLinks: false`.

Why it hurts: the variable is never set, whatever the order. `$(DB_SERVICE_HOST)` stays in the
argument as it is written.

Prove it: `seatrial verify --trial reverse-order`: the pods never become Ready.

Bad:
    apiVersion: v1
    kind: Pod
    metadata:
      name: shop
    spec:
      enableServiceLinks: false
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
      enableServiceLinks: false
      containers:
      - name: shop
        image: shop:1.0
        args: ["--db=db:5432"]
"""

from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.rules.dependencies._variables import service_variables
from seatrial.lint.texts import texts_in
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if workload.pod_spec.get("enableServiceLinks") is not False:
        return
    for container, texts in texts_in(workload, world.inventory):
        if container.value.get("envFrom"):
            continue  # it may come from there
        for text, name in service_variables(container, texts):
            service = name.partition("_SERVICE_")[0].lower().replace("_", "-")
            yield Hit(
                text.field,
                f"{name} is never set, because enableServiceLinks is false",
                f"use the name in DNS: {service}",
            )


RULE = Rule(
    code="SEA604",
    name="service-variable-switched-off",
    severity=ERROR,
    summary="a variable of a Service is used that the pod has switched off",
    check_workload=check,
)
