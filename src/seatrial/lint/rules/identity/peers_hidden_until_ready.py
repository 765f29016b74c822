"""Members look for each other by name, and their names only exist once they are Ready.

The StatefulSet names its own members (`db-0.db`), has a readiness probe, and its headless Service
does not have `publishNotReadyAddresses: true`.

Why it hurts: where a member becomes Ready only after it has found the others, none of them ever
does; and after an outage of all members the cluster cannot form itself again.

Prove it: `seatrial verify --trial stable-identity` asks DNS for every member before and after a
move.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: db
    spec:
      serviceName: db
      replicas: 3
      selector:
        matchLabels: {app: db}
      template:
        metadata:
          labels: {app: db}
        spec:
          containers:
          - name: db
            image: db:1.0
            args: ["--peers=db-0.db,db-1.db,db-2.db"]
            readinessProbe:
              tcpSocket:
                port: 7000
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: db
    spec:
      clusterIP: None
      selector: {app: db}
      ports:
      - port: 7000

Good:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: db
    spec:
      serviceName: db
      replicas: 3
      selector:
        matchLabels: {app: db}
      template:
        metadata:
          labels: {app: db}
        spec:
          containers:
          - name: db
            image: db:1.0
            args: ["--peers=db-0.db,db-1.db,db-2.db"]
            readinessProbe:
              tcpSocket:
                port: 7000
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: db
    spec:
      clusterIP: None
      publishNotReadyAddresses: true
      selector: {app: db}
      ports:
      - port: 7000
"""

from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.rules.identity._members import members_in
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if workload.kind != "StatefulSet" or workload.replicas == 1:
        return
    own = workload.manifest
    service = world.inventory.find("Service", str(own.spec.get("serviceName")), own.namespace)
    if service is None or service.spec.get("publishNotReadyAddresses") is True:
        return
    if service.spec.get("clusterIP") != "None":
        return  # governing-service-not-headless speaks of it
    named = [each for each in members_in(own, world.inventory) if each.set_name == own.name]
    if named and any(each.probe("readinessProbe") for each in workload.containers):
        yield Hit(
            ("spec", "publishNotReadyAddresses"),
            f"{own.object} calls its members by name ({named[0].host.name}), and a member has no"
            " name before it is Ready",
            "set publishNotReadyAddresses: true, and give clients another Service",
            manifest=service,
        )


RULE = Rule(
    code="SEA502",
    name="peers-hidden-until-ready",
    severity=INFO,
    summary="members look for each other by names that only exist once they are Ready",
    check_workload=check,
)
